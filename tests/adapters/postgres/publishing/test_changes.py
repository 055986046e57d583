"""The ledger's movements as they can be followed: in order, whole, and never behind a reader."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.publishing.open_data import PostgresOpenData
from adapters.postgres.publishing.reads.changes import change_lines
from domain.publishing.open_data import LedgerState
from tests.factories import BUYER, DEVELOPER
from tests.ledger_rows import LedgerRows
from tools.mirrored_ledger import Mirror, NotALedger


async def lines(engine: AsyncEngine, *, since: int = 0, limit: int = 1_000) -> list[str]:
    async with engine.connect() as connection:
        return list((await change_lines(connection, since=since, limit=limit)).lines)


async def published(engine: AsyncEngine) -> LedgerState:
    async with PostgresOpenData(engine).snapshot() as snapshot:
        return await snapshot.ledger(lambda: None)


async def some_movements(rows: LedgerRows) -> None:
    """Each kind that staff and holders make, whole and in part; losses stand in their own tests."""
    project = await rows.project()
    issued = await rows.issue(project, 1_000)
    sold, kept = await rows.transfer(issued, 600, DEVELOPER, BUYER)
    await rows.transfer(kept, 400, DEVELOPER, BUYER)
    await rows.retire(sold, 250, BUYER, beneficiary=None)
    held = await rows.contribute(project, 100)
    released, rest = await rows.release(held, 40)
    await rows.cancel(rest, 60, "A loss.")
    await rows.cancel(released, 15, 'An error: "1 t"\nof lime.')


async def test_who_follows_the_movements_has_the_ledger(engine: AsyncEngine) -> None:
    await some_movements(LedgerRows(engine))
    mirror = Mirror(":memory:")

    mirror.apply(await lines(engine))

    assert mirror.state() == await published(engine)


async def test_a_mirror_that_was_interrupted_goes_on_and_has_the_same_ledger(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """At sixty percent, in the middle of a page: what of it was made is undone, and made again."""
    await some_movements(LedgerRows(engine))
    file = tmp_path / "ledger.sqlite"
    whole = await lines(engine)
    kept = len(whole) * 6 // 10
    first = Mirror(file)
    first.apply(whole[: kept - 1])
    with pytest.raises(NotALedger, match="is not a line of JSON"):
        first.apply([whole[kept - 1], whole[kept][: len(whole[kept]) // 2]])
    first.close()

    again = Mirror(file)
    resumed_at = again.seq
    again.apply(await lines(engine, since=resumed_at))

    assert resumed_at == kept - 1
    assert again.state() == await published(engine)


async def test_what_is_committed_late_never_appears_behind_a_reader(engine: AsyncEngine) -> None:
    """A movement written first and committed last has the last number, and no number is missing."""
    rows = LedgerRows(engine)
    project = await rows.project()
    early, late = await rows.transfer(await rows.issue(project, 100), 40, DEVELOPER, BUYER)
    async with PostgresDatabase(engine).transaction() as work:
        await rows.write_cancellation(work, late, 60, "Written first.")
        await rows.cancel(early, 40, "Committed first.")
        seen = await lines(engine)
    then = await lines(engine, since=len(seen))

    assert [json.loads(line)["reason"] for line in seen] == [None, None, "Committed first."]
    assert [(json.loads(line)["seq"], json.loads(line)["reason"]) for line in then] == [
        (4, "Written first.")
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_changes SET seq = seq + 100",
        "DELETE FROM ledger_changes",
        "TRUNCATE ledger_changes",
    ],
)
async def test_not_even_the_owner_renumbers_movements(engine: AsyncEngine, statement: str) -> None:
    await LedgerRows(engine).issue(await LedgerRows(engine).project(), 1)

    with pytest.raises(DBAPIError, match="ledger_changes is forbidden"):
        async with engine.begin() as connection:
            await connection.execute(text(statement))
