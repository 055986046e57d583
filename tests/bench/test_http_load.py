"""The HTTP load against a small server that answers in pieces."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.loads.http import HttpLoad, answer_bytes, run, status_of
from bench.loads.sample import Pace

REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PACE = Pace(connections=2, warm_up_seconds=0, seconds=5, most_calls=10)


@asynccontextmanager
async def server(pieces: list[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers each request with the same pieces; yields its port and the requests it gets."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
            except asyncio.IncompleteReadError:
                writer.close()
                return
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], requests
    finally:
        listening.close()
        await listening.wait_closed()


def load(port: int, *, repeat: bool = True, requests: int = 1) -> HttpLoad:
    return HttpLoad(
        port=port, requests=[REQUEST] * requests, repeat=repeat, expected_status=200, pace=PACE
    )


async def test_an_answer_in_pieces_is_one_answer() -> None:
    pieces = [b"HTTP/1.1 200 OK\r\nContent-", b"Length: 5\r\n\r\nhe", b"llo"]

    async with server(pieces) as (port, requests):
        sample = await run(load(port))

    assert sample.calls == 10
    assert requests == [REQUEST.encode()] * 10


async def test_requests_that_are_not_to_be_repeated_are_sent_once() -> None:
    async with server([b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"]) as (port, requests):
        sample = await run(load(port, repeat=False, requests=4))

    assert (sample.calls, len(requests)) == (4, 4)


async def test_another_status_than_expected_ends_the_load_and_is_quoted() -> None:
    async with server([b"HTTP/1.1 429 Slow\r\ncontent-length: 4\r\n\r\nwait"]) as (port, _):
        with pytest.raises(ExceptionGroup) as failure:
            await run(load(port))

    first = failure.value.exceptions[0]
    assert str(first).startswith("not 200: b'HTTP/1.1 429 Slow")


def test_the_length_of_an_answer_is_known_with_its_head() -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\nX: y\r\n\r\n"

    assert answer_bytes(head[:-1]) is None
    assert answer_bytes(head) == len(head) + 12
    assert status_of(head) == 201


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="without Content-Length"):
        answer_bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
