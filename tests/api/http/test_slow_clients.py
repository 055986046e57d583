"""Answers whose readers are slow."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from api.http.downloads.slow_clients import SlowClientGuard, SlowClientPolicy

CHUNKS = [b"1" * 1_000, b"2" * 1_000, b"3" * 1_000]


class Content:
    """Three chunks; `closed` once nobody can ask for more."""

    def __init__(self) -> None:
        self.closed = False

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        try:
            for chunk in CHUNKS:
                yield chunk
        finally:
            self.closed = True


async def read(
    content: Content, patience: SlowClientPolicy, *, pauses: list[float]
) -> list[Message]:
    """What a reader gets who pauses so many seconds before taking each message."""
    taken: list[Message] = []

    async def send(message: Message) -> None:
        await asyncio.sleep(pauses[len(taken)])
        taken.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    answer = SlowClientGuard(
        content.chunks(), media_type="text/plain", headers={}, patience=patience
    )
    scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
    async with asyncio.timeout(5):
        await answer(scope, receive, send)
    return taken


def body(taken: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in taken)


async def test_a_reader_who_takes_what_comes_gets_all_of_it() -> None:
    content = Content()

    taken = await read(content, SlowClientPolicy(), pauses=[0] * 5)

    assert body(taken) == b"".join(CHUNKS)
    assert taken[-1]["more_body"] is False
    assert content.closed


async def test_a_reader_who_stops_is_cut_off_and_what_it_held_is_free() -> None:
    content = Content()

    taken = await read(content, SlowClientPolicy(0.05), pauses=[0, 0, 60])

    assert body(taken) == CHUNKS[0]
    assert taken[-1]["more_body"] is True
    assert content.closed


async def test_whoever_takes_just_enough_is_cut_off_in_the_end() -> None:
    content = Content()

    taken = await read(
        content,
        SlowClientPolicy(0.05, bytes_a_second=1, seconds_max=0.1),
        pauses=[0, 0.04, 0.04, 0.04, 0.04],
    )

    assert body(taken) == CHUNKS[0] + CHUNKS[1]
    assert content.closed


@pytest.mark.parametrize(("bytes_a_second", "whole"), [(10_000.0, True), (1_000_000.0, False)])
async def test_each_byte_taken_gives_a_reader_time(bytes_a_second: float, whole: bool) -> None:
    content = Content()

    taken = await read(
        content, SlowClientPolicy(0.05, bytes_a_second), pauses=[0, 0, 0.08, 0.08, 0]
    )

    assert (body(taken) == b"".join(CHUNKS)) is whole
    assert content.closed
