"""One transaction: all of it or nothing, the audit log included; and the log's chain holds in a crowd."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rfc8785 import CanonicalizationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_head, audit_logs
from domain.audit.log import GENESIS_HASH, AuditEntry, entry_hash
from tests.databases import changed_tables, snapshot
from tests.factories import DEVELOPER, NOW, named, pending, project

WRITERS = 20


class Interrupted(Exception):
    """Whatever may happen between two statements."""


def audited(number: int, **changes: Any) -> AuditEntry:
    return replace(
        AuditEntry(
            event_type="project.registered",
            action="register",
            user_id=DEVELOPER.id,
            resource_type="project",
            resource_id=named(f"resource {number}"),
            changes={"before": None, "after": {"title": "Łódź, 10 %", "quantity": "1000.00"}},
            at=NOW + timedelta(microseconds=number),
        ),
        **changes,
    )


async def chain_of(engine: AsyncEngine) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(audit_logs).order_by(audit_logs.c.seq))
        return [dict(row) for row in rows.mappings()]


async def head_of(engine: AsyncEngine) -> tuple[int, str]:
    async with engine.connect() as connection:
        row = (await connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
        return row.seq, row.hash


def recomputed(rows: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Number, predecessor and hash of each entry, from nothing but what the rows say happened."""
    found: list[tuple[int, str, str]] = []
    previous = GENESIS_HASH
    for seq, row in enumerate(rows, start=1):
        entry = AuditEntry(**{name: row[name] for name in AuditEntry.__dataclass_fields__})
        hashed = entry_hash(seq, previous, entry, row["salt"])
        found.append((seq, previous, hashed))
        previous = hashed
    return found


def stored(rows: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(row["seq"], row["previous_hash"], row["hash"]) for row in rows]


async def test_what_one_transaction_does_is_there_when_it_ends(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    async with database.transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(pending())
        work.audit.add(audited(1))

    async with database.transaction() as work:
        assert await work.projects.projects.get(project().id) == project()
        assert await work.projects.verifications.for_project(project().id) == pending()
    assert len(await chain_of(engine)) == 1


async def test_an_exception_undoes_everything_the_audit_log_included(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    before = await snapshot(engine)

    async def interrupted() -> None:
        async with database.transaction() as work:
            await work.projects.projects.add(project())
            await work.credits.entries.take_units(100)
            await work.requests.activity_results.claim("issue-credits/1")
            work.audit.add(audited(1))
            raise Interrupted

    with pytest.raises(Interrupted):
        await interrupted()

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_a_failure_while_the_log_is_written_undoes_what_it_tells_of(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    before = await snapshot(engine)
    unwritable = audited(2, changes={"after": {"quantity": object()}})

    async def unlogged() -> None:
        async with database.transaction() as work:
            await work.projects.projects.add(project())
            work.audit.add(audited(1))
            work.audit.add(unwritable)

    with pytest.raises(CanonicalizationError):
        await unlogged()

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_the_log_is_verified_from_its_rows_alone(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    async with database.transaction() as work:
        for number in range(3):
            work.audit.add(audited(number))
        work.audit.add(audited(3, user_id=None, changes={}))

    rows = await chain_of(engine)

    assert stored(rows) == recomputed(rows)
    assert await head_of(engine) == (4, rows[-1]["hash"])
    assert len({row["salt"] for row in rows}) == len(rows)


async def test_twenty_writers_at_once_leave_one_chain_without_gap_or_fork(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as work:
            work.audit.add(audited(2 * number))
            work.audit.add(audited(2 * number + 1))

    await asyncio.gather(*(write(number) for number in range(WRITERS)))

    rows = await chain_of(engine)
    assert stored(rows) == recomputed(rows)
    assert [row["seq"] for row in rows] == list(range(1, 2 * WRITERS + 1))
    assert {row["resource_id"] for row in rows} == {
        named(f"resource {number}") for number in range(2 * WRITERS)
    }
    assert await head_of(engine) == (2 * WRITERS, rows[-1]["hash"])


async def test_writers_that_fail_leave_no_gap_among_those_that_do_not(
    database: PostgresDatabase, engine: AsyncEngine
) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as work:
            work.audit.add(audited(number))
            if number % 2:
                raise Interrupted

    results = await asyncio.gather(
        *(write(number) for number in range(WRITERS)), return_exceptions=True
    )

    rows = await chain_of(engine)
    assert sum(isinstance(result, Interrupted) for result in results) == WRITERS // 2
    assert stored(rows) == recomputed(rows)
    assert len(rows) == WRITERS // 2
