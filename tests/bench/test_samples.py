"""The load loop and what it counts."""

import asyncio
import itertools

import pytest

from bench.loads.sample import Pace, percentile, take_sample


def test_a_percentile_is_a_value_that_was_seen() -> None:
    ordered = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]

    found = [percentile(ordered, percent) for percent in (1, 50, 95, 99, 100)]

    assert found == [1.0, 5.0, 10.0, 10.0, 10.0]


async def test_each_item_is_sent_once_and_only_measured_ones_are_counted() -> None:
    sent: list[int] = []

    async def call(item: int) -> None:
        sent.append(item)
        await asyncio.sleep(0.001)

    pace = Pace(connections=3, warm_up_seconds=0.05, seconds=5, most_calls=20)
    sample = await take_sample([call] * 3, itertools.count(), pace)

    warm_up = len(sent) - 20
    assert sample.calls == 20
    assert warm_up > 0
    assert sorted(sent) == list(range(warm_up + 20))


async def test_a_load_ends_in_time_however_many_items_there_are() -> None:
    async def call(item: int) -> None:
        await asyncio.sleep(0.01)

    pace = Pace(connections=2, warm_up_seconds=0, seconds=0.2, most_calls=1_000_000)
    sample = await take_sample([call] * 2, itertools.count(), pace)

    assert 4 <= sample.calls <= 40
    assert sample.p50_ms >= 10


async def test_a_call_that_fails_leaves_no_sample() -> None:
    async def call(item: int) -> None:
        if item == 5:
            raise RuntimeError("not 201")

    pace = Pace(connections=2, warm_up_seconds=0, seconds=5, most_calls=100)

    with pytest.raises(ExceptionGroup) as failure:
        await take_sample([call] * 2, itertools.count(), pace)

    assert [str(error) for error in failure.value.exceptions] == ["not 201"]
