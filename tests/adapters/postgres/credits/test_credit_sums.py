"""The sums that the ledger keeps of itself (ADR 0096): who waits for whom, and rebuilding them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.credits.reads.totals import conservation, registry_sums
from domain.credits.ledger import Conservation
from tests.databases import engine_for, save_people
from tests.factories import BUYER, DEVELOPER
from tests.ledger_rows import LedgerRows
from tests.whole_ledger import kept_sums
from tools.rebuild_projection import rebuild


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


async def test_movements_of_one_project_do_not_wait_for_each_others_sums(
    engine: AsyncEngine,
) -> None:
    ledger = LedgerRows(engine)
    project = await ledger.project()
    root = await ledger.issue(project, 100)
    moved, rest = await ledger.transfer(root, 30, DEVELOPER, BUYER)
    assert rest is not None
    async with engine.connect() as slow:
        cancelled = text("UPDATE credit_entries SET status = 'cancelled' WHERE id = :id")
        await slow.execute(cancelled, {"id": rest.id})

        async with asyncio.timeout(5):
            await ledger.retire(moved, 10, BUYER)

        await slow.rollback()
    async with engine.connect() as reader:
        sums = await registry_sums(reader)
        (line,) = await conservation(reader)
    assert (line.project_id, line.parts) == (project.id, Conservation(100, 90, 10, 0, 0, 0, 0))
    assert (sums.issued_units, sums.active_units, sums.retired_units, sums.entries) == (
        100,
        90,
        10,
        5,
    )


async def test_they_are_rebuilt_while_readers_go_on_and_a_movement_waits_at_its_commit(
    engine: AsyncEngine,
) -> None:
    ledger = LedgerRows(engine)
    project = await ledger.project()
    root = await ledger.issue(project, 100)
    kept = await kept_sums(engine)
    await ledger.by_hand("UPDATE credit_sums SET quantity_units = 1, entries = 5")

    async with engine.connect() as rebuilding:
        await rebuilding.execute(text("SELECT karbonica_rebuild_credit_sums()"))
        async with engine.connect() as reader:
            assert (await registry_sums(reader)).active_units == 1
        moving = asyncio.create_task(ledger.retire(root, 40, DEVELOPER))
        await asyncio.sleep(0.2)
        assert not moving.done()
        await rebuilding.commit()
    await moving

    assert await kept_sums(engine) != kept
    moved_meanwhile = await kept_sums(engine)
    assert await rebuild(engine) == 4
    assert await kept_sums(engine) == moved_meanwhile


async def test_what_was_noted_is_gone_with_the_transaction_whichever_way_it_ends(
    engine: AsyncEngine,
) -> None:
    ledger = LedgerRows(engine)
    await ledger.issue(await ledger.project(), 100)
    before = await kept_sums(engine)
    async with engine.connect() as undone:
        await undone.execute(text("UPDATE credit_entries SET status = 'cancelled'"))
        noted = await undone.execute(text("SELECT count(*) FROM credit_sum_changes"))
        assert noted.scalar_one() == 2
        await undone.rollback()

    async with engine.connect() as reader:
        left = await reader.execute(text("SELECT count(*) FROM credit_sum_changes"))
        assert left.scalar_one() == 0
    assert await kept_sums(engine) == before
