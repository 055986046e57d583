"""How often public rows have changed, counted by whatever changes them (ADR 0106)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.publishing.reads.revisions import public_revision
from tests.databases import engine_for, save_people
from tests.factories import DEVELOPER
from tests.ledger_rows import LedgerRows

RENAME = "UPDATE organisations SET legal_name = legal_name || '.'"
RENAMED_TO_THE_SAME = "UPDATE organisations SET legal_name = legal_name"
GUARDS_ASLEEP = "SET LOCAL session_replication_role = replica"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = engine_for(database_url)
    await save_people(made)
    ledger = LedgerRows(made)
    await ledger.retire(await ledger.issue(await ledger.project(), 100), 10, DEVELOPER)
    yield made
    await made.dispose()


async def numbers(engine: AsyncEngine) -> tuple[int, int]:
    async with engine.connect() as connection:
        revision = await public_revision(connection)
    return revision.of_projects, revision.of_all


async def run(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(text(statement))


CHANGES = {
    "an organisation": ((RENAME,), (1, 1)),
    "an organisation twice": ((RENAME, RENAME), (1, 1)),
    "past guards that sleep": ((GUARDS_ASLEEP, RENAME), (1, 1)),
    "an entry": ((GUARDS_ASLEEP, "UPDATE credit_entries SET last_action_at = now()"), (0, 1)),
    "an organisation and an entry": (
        (GUARDS_ASLEEP, RENAME, "UPDATE credit_entries SET last_action_at = now()"),
        (1, 2),
    ),
    "a role": ((GUARDS_ASLEEP, "UPDATE users SET role = 'buyer' WHERE role = 'developer'"), (1, 1)),
    "what a savepoint took back, made again": (
        ("SAVEPOINT s", RENAME, "ROLLBACK TO SAVEPOINT s", RENAME),
        (1, 1),
    ),
    "nothing, by a savepoint": (("SAVEPOINT s", RENAME, "ROLLBACK TO SAVEPOINT s"), (0, 0)),
    "nothing, by the same values": ((RENAMED_TO_THE_SAME,), (0, 0)),
    "nothing, as no row fits": ((f"{RENAME} WHERE false",), (0, 0)),
    "nothing public of an account": (
        ("UPDATE users SET email_verified = NOT email_verified",),
        (0, 0),
    ),
    "a row taken out": ((GUARDS_ASLEEP, "DELETE FROM retirements"), (0, 1)),
    "all of a table": ((GUARDS_ASLEEP, "TRUNCATE verification_events CASCADE"), (1, 1)),
}
"""Statements of one transaction, and how many changes they count of projects and of all topics."""


async def test_a_transaction_that_changes_public_rows_counts_once(engine: AsyncEngine) -> None:
    counted = {}
    for what, (statements, _) in CHANGES.items():
        before = await numbers(engine)
        async with engine.begin() as connection:
            await run(connection, *statements)
        after = await numbers(engine)
        counted[what] = after[0] - before[0], after[1] - before[1]

    assert counted == {what: expected for what, (_, expected) in CHANGES.items()}


async def test_nobody_waits_for_anybody_and_what_is_not_committed_is_not_counted(
    engine: AsyncEngine,
) -> None:
    before = await numbers(engine)
    async with engine.connect() as slow, engine.connect() as quick:
        await run(slow, RENAME)
        async with asyncio.timeout(5):
            await run(quick, "INSERT INTO credit_sums SELECT id, 1, 'x', 0, 0 FROM projects")
            await quick.commit()

        assert await numbers(engine) == (before[0], before[1] + 1)
        await slow.commit()

    assert await numbers(engine) == (before[0] + 1, before[1] + 2)


async def test_more_at_once_than_there_are_counters_are_counted_all_the_same(
    engine: AsyncEngine,
) -> None:
    """Some then wait for others; nothing is lost."""
    async with engine.begin() as connection:
        await run(connection, "DELETE FROM public_revisions WHERE slot > 0")
    before = await numbers(engine)

    async def rename() -> None:
        async with engine.begin() as connection:
            await run(connection, RENAME)

    await asyncio.gather(*(rename() for _ in range(5)))

    assert await numbers(engine) == (before[0] + 5, before[1] + 5)
