"""
Each server that the registry needs is stopped (SIGSTOP) in turn: what is answered meanwhile, and what after.

Not dead but silent: the kernel takes what is sent, and nobody ever answers. The table is that of
docs/outages.md.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from devstack.processes import ChildProcess
from devstack.seed import ACCOUNTS, PASSWORD
from devstack.stack import Stack
from tests.conftest import PATIENT, FinishedStory, People
from tests.faults.hung import stopped
from tests.journeys.project_life import RETIREMENT, announcement, assign, issue, register

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]

ANSWER_SECONDS_MAX = 3.0
RECOVERY_SECONDS_MAX = 2.0
STOPPING_SECONDS_MAX = 28.0
WRITES = 3

Call = tuple[str, str, dict[str, Any]]
"""Method, address, and what goes with it."""


@dataclass(frozen=True)
class Registry:
    """A finished registry with something to ask of each kind; `writes` are retirements, by their keys."""

    calls: Mapping[str, Call]
    writes: list[Call]


@pytest.fixture(scope="module")
async def limits_of_production(stack: Stack) -> AsyncIterator[None]:
    """The other tests' patience with a machine that is out of breath is put aside."""
    former = {process.name: process.environment for process in (stack.api, stack.worker)}
    hurried = {
        name: {
            variable: value for variable, value in all_of_them.items() if variable not in PATIENT
        }
        for name, all_of_them in former.items()
    }
    await _start_anew(stack, hurried)
    yield
    await _start_anew(stack, former)


async def _start_anew(stack: Stack, environments: Mapping[str, Mapping[str, str]]) -> None:
    for process in (stack.api, stack.worker):
        await process.stop()
        process.environment = environments[process.name]
        await process.start()


@pytest.fixture
async def browser(stack: Stack, limits_of_production: None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of this module's own, signed in as staff; the session's other tests have none."""
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as client:
        await well_again(client, within_seconds=30)
        method, path, content = sign_in_page(stack)
        assert (await client.request(method, path, **content)).status_code == 303
        yield client


def sign_in_page(stack: Stack) -> Call:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": stack.api_url}
    form = {"email": ACCOUNTS[0][0], "password": PASSWORD}
    return ("POST", "/sign-in", {"data": form, "headers": headers})


@pytest.fixture
async def registry(
    stack: Stack, browser: httpx.AsyncClient, people: People, finished_story: FinishedStory
) -> Registry:
    serial = await issue(people)
    certificate = f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate.json"
    raw = (await browser.get(certificate)).content
    calls: dict[str, Call] = {
        "page": ("GET", "/projects", {}),
        "read": ("GET", "/api/v1/registry/projects", {}),
        "own read": ("GET", "/api/v1/credits", {"headers": people.buyer.headers}),
        "certificate": ("GET", certificate, {}),
        "export": ("GET", "/api/v1/registry/export/credits.csv", {}),
        "sign-in": (
            "POST",
            "/api/v1/auth/login",
            {"json": {"email": ACCOUNTS[0][0], "password": PASSWORD}},
        ),
        "sign-in page": sign_in_page(stack),
        "desk": ("GET", "/staff/chain", {}),
        "verify": ("POST", "/api/v1/registry/verify", {"content": raw}),
        "verify page": ("POST", "/verify", {"data": {"text": raw.decode()}}),
        "workflow": (
            "GET",
            f"/api/v1/verifications/{finished_story.verification_id}/workflow",
            {"headers": people.admin.headers},
        ),
        "write": retirement(people, serial),
        "document": await uploaded(people),
        "alive": ("GET", "/healthz", {}),
        "ready": ("GET", "/readyz", {}),
    }
    # Of different credits: a retirement splits what it is taken from.
    serials = await asyncio.gather(*(issue(people) for _ in range(WRITES)))
    return Registry(calls, [retirement(people, serial) for serial in serials])


def retirement(people: People, serial: str) -> Call:
    headers = people.supplier.headers | {"Idempotency-Key": str(uuid4())}
    body = {"quantity": "1.00", **RETIREMENT}
    return ("POST", f"/api/v1/credits/{serial}/retire", {"json": body, "headers": headers})


async def uploaded(people: People) -> Call:
    """A document whose bytes are in storage and not yet counted."""
    project = await register(people)
    await assign(people, project)
    content = f"a,b\n{uuid4()},1\n".encode()
    document = await people.supplier.post(
        f"/projects/{project['id']}/documents", announcement(content)
    )
    upload = document["upload"]
    async with httpx.AsyncClient() as storage:
        stored = await storage.request(
            upload["method"], upload["url"], headers=upload["headers"], content=content
        )
        stored.raise_for_status()
    headers = people.supplier.headers | {"Idempotency-Key": str(uuid4())}
    return (
        "POST",
        f"/api/v1/documents/{document['id']}/complete",
        {"json": {}, "headers": headers},
    )


AWAY: dict[str, dict[str, int]] = {
    "PostgreSQL": {
        "page": 503,
        "read": 503,
        "own read": 503,
        "certificate": 503,
        "export": 503,
        "sign-in": 503,
        "sign-in page": 503,
        "desk": 503,
        "verify": 200,
        "verify page": 503,
        "workflow": 503,
        "write": 503,
        "document": 503,
        "alive": 200,
        "ready": 503,
    },
    "Temporal": {"workflow": 503, "write": 503, "document": 503, "ready": 503},
    "object store": {"document": 503, "ready": 503},
    "devnet": {},
    "mail": {},
}
"""By the server that hangs: what is answered with something else than when all is well."""

WELL = {
    "page": 200,
    "read": 200,
    "own read": 200,
    "certificate": 200,
    "export": 200,
    "sign-in": 200,
    "sign-in page": 303,
    "desk": 200,
    "verify": 200,
    "verify page": 200,
    "workflow": 200,
    "write": 201,
    "document": 200,
    "alive": 200,
    "ready": 200,
}


@pytest.mark.parametrize("server", AWAY)
async def test_a_server_that_hangs_makes_nobody_wait(
    server: str, stack: Stack, browser: httpx.AsyncClient, registry: Registry
) -> None:
    with stopped(stack.services[server].pid):
        first = await ask_all(browser, registry.calls)
        await asyncio.sleep(2)
        later = await ask_all(browser, registry.calls)
    began = time.monotonic()
    await well_again(browser)
    same = await ask_all(browser, {name: registry.calls[name] for name in ("write", "document")})
    took = time.monotonic() - began

    print_table(server, first, later)
    expected = WELL | AWAY[server]
    for answers in (first, later):
        assert {name: status for name, (status, _) in answers.items()} == expected
        slow = {name: s for name, (_, s) in answers.items() if s > ANSWER_SECONDS_MAX}
        assert slow == {}
    assert {name: status for name, (status, _) in same.items()} == {"write": 201, "document": 200}
    assert took < RECOVERY_SECONDS_MAX + ANSWER_SECONDS_MAX


@pytest.mark.parametrize("server", ["PostgreSQL", "Temporal"])
async def test_writes_that_a_hang_overtook_are_done_once_and_told_under_their_keys(
    server: str, stack: Stack, browser: httpx.AsyncClient, registry: Registry
) -> None:
    under_way = [asyncio.create_task(timed(browser, call)) for call in registry.writes]
    await asyncio.sleep(0.05)
    with stopped(stack.services[server].pid):
        overtaken = await asyncio.gather(*under_way)
        await asyncio.sleep(4)
    await well_again(browser)
    again, twice = [
        [
            await browser.request(method, path, **content)
            for method, path, content in registry.writes
        ]
        for _ in range(2)
    ]

    assert {status for status, _ in overtaken} <= {201, 503}
    assert max(seconds for _, seconds in overtaken) < ANSWER_SECONDS_MAX
    assert [answer.status_code for answer in again] == [201] * WRITES
    assert [answer.content for answer in twice] == [answer.content for answer in again]
    assert len({answer.json()["data"]["id"] for answer in again}) == WRITES


async def test_after_a_minute_all_is_well_again_as_soon(
    stack: Stack, browser: httpx.AsyncClient, registry: Registry
) -> None:
    """Longer than a connection to Temporal is kept without a sign of life."""
    services = stack.services
    with stopped(services["PostgreSQL"].pid), stopped(services["Temporal"].pid):
        for _ in range(6):
            hung = await ask_all(browser, registry.calls)
            assert max(seconds for _, seconds in hung.values()) < ANSWER_SECONDS_MAX
            await asyncio.sleep(8)
    began = time.monotonic()
    await well_again(browser)
    ready_seconds = time.monotonic() - began
    after = await ask_all(browser, registry.calls)
    took = time.monotonic() - began

    print(f"ready after {ready_seconds:.2f} s, everything answered after {took:.2f} s")
    assert {name: status for name, (status, _) in after.items()} == WELL


@pytest.mark.parametrize("server", ["PostgreSQL", "Temporal"])
@pytest.mark.parametrize("process", ["api", "worker"])
async def test_a_process_that_is_told_to_stop_ends_in_time_beside_a_server_that_hangs(
    server: str, process: str, stack: Stack, browser: httpx.AsyncClient, registry: Registry
) -> None:
    stopping: ChildProcess = getattr(stack, process)
    began = time.monotonic()
    try:
        with stopped(stack.services[server].pid):
            await ask_all(browser, {"write": registry.calls["write"]})
            began = time.monotonic()
            os.kill(stopping.pid, signal.SIGTERM)
            await asyncio.wait_for(stopping.wait(), STOPPING_SECONDS_MAX)
    finally:
        took = time.monotonic() - began
        print(f"{process} ends beside a hung {server} after {took:.1f} s")
        await stopping.stop()
        await stopping.start()
        await well_again(browser, within_seconds=30)


async def well_again(
    browser: httpx.AsyncClient, *, within_seconds: float = RECOVERY_SECONDS_MAX
) -> None:
    began = time.monotonic()
    while await status_of(browser, "/readyz") != 200:
        assert time.monotonic() - began < within_seconds
        await asyncio.sleep(0.05)


async def status_of(browser: httpx.AsyncClient, path: str) -> int | None:
    """None while nobody listens."""
    try:
        return (await browser.get(path)).status_code
    except httpx.TransportError:
        return None


async def ask_all(
    browser: httpx.AsyncClient, calls: Mapping[str, Call]
) -> dict[str, tuple[int, float]]:
    """Each at the same time: its status, and after how many seconds."""
    answers = await asyncio.gather(*(timed(browser, call) for call in calls.values()))
    return dict(zip(calls, answers, strict=True))


async def timed(browser: httpx.AsyncClient, call: Call) -> tuple[int, float]:
    method, path, content = call
    began = time.monotonic()
    answer = await browser.request(method, path, **content)
    seconds = round(time.monotonic() - began, 2)
    if answer.status_code == 503:
        assert answer.headers["retry-after"] == "5"
        page = not path.startswith(("/api/", "/readyz"))
        assert ("<h1>" in answer.text) == page
    return answer.status_code, seconds


def print_table(server: str, *rounds: dict[str, tuple[int, float]]) -> None:
    for name in rounds[0]:
        seen = (found[name] for found in rounds)
        print(f"{server:13} {name:13}", *(f"{status} {seconds:5.2f} s" for status, seconds in seen))
