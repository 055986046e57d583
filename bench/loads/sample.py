"""What one load saw, and the loop that every load goes through."""

import asyncio
import itertools
import math
import resource
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Pace(BaseModel):
    """
    How long a load lasts; it ends earlier when its items are used up.

    The warm-up is the same load, not counted. Nothing is sent before an earlier call on the same
    connection has been answered (a closed loop), so waiting calls never pile up.
    """

    model_config = ConfigDict(frozen=True)

    connections: int
    warm_up_seconds: float
    seconds: float
    most_calls: int


class Sample(BaseModel):
    """
    One round: every call came out as it must, or there is no sample.

    `client_cpu` is the share of one core that the load itself took, so that a reader sees whether
    the client was what was measured.
    """

    model_config = ConfigDict(frozen=True)

    calls: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    client_cpu: float


async def take_sample(
    callers: Sequence[Callable[[Item], Awaitable[None]]], items: Iterator[Item], pace: Pace
) -> Sample:
    """Each caller takes the next item as soon as its last call is answered."""
    await _run(callers, items, pace.warm_up_seconds)
    cpu_before, began = _cpu_seconds(), time.perf_counter()
    latencies = await _run(callers, itertools.islice(items, pace.most_calls), pace.seconds)
    seconds = time.perf_counter() - began
    if not latencies:
        raise RuntimeError("the load had nothing to send after its warm-up")
    latencies.sort()
    return Sample(
        calls=len(latencies),
        per_second=len(latencies) / seconds,
        p50_ms=percentile(latencies, 50) * 1000,
        p95_ms=percentile(latencies, 95) * 1000,
        p99_ms=percentile(latencies, 99) * 1000,
        client_cpu=(_cpu_seconds() - cpu_before) / seconds,
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


async def _run(
    callers: Sequence[Callable[[Item], Awaitable[None]]], items: Iterator[Item], seconds: float
) -> list[float]:
    latencies: list[float] = []
    deadline = time.perf_counter() + seconds

    async def call_until_deadline(call: Callable[[Item], Awaitable[None]]) -> None:
        # The clock is asked first: an item that is taken is also sent.
        while time.perf_counter() < deadline:
            try:
                item = next(items)
            except StopIteration:
                return
            began = time.perf_counter()
            await call(item)
            latencies.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as tasks:
        for call in callers:
            tasks.create_task(call_until_deadline(call))
    return latencies


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
