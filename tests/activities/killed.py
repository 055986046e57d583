"""
An attempt in a process of its own, which dies by force right before or right after its commit.

The processes are forked from one that has loaded everything, so that dying costs milliseconds.
"""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.payloads import Payload
from adapters.postgres.database import PostgresDatabase, PostgresUnitOfWork
from tests.activities.registry import Registry, run
from tests.databases import engine_for
from tests.fakes.chain import FakeChain
from tests.fakes.object_store import FakeObjectStore

KILLED = 9


class Moment(StrEnum):
    BEFORE_COMMIT = "right before its commit"
    AFTER_COMMIT = "right after its commit"


class MortalDatabase(PostgresDatabase):
    """Dies at the commit of its n-th transaction: `effect_in`, counted from one."""

    def __init__(self, engine: AsyncEngine, moment: Moment, effect_in: int) -> None:
        super().__init__(engine)
        self._moment = moment
        self._left = effect_in
        event.listen(engine.sync_engine, "commit", self._before_commit)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresUnitOfWork]:
        self._left -= 1
        async with super().transaction() as work:
            yield work
        if not self._left and self._moment is Moment.AFTER_COMMIT:
            os._exit(KILLED)

    def _before_commit(self, _: object) -> None:
        if not self._left and self._moment is Moment.BEFORE_COMMIT:
            os._exit(KILLED)


async def killed_attempt(
    activity: str,
    request: Payload,
    moment: Moment,
    *,
    database_url: str,
    effect_in: int,
    chain: FakeChain,
    objects: FakeObjectStore,
    now: datetime,
) -> int | None:
    """The exit code of the process that made the attempt; `KILLED` when all went as it should."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.activities.use_cases", __name__])
    process = processes.Process(
        target=_attempt,
        args=(activity, request, moment, database_url, effect_in, chain, objects, now),
    )
    process.start()
    await asyncio.to_thread(process.join)
    return process.exitcode


def _attempt(
    activity: str,
    request: Payload,
    moment: Moment,
    database_url: str,
    effect_in: int,
    chain: FakeChain,
    objects: FakeObjectStore,
    now: datetime,
) -> None:
    async def attempt() -> None:
        database = MortalDatabase(engine_for(database_url), moment, effect_in)
        registry = Registry(database, chain=chain, objects=objects)
        registry.clock.advance(seconds=(now - registry.clock.now()).total_seconds())
        await run(registry.activity(activity), request)

    asyncio.run(attempt())
