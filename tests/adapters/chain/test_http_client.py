"""
Through either provider's client: however an answer goes wrong, it ends as `ChainUnavailable`, and soon.

What the answers mean is in test_blockfrost_client.py and test_json_client.py.
"""

import asyncio
import gzip
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from threading import Event, Thread

import pytest

from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.chain import http_client
from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.http_client import REQUESTS_AT_ONCE, Limits, PoliteClient
from adapters.chain.json_client import JsonClient
from tests.adapters.chain.answering import Answer, Server

MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\n"
TO_THE_END = OK + b"Connection: close\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
OF_KNOWN_LENGTH = OK + b"Content-Length: 100000\r\n\r\n"
BLOCK = {"height": 7, "slot": 140, "hash": "cd" * 32, "confirmations": 3}

Serve = Callable[..., str]
Ask = Callable[[], Awaitable[object]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """
    A server that sends `beginning` and then `part`, over and over, a pause between; its address.

    Without a part it closes the connection after the beginning.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = Event()

    def answer(beginning: bytes, part: bytes, pause_seconds: float) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(beginning)
            while part and not stopped.wait(pause_seconds):
                connection.sendall(part)

    def start(beginning: bytes, part: bytes = b"", pause_seconds: float = 0.0) -> str:
        Thread(target=answer, args=(beginning, part, pause_seconds), daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    stopped.set()
    listening.close()


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(params=["blockfrost", "own node"])
async def asking(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[str], Ask]]:
    """`GET /blocks/latest` of the server at an address, as either provider's client asks it."""
    opened: list[BlockfrostChain | JsonClient] = []

    def ask(url: str) -> Ask:
        if request.param == "blockfrost":
            chain = BlockfrostChain(url, project_id=None, requests_per_second=1_000)
            opened.append(chain)
            return chain.tip
        client = JsonClient("Kupo", url)
        opened.append(client)
        return partial(client.get, "/blocks/latest")

    yield ask
    for one in opened:
        await one.close()


@pytest.mark.parametrize(
    ("beginning", "part"),
    [
        pytest.param(TO_THE_END, b"[" * MIB, id="a body of any length"),
        pytest.param(
            CHUNKED, b"%x\r\n%s\r\n" % (MIB, b"[" * MIB), id="chunks, and none is the last"
        ),
    ],
)
async def test_an_endless_answer_is_read_to_the_limit_and_no_further(
    serve: Serve,
    asking: Callable[[str], Ask],
    monkeypatch: pytest.MonkeyPatch,
    beginning: bytes,
    part: bytes,
) -> None:
    monkeypatch.setattr(http_client, "USUAL", Limits(2 * MIB, 20))
    ask = asking(serve(beginning, part))
    tracemalloc.start()

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: TooLong"):
        await ask()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # The body, as it grows from one place in memory to another, and the server's own parts.
    assert peak_bytes < 4 * 2 * MIB


async def test_an_answer_of_the_longest_length_is_read_and_one_byte_more_is_not(
    server: Server, asking: Callable[[str], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "USUAL", Limits(1_000, 20))
    body = '{"height": 7, "slot": 140, "hash": "ab"}'
    server.will_answer(Answer(body=body.ljust(1_000)), Answer(body=body.ljust(1_001)))
    ask = asking(server.url)

    await ask()
    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: TooLong"):
        await ask()


async def test_a_packed_answer_is_not_unpacked(serve: Serve, asking: Callable[[str], Ask]) -> None:
    """16 MB of blanks come as 16 KB."""
    packed = gzip.compress(b" " * (16 * MIB))
    length = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: Packed"):
        await asking(serve(OK + length + packed))()


async def test_an_answer_nested_without_end_is_no_json(
    server: Server, asking: Callable[[str], Ask]
) -> None:
    server.will_answer(Answer(body="[" * 1_000_000))

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: the answer is no JSON"):
        await asking(server.url)()


@pytest.mark.parametrize(
    "beginning",
    [b"", OF_KNOWN_LENGTH, TO_THE_END, CHUNKED],
    ids=["headers", "a body of a known length", "a body of any length", "chunks"],
)
async def test_a_server_that_drips_is_given_up_at_the_deadline(
    serve: Serve,
    asking: Callable[[str], Ask],
    monkeypatch: pytest.MonkeyPatch,
    beginning: bytes,
) -> None:
    monkeypatch.setattr(http_client, "USUAL", Limits(MIB, seconds=0.4))
    ask = asking(serve(beginning, b"1", 0.05))
    started = time.monotonic()

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: TimeoutError"):
        await ask()

    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200", OF_KNOWN_LENGTH + b"[", CHUNKED + b"5\r\n[1"],
    ids=["nothing", "half of the headers", "half of a body", "half of a chunk"],
)
async def test_a_connection_lost_after_the_question_is_no_answer(
    serve: Serve, asking: Callable[[str], Ask], beginning: bytes
) -> None:
    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: R"):
        await asking(serve(beginning))()


async def test_a_deadline_that_was_kept_cuts_nobody_off_later(
    server: Server, asking: Callable[[str], Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection serves the next request when the time of the first is over."""
    monkeypatch.setattr(http_client, "USUAL", Limits(MIB, seconds=0.3))
    server.will_answer(*[BLOCK] * 8)
    ask = asking(server.url)

    for _ in range(8):
        await ask()
        await asyncio.sleep(0.06)

    assert len({question.port for question in server.questions}) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    server: Server, asking: Callable[[str], Ask], status: int
) -> None:
    server.will_answer(Answer(status, headers={"Location": server.url}), BLOCK)

    with pytest.raises(ChainMisconfigured, match=f"GET /blocks/latest: HTTP {status}"):
        await asking(server.url)()

    assert len(server.questions) == 1


async def test_whoever_comes_when_all_places_are_taken_waits_until_one_is_given_up(
    server: Server,
) -> None:
    client = PoliteClient("The server", server.url, headers={})
    silences = [Event() for _ in range(REQUESTS_AT_ONCE)]
    server.will_answer(*silences, BLOCK, BLOCK)
    held = [asyncio.create_task(client.request("held", "GET")) for _ in silences]
    await _until(lambda: len(server.questions) == REQUESTS_AT_ONCE)

    late = asyncio.create_task(client.request("late", "GET"))
    await client.in_background().request("in the background", "GET", "/background")
    asked_meanwhile = [question.path for question in server.questions[REQUESTS_AT_ONCE:]]
    held[0].cancel()
    answer = await late
    for silence in silences:
        silence.set()
    await asyncio.gather(*held, return_exceptions=True)
    await client.close()

    # What can wait has a place of its own.
    assert asked_meanwhile == ["/api/v0/background"]
    assert answer.json() == BLOCK


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 -- another thread makes it so
            await asyncio.sleep(0.01)


async def test_the_environments_proxy_leads_to_others_servers_and_never_to_our_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = server.url.removesuffix("/api/v0")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.will_answer(BLOCK)
    provider = BlockfrostChain("http://chain.invalid", project_id=None, requests_per_second=1_000)
    own = JsonClient("Kupo", "http://chain.invalid")

    tip = await provider.tip()
    with pytest.raises(ChainUnavailable, match="Kupo: GET /health: ConnectError"):
        await own.get("/health")
    await provider.close()
    await own.close()

    assert tip.height == BLOCK["height"]
    assert [question.path for question in server.questions] == [
        "http://chain.invalid/blocks/latest"
    ]
