"""Counts that many ask for."""

import asyncio

import pytest

from api.http.single_flight import SingleFlight


class Registry:
    """Answers how often it was counted, and lets the clock run on meanwhile."""

    def __init__(self, *, seconds: float) -> None:
        self.counted = 0
        self.fails = False
        self.clock = 0.0
        self.seconds = seconds

    async def count(self) -> int:
        self.counted += 1
        number = self.counted
        await asyncio.sleep(0)
        self.clock += self.seconds
        if self.fails:
            raise ConnectionError("no database")
        return number

    def now(self) -> float:
        return self.clock


async def test_sixteen_at_once_are_one_count() -> None:
    registry = Registry(seconds=0.01)
    count = SingleFlight(registry.count, now=registry.now)

    assert await asyncio.gather(*(count() for _ in range(16))) == [1] * 16


async def test_what_is_counted_quickly_is_counted_anew_each_time() -> None:
    registry = Registry(seconds=0.2)
    count = SingleFlight(registry.count, now=registry.now)

    assert [await count(), await count()] == [1, 2]


@pytest.mark.parametrize(("seconds", "kept_seconds"), [(0.5, 2.5), (2.0, 5.0)])
async def test_what_takes_long_is_kept_in_proportion_and_five_seconds_at_most(
    seconds: float, kept_seconds: float
) -> None:
    registry = Registry(seconds=seconds)
    count = SingleFlight(registry.count, now=registry.now)
    first = await count()

    registry.clock += kept_seconds - 0.1
    kept = await count()
    registry.clock += 0.2
    anew = await count()

    assert [first, kept, anew] == [1, 1, 2]


async def test_who_hangs_up_takes_the_count_away_from_nobody() -> None:
    registry = Registry(seconds=0.01)
    count = SingleFlight(registry.count, now=registry.now)
    hangs_up, waits = asyncio.ensure_future(count()), asyncio.ensure_future(count())
    await asyncio.sleep(0)

    hangs_up.cancel()

    assert await waits == 1


async def test_a_count_that_failed_is_tried_again_by_the_next() -> None:
    registry = Registry(seconds=1)
    count = SingleFlight(registry.count, now=registry.now)
    registry.fails = True
    with pytest.raises(ConnectionError):
        await count()

    registry.fails = False

    assert await count() == 2
