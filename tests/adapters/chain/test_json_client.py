"""However long, slow or tightly packed an answer is, it ends as `ChainUnavailable`, and soon."""

import gzip
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest

from activities.ports.chain.provider import ChainUnavailable
from adapters.chain import json_client
from adapters.chain.blockfrost.transport import ANSWER_BYTES_MAX, ANSWER_TIMEOUT_SECONDS
from adapters.chain.json_client import USUAL, JsonClient, Limits
from adapters.chain.own_node.kupo import Kupo

MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\n"
TO_THE_END = OK + b"Connection: close\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that sends `beginning` and then `part`, over and over, a pause between; its address."""
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
async def asked() -> AsyncIterator[Callable[[str], JsonClient]]:
    made: list[JsonClient] = []

    def client(url: str) -> JsonClient:
        made.append(JsonClient("Kupo", url))
        return made[-1]

    yield client
    for one in made:
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
    serve: Serve, asked: Callable[[str], JsonClient], beginning: bytes, part: bytes
) -> None:
    client = asked(serve(beginning, part))
    tracemalloc.start()

    with pytest.raises(ChainUnavailable, match="Kupo: GET /health: TooLong"):
        await client.get("/health")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # The body, as it grows from one place in memory to another, and the server's own parts.
    assert peak_bytes < 4 * ANSWER_BYTES_MAX


async def test_what_is_posted_is_answered_within_the_same_limit(
    serve: Serve, asked: Callable[[str], JsonClient]
) -> None:
    client = asked(serve(TO_THE_END, b"[" * MIB))

    with pytest.raises(ChainUnavailable, match="Kupo: queryNetwork/tip: TooLong"):
        await client.post({}, about="queryNetwork/tip")


async def test_a_packed_answer_is_not_unpacked(
    serve: Serve, asked: Callable[[str], JsonClient]
) -> None:
    """16 MB of blanks come as 16 KB."""
    packed = gzip.compress(b" " * (16 * MIB))
    length = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    client = asked(serve(OK + length + packed))

    with pytest.raises(ChainUnavailable, match="Kupo: GET /health: Packed"):
        await client.get("/health")


async def test_an_answer_nested_without_end_is_no_json(
    serve: Serve, asked: Callable[[str], JsonClient]
) -> None:
    client = asked(serve(OK + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000_000))

    with pytest.raises(ChainUnavailable, match="Kupo: GET /health: the answer is no JSON"):
        await client.get("/health")


@pytest.mark.parametrize(
    "beginning", [b"", TO_THE_END, CHUNKED], ids=["headers", "a body of any length", "chunks"]
)
async def test_a_server_that_drips_is_given_up_at_the_deadline(
    serve: Serve,
    asked: Callable[[str], JsonClient],
    monkeypatch: pytest.MonkeyPatch,
    beginning: bytes,
) -> None:
    monkeypatch.setattr(json_client, "USUAL", Limits(ANSWER_BYTES_MAX, seconds=0.4))
    client = asked(serve(beginning, b"1", 0.05))
    started = time.monotonic()

    with pytest.raises(ChainUnavailable, match="Kupo: GET /health: TimeoutError"):
        await client.get("/health")

    assert time.monotonic() - started < 2


async def test_all_that_an_address_ever_saw_may_be_longer_than_other_answers(serve: Serve) -> None:
    """Kupo has no parts: 12 MB are a list still, and what is no list of outputs is not read so far."""
    body = b"[" + b" " * (12 * MIB) + b"]"
    beginning = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    outputs, checkpoints = Kupo(serve(beginning)), Kupo(serve(beginning))

    found = await outputs.block_of("ab" * 32)
    with pytest.raises(ChainUnavailable, match="TooLong"):
        await checkpoints.newest()
    await outputs.close()
    await checkpoints.close()

    assert found is None


def test_the_limits_are_those_of_the_other_provider() -> None:
    assert Limits(ANSWER_BYTES_MAX, ANSWER_TIMEOUT_SECONDS) == USUAL
