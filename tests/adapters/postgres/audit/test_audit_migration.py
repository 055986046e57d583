"""Revision 0013 on a log that was begun before it: old hashes stay valid, and new entries follow."""

import os
import sys
from asyncio import create_subprocess_exec
from datetime import date, timedelta
from typing import Any

import asyncpg
from sqlalchemy import select

from adapters.postgres.audit.reads import entries, head
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.queries import PageRequest
from adapters.postgres.tables import audit_logs
from domain.audit.check import AuditCheck, kept_link, public_link
from domain.audit.log import GENESIS_HASH, AuditEntry, entry_hash, publish
from tests.databases import PROJECT_ROOT, Databases, engine_for, sqlalchemy_url
from tests.factories import DEVELOPER, NOW, named

BEFORE = "0008"


def audited(number: int) -> AuditEntry:
    return AuditEntry(
        event_type="project.registered",
        action="register",
        user_id=DEVELOPER.id,
        resource_type="project",
        resource_id=named(f"project {number}"),
        changes={},
        # From month to month and, as clocks do, once back.
        at=NOW + timedelta(days=(0, 31, 20, 62, 0)[number - 1]),
    )


async def migrated(url: str, revision: str) -> None:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", revision),
        cwd=PROJECT_ROOT,
        env={**os.environ, "DATABASE_URL": sqlalchemy_url(url)},
    )
    assert await process.wait() == 0


async def begin_the_log(url: str, count: int) -> None:
    """As the registry of revision 0008 wrote it."""
    connection = await asyncpg.connect(url)
    previous = GENESIS_HASH
    for seq in range(1, count + 1):
        entry = audited(seq)
        digest = entry_hash(seq, previous, entry, None)
        await connection.execute(
            "INSERT INTO audit_logs (seq, previous_hash, hash, event_type, action, user_id,"
            " resource_type, resource_id, changes, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', $9)",
            *(seq, previous, digest, entry.event_type, entry.action, entry.user_id),
            *(entry.resource_type, entry.resource_id, entry.at),
        )
        previous = digest
    await connection.execute("UPDATE audit_head SET seq = $1, hash = $2", count, previous)
    await connection.close()


async def test_a_log_goes_on_over_the_revision(databases: Databases) -> None:
    async with databases.empty() as url:
        await migrated(url, BEFORE)
        await begin_the_log(url, 3)
        await migrated(url, "head")
        engine = engine_for(url)
        async with PostgresDatabase(engine).transaction() as work:
            work.audit.add(audited(4))

        async with engine.connect() as connection:
            months = (
                await connection.execute(select(audit_logs.c.month).order_by(audit_logs.c.seq))
            ).scalars()
            rows = await entries(connection, PageRequest(10, newest_first=False))
            newest = await head(connection)
            versions: Any = (
                await connection.execute(
                    select(audit_logs.c.hash_version).order_by(audit_logs.c.seq)
                )
            ).scalars()
        await engine.dispose()

    assert list(versions) == [1, 1, 1, 2]
    first = date(NOW.year, NOW.month, 1)
    second = date(NOW.year, NOW.month + 1, 1)
    assert list(months)[:3] == [first, second, second]
    assert len(rows) == 4
    for link in (kept_link, lambda row: public_link(publish(row))):
        check = AuditCheck()
        assert [fault for row in rows for fault in check.faults(link(row))] == []
        assert check.faults_at_end(newest) == []
