"""What is kept ready for the public (ADR 0116): who waits for whom, rebuilding, and whose changes are seen."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import engine_for, save_people
from tests.factories import DEVELOPER
from tests.ledger_rows import LedgerRows
from tests.whole_ledger import fragments_that_differ
from tools.rebuild_projection import rebuild_fragments

RETITLED = text("UPDATE projects SET title = title || '!'")
GUARDS_ASLEEP = text("SET LOCAL session_replication_role = replica")
RENAMED = text("UPDATE organisations SET legal_name = legal_name || ' & Sons'")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


@pytest.fixture
async def ledger(engine: AsyncEngine) -> LedgerRows:
    ledger = LedgerRows(engine)
    await ledger.retire(await ledger.issue(await ledger.project(), 100), 10, DEVELOPER)
    return ledger


async def test_of_two_that_change_one_fragment_the_later_sees_what_the_earlier_left(
    engine: AsyncEngine, ledger: LedgerRows
) -> None:
    async with engine.connect() as first, engine.connect() as second:
        await first.execute(GUARDS_ASLEEP)
        await first.execute(RETITLED)
        await second.execute(RENAMED)
        await first.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        committing = asyncio.create_task(second.commit())
        await asyncio.sleep(0.2)
        assert not committing.done()
        await first.commit()
        await committing

    assert await fragments_that_differ(engine) == []


async def test_they_are_rebuilt_while_readers_go_on_and_whoever_changes_them_waits(
    engine: AsyncEngine, ledger: LedgerRows
) -> None:
    await ledger.by_hand("UPDATE public_fragments SET body = '{}' WHERE kind = 'project'")
    await ledger.by_hand("DELETE FROM public_fragments WHERE kind = 'credit'")
    assert {kind for kind, _ in await fragments_that_differ(engine)} == {"project", "credit"}
    bodies = text("SELECT body FROM public_fragments WHERE kind = 'project'")

    async with engine.connect() as rebuilding:
        await rebuilding.execute(text("SELECT karbonica_rebuild_public_fragments()"))
        async with engine.connect() as reader:
            assert (await reader.execute(bodies)).scalars().all() == ["{}"]
        moving = asyncio.create_task(ledger.by_hand(str(RENAMED)))
        await asyncio.sleep(0.2)
        assert not moving.done()
        await rebuilding.commit()
    await moving

    assert await fragments_that_differ(engine) == []
    assert await rebuild_fragments(engine) == 4
    assert await fragments_that_differ(engine) == []


async def test_what_was_noted_is_gone_with_the_transaction(
    engine: AsyncEngine, ledger: LedgerRows
) -> None:
    noted = text("SELECT kind, cardinality(ids) FROM public_fragment_changes")
    async with engine.connect() as undone:
        await undone.execute(GUARDS_ASLEEP)
        await undone.execute(text("UPDATE projects SET title = title, title_key = 'another'"))
        assert (await undone.execute(noted)).all() == []
        await undone.execute(RETITLED)
        assert (await undone.execute(noted)).all() == [("project", 1)]
        await undone.rollback()

    async with engine.connect() as reader:
        assert (await reader.execute(noted)).all() == []
