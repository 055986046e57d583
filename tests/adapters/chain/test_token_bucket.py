"""Turns at a provider that allows so many requests a second."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from adapters.chain.token_bucket import TokenBucket


class Clock:
    """Time that passes only while somebody sleeps; `waits` are the sleeps, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []
        self.is_stopped = False
        self.is_cancelling = False

    async def sleep(self, seconds: float) -> None:
        if self.is_cancelling:
            raise asyncio.CancelledError
        self.waits.append(seconds)
        if not self.is_stopped:
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    monkeypatch.setattr(asyncio, "sleep", made.sleep)
    return made


def run(steps: Coroutine[Any, Any, None]) -> None:
    """To the end, without an event loop, whose clock is the same: nothing really waits here."""
    with pytest.raises(StopIteration):
        steps.send(None)


def test_a_bucket_that_rested_gives_no_more_than_a_second_of_turns(clock: Clock) -> None:
    bucket = TokenBucket(per_second=4)
    clock.now = 9_000.0
    clock.is_stopped = True

    for _ in range(6):
        run(bucket.take())

    assert clock.waits == [0, 0, 0, 0, 0.25, 0.5]


def test_what_can_wait_leaves_half_of_the_burst_to_all_others(clock: Clock) -> None:
    bucket = TokenBucket(per_second=4)

    for _ in range(4):
        run(bucket.take_when_quiet())
    in_the_background = clock.waits.copy()
    clock.waits.clear()
    run(bucket.take())

    # Four are there, and from the second left on it waits until there are two again.
    assert in_the_background == [0.25]
    assert clock.waits == [0]


def test_a_turn_that_nobody_waits_for_any_more_is_the_next_ones(clock: Clock) -> None:
    bucket = TokenBucket(per_second=1)
    run(bucket.take())

    waiting = bucket.take()
    clock.is_cancelling = True
    with pytest.raises(asyncio.CancelledError):
        waiting.send(None)
    clock.is_cancelling = False
    run(bucket.take())

    assert clock.waits == [0, 1]
