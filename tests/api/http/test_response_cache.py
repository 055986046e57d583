"""The blink of an eye in which public reads are computed once."""

import asyncio

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from api.http.middleware.response_cache import PublicCache
from api.http.responses import public_response


class Counting:
    """An application that counts how often it was asked, and answers with the number."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0.01)
        request = Request(scope, receive)
        answer: Response = JSONResponse({"asked": number}, status_code=500)
        if not self.fails:
            answer = public_response(request, b'{"asked": %d}' % number)
        await answer(scope, receive, send)


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def client(app: Counting, clock: Clock) -> httpx.AsyncClient:
    cache = PublicCache(app, prefix="/registry/", seconds=0.25, now=clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(cache), base_url="http://test")


async def test_sixteen_at_once_are_one_computation() -> None:
    app, clock = Counting(), Clock()

    async with client(app, clock) as http:
        answers = await asyncio.gather(*(http.get("/registry/projects") for _ in range(16)))

    assert app.asked == 1
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"asked": 1}')}


async def test_after_a_quarter_of_a_second_it_is_computed_again() -> None:
    app, clock = Counting(), Clock()

    async with client(app, clock) as http:
        first = await http.get("/registry/projects")
        clock.seconds = 0.2
        again = await http.get("/registry/projects")
        clock.seconds = 0.26
        later = await http.get("/registry/projects")

    assert [answer.json()["asked"] for answer in (first, again, later)] == [1, 1, 2]


async def test_other_addresses_parameters_and_methods_are_other_answers() -> None:
    app, clock = Counting(), Clock()

    async with client(app, clock) as http:
        await http.get("/registry/projects")
        await http.get("/registry/projects?limit=2")
        await http.get("/registry/retirements")
        await http.post("/registry/projects")

    assert app.asked == 4


async def test_certificates_and_what_is_not_public_are_never_kept() -> None:
    app, clock = Counting(), Clock()

    async with client(app, clock) as http:
        for path in ("/registry/retirements/1/certificate.json", "/projects") * 2:
            await http.get(path)

    assert app.asked == 4


async def test_what_does_not_say_that_it_is_public_is_given_to_nobody_else() -> None:
    asked = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        number = asked
        await asyncio.sleep(0.01)
        headers = {"Cache-Control": "public" if "cookie" in scope["path"] else "no-store"}
        answer = Response(str(number), headers=headers)
        if "cookie" in scope["path"]:
            answer.set_cookie("session", str(number))
        await answer(scope, receive, send)

    cache = PublicCache(app, prefix="/registry/", seconds=60, is_page=lambda _: True)
    transport = httpx.ASGITransport(cache)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path in ("/no-store", "/set-cookie"):
            answers = await asyncio.gather(*(http.get(path) for _ in range(3)))
            assert len({answer.text for answer in answers}) == 3


async def test_an_error_is_not_kept() -> None:
    app, clock = Counting(), Clock()
    app.fails = True

    async with client(app, clock) as http:
        failed = await http.get("/registry/projects")
        app.fails = False
        mended = await http.get("/registry/projects")

    assert (failed.status_code, mended.status_code) == (500, 200)


async def test_validators_are_compared_here_and_never_stored() -> None:
    app, clock = Counting(), Clock()

    async with client(app, clock) as http:
        first = await http.get("/registry/projects", headers={"If-None-Match": '"other"'})
        same = await http.get(
            "/registry/projects", headers={"If-None-Match": first.headers["ETag"]}
        )
        plain = await http.get("/registry/projects")

    assert [answer.status_code for answer in (first, same, plain)] == [200, 304, 200]
    assert same.headers["ETag"] == first.headers["ETag"]
    assert plain.content == first.content
    assert app.asked == 1
