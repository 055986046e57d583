"""A server that never comes to an end holds no thread for longer than the deadline."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from activities.ports.chain.provider import ChainUnavailable
from adapters.chain.blockfrost import transport
from adapters.chain.blockfrost.client import BlockfrostChain
from tests.adapters.chain.answering import Answer, Server

BLOCK = {"height": 7, "slot": 140, "hash": "cd" * 32, "confirmations": 3}

# What comes before the drip: nothing, so that the headers drip; a body that says how long it is; one
# that ends when the connection does.
BEGINNINGS = {
    "headers": b"",
    "a body of a known length": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    "a body of any length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.fixture
def drip() -> Iterator[Callable[[bytes], str]]:
    """A server that sends the beginning of an answer, and then a byte every 50 ms; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = Event()

    def serve(beginning: bytes) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(beginning)
            while not stopped.wait(0.05):
                try:
                    connection.sendall(b"1")
                except OSError:
                    return

    def start(beginning: bytes) -> str:
        Thread(target=serve, args=(beginning,), daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    stopped.set()
    listening.close()


@pytest.mark.parametrize("beginning", BEGINNINGS)
async def test_a_server_that_drips_is_given_up_at_the_deadline(
    beginning: str, drip: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT_SECONDS", 0.4)
    chain = BlockfrostChain(drip(BEGINNINGS[beginning]), project_id=None, requests_per_second=1_000)
    started = time.monotonic()

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: TimeoutError"):
        await chain.tip()
    took_seconds = time.monotonic() - started
    # It waits for the threads: none is held.
    await chain.close()

    assert took_seconds < 2
    assert time.monotonic() - started < 2


async def test_an_answer_longer_than_any_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server()
    monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 1_000)
    chain = BlockfrostChain(server.url, project_id=None, requests_per_second=1_000)
    server.will_answer(Answer(body="[" + " " * 1_000 + "]"), Answer(body=" " * 800 + "[]"), BLOCK)

    with pytest.raises(ChainUnavailable, match="GET /blocks/latest: TooLong"):
        await chain.tip()
    with pytest.raises(ChainUnavailable, match="unreadable answer"):
        await chain.tip()
    tip = await chain.tip()
    await chain.close()
    server.close()

    assert tip.height == BLOCK["height"]


async def test_a_deadline_that_was_kept_cuts_nobody_off_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection serves the next request when the time of the first is over."""
    server = Server()
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT_SECONDS", 0.3)
    chain = BlockfrostChain(server.url, project_id=None, requests_per_second=1_000)
    server.will_answer(*[BLOCK] * 8)

    for _ in range(8):
        await chain.tip()
        await asyncio.sleep(0.06)
    await chain.close()
    server.close()

    assert len({question.port for question in server.questions}) == 1
