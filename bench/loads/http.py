"""
The load over HTTP/1.1: kept-alive connections that send ready-made bytes and count what comes back.

Own and small, because on two cores a full HTTP client would take as much time as the server. It
knows just what uvicorn sends: a status line, headers with Content-Length, and a body.
"""

import asyncio
import itertools
import sys
from collections.abc import Iterator
from functools import partial
from typing import cast

import uvloop
from pydantic import BaseModel

from bench.loads.sample import Pace, Sample, take_sample

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class HttpLoad(BaseModel):
    """`requests` are whole requests (Latin-1); with `repeat` they start again at the end."""

    port: int
    requests: list[str]
    repeat: bool
    expected_status: int
    pace: Pace


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer_bytes: int | None = None
        self._answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, but do what they do.
        self._transport = cast("asyncio.Transport", transport)

    async def exchange(self, request: bytes) -> bytes:
        """
        The whole answer, head and body.

        Raises:
            ConnectionError: the server closed the connection before the end of its answer.
        """
        self._received.clear()
        self._answer_bytes = None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer_bytes is None:
            self._answer_bytes = answer_bytes(self._received)
        if self._answer_bytes is None or len(self._received) < self._answer_bytes:
            return
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(bytes(self._received))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server hung up"))

    def close(self) -> None:
        self._transport.close()


def answer_bytes(received: bytes | bytearray) -> int | None:
    """
    How long the answer is with its head, once the head has come.

    Raises:
        ValueError: the answer does not say its length.
    """
    end = received.find(_END_OF_HEAD)
    if end < 0:
        return None
    head = bytes(received[:end]).lower()
    at = head.find(_LENGTH)
    if at < 0:
        raise ValueError(f"an answer without Content-Length: {head[:300]!r}")
    length = head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]
    return end + len(_END_OF_HEAD) + int(length)


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


async def run(load: HttpLoad) -> Sample:
    """
    Raises:
    RuntimeError: an answer had another status than expected; it is quoted.
    """
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, "127.0.0.1", load.port))[1]
        for _ in range(load.pace.connections)
    ]
    try:
        callers = [partial(_call, connection, load.expected_status) for connection in connections]
        return await take_sample(callers, _requests(load), load.pace)
    finally:
        for connection in connections:
            connection.close()


async def _call(connection: Connection, expected_status: int, request: bytes) -> None:
    answer = await connection.exchange(request)
    if status_of(answer) != expected_status:
        raise RuntimeError(f"not {expected_status}: {answer[:600]!r}")


def _requests(load: HttpLoad) -> Iterator[bytes]:
    ready = [request.encode("latin-1") for request in load.requests]
    return itertools.cycle(ready) if load.repeat else iter(ready)


def main() -> None:
    load = HttpLoad.model_validate_json(sys.stdin.buffer.read())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(run(load)).model_dump_json())


if __name__ == "__main__":
    main()
