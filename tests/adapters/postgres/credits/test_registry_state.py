"""A freeze and the ledger's writes, side by side on a real PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from domain.credits.freeze import RegistryState
from domain.errors import RegistryFrozen
from tests.factories import ADMINISTRATOR, NOW

FROZEN = RegistryState(True, "A recount.", ADMINISTRATOR.id, NOW)
LONG_ENOUGH_SECONDS = 0.2


async def freeze(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await work.credits.registry_state.lock()
        await work.credits.registry_state.save(FROZEN)


async def write(database: PostgresDatabase) -> None:
    async with database.transaction() as work:
        await work.credits.registry_state.require_open()


async def test_a_new_registry_is_open_and_nobody_has_said_anything(
    database: PostgresDatabase,
) -> None:
    await write(database)

    async with database.transaction() as work:
        assert await work.credits.registry_state.lock() == RegistryState(False)


async def test_a_frozen_registry_refuses_with_the_reason(database: PostgresDatabase) -> None:
    await freeze(database)

    with pytest.raises(RegistryFrozen, match=r"^The registry is frozen: A recount\.$"):
        await write(database)


async def test_an_opened_registry_takes_writes_again(database: PostgresDatabase) -> None:
    await freeze(database)

    async with database.transaction() as work:
        await work.credits.registry_state.save(RegistryState(False, None, ADMINISTRATOR.id, NOW))

    await write(database)


async def test_a_freeze_waits_for_a_write_under_way(database: PostgresDatabase) -> None:
    async with database.transaction() as under_way:
        await under_way.credits.registry_state.require_open()
        freezing = asyncio.create_task(freeze(database))
        await asyncio.sleep(LONG_ENOUGH_SECONDS)
        still_waits = not freezing.done()

    await freezing

    assert still_waits


async def test_a_write_that_comes_after_a_waiting_freeze_is_refused(
    database: PostgresDatabase,
) -> None:
    """Even though it began before the freeze was done: it must not see the state of before."""
    async with database.transaction() as under_way:
        await under_way.credits.registry_state.require_open()
        freezing = asyncio.create_task(freeze(database))
        await asyncio.sleep(LONG_ENOUGH_SECONDS)
        late = asyncio.create_task(write(database))
        await asyncio.sleep(LONG_ENOUGH_SECONDS)
        late_still_waits = not late.done()

    await freezing
    with pytest.raises(RegistryFrozen):
        await late
    assert late_still_waits


async def test_writes_do_not_wait_for_each_other(database: PostgresDatabase) -> None:
    async with database.transaction() as first:
        await first.credits.registry_state.require_open()

        await asyncio.wait_for(write(database), timeout=5)


async def test_a_write_leaves_no_mark_on_the_row_they_all_look_at(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    async def locker() -> int:
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT xmax::text::bigint FROM registry_state"))
            marked: int = found.scalar_one()
            return marked

    await write(database)

    assert await locker() == 0
