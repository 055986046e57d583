"""What many readers ask for and takes a large registry long to count: counted once for all of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.requests import Request

from adapters.postgres.credits.reads import totals as reads_totals
from adapters.postgres.credits.reads.totals import (
    ConservationPartView,
    CreditSumsView,
    RegistryCountsView,
)
from adapters.postgres.limited_connections import LimitedConnection

QUICK_SECONDS = 0.3
KEPT_TIMES, KEPT_SECONDS_MAX = 5, 5.0

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """
    Counts when somebody asks; who asks meanwhile waits for the same count.

    What took longer than QUICK_SECONDS is kept for five times as long as it took, and never longer
    than the five seconds for which caches may keep a public answer. So counting never takes more
    than a sixth of a processor, however many ask, and a registry of usual size is always counted anew.
    """

    def __init__(
        self, count: Callable[[], Awaitable[Value]], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._now = now
        self._under_way: asyncio.Task[Value] | None = None
        self._kept: tuple[float, Value] | None = None

    async def __call__(self) -> Value:
        if self._kept is not None and self._now() < self._kept[0]:
            return self._kept[1]
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._count_anew())
        # Shielded, so that one who hangs up does not take the count away from the others.
        return await asyncio.shield(self._under_way)

    async def _count_anew(self) -> Value:
        began = self._now()
        try:
            value = await self._count()
        finally:
            self._under_way = None
        took = self._now() - began
        if took > QUICK_SECONDS:
            kept_seconds = min(KEPT_TIMES * took, KEPT_SECONDS_MAX)
            self._kept = self._now() + kept_seconds, value
        return value


@dataclass(frozen=True)
class Counted:
    """The registry as a whole, in numbers."""

    sums: SingleFlight[CreditSumsView]
    counts: SingleFlight[RegistryCountsView]
    conservation: SingleFlight[Sequence[ConservationPartView]]


def counted(request: Request) -> Counted:
    found: Counted = request.app.state.counted
    return found


def counted_in(engine: AsyncEngine) -> Counted:
    """
    `engine` is one whose statements are each a transaction of their own.

    Counting a large registry may take longer than other reads have; a database that hangs still
    ends it.
    """

    def once(read: Callable[[AsyncConnection], Awaitable[Value]]) -> SingleFlight[Value]:
        async def count() -> Value:
            async with LimitedConnection(engine) as connection:
                return await read(connection)

        return SingleFlight(count)

    return Counted(
        sums=once(reads_totals.registry_sums),
        counts=once(reads_totals.registry_counts),
        conservation=once(reads_totals.conservation),
    )
