"""What is noted is chained in its order; months are made ahead, and go to storage when they are old."""

import asyncio
import gzip
import hashlib
import json
from datetime import date

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.audit.months import (
    MONTHS_AHEAD,
    AddAuditMonths,
    ArchiveAuditMonth,
    ChainQueuedEntries,
    object_key,
)
from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.audit.log import queue_entry
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.queries import PageRequest
from domain.audit.archives import is_due
from domain.audit.check import AuditCheck, kept_link
from domain.audit.log import AuditEntry
from tests.activities.audit.old_months import OLD_MONTH, YOUNGER_MONTH, move_to
from tests.activities.registry import Registry, run
from tests.databases import engine_for
from tests.factories import DEVELOPER, NOW, named
from tests.ledger.conftest import as_application


def downloaded(number: int) -> AuditEntry:
    return AuditEntry(
        event_type="document.downloaded",
        action="downloaded",
        user_id=DEVELOPER.id,
        resource_type="document",
        resource_id=named(f"document {number}"),
        changes={"before": None, "after": {"number": number}},
        at=NOW,
        source={"network": "203.0.113.0/24", "browser": "Firefox"},
    )


async def queue(engine: AsyncEngine, *numbers: int) -> None:
    async with engine.begin() as connection:
        for number in numbers:
            await queue_entry(connection, downloaded(number))


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def chain(registry: Registry) -> int:
    return (await run(registry.audit_months.chain_queued_entries, ChainQueuedEntries())).entries


async def append(registry: Registry, *numbers: int) -> None:
    async with registry.database.transaction() as work:
        for number in numbers:
            work.audit.add(downloaded(number))


async def faults(engine: AsyncEngine) -> list[str]:
    check = AuditCheck()
    async with engine.connect() as connection:
        found = [f for one in await reads_audit.archives(connection) for f in check.pass_over(one)]
        entries = await reads_audit.entries(connection, PageRequest(1000, newest_first=False))
        found += [fault for entry in entries for fault in check.faults(kept_link(entry))]
        return found + check.faults_at_end(await reads_audit.head(connection))


async def numbers(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        entries = await reads_audit.entries(connection, PageRequest(1000, newest_first=False))
    return [entry.entry.changes["after"]["number"] for entry in entries]


async def test_what_was_queued_is_chained_once_and_in_its_order(
    registry: Registry, engine: AsyncEngine
) -> None:
    await append(registry, 1)
    await queue(engine, 2, 3)
    await append(registry, 4)
    await queue(engine, *range(5, 130))

    chained = await asyncio.gather(chain(registry), chain(registry), chain(registry))

    assert sum(chained) == 127
    assert await chain(registry) == 0
    assert await numbers(engine) == [1, 4, 2, 3, *range(5, 130)]
    assert await faults(engine) == []


async def test_noting_a_read_waits_for_nobody(registry: Registry, engine: AsyncEngine) -> None:
    async with engine.begin() as holder:
        await holder.execute(text("SELECT * FROM audit_head FOR UPDATE"))
        async with asyncio.timeout(2):
            await queue(engine, 1)

    assert await chain(registry) == 1


async def test_the_application_can_note_and_chain_and_nothing_else(
    database_url: str, engine: AsyncEngine
) -> None:
    application = engine_for(as_application(database_url))
    await queue(application, 1)
    refused = {}
    for statement in (
        "UPDATE audit_queue SET event_type = 'x'",
        "DELETE FROM audit_queue",
        "UPDATE audit_archives SET sha256 = 'x'",
        "DELETE FROM audit_archives",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        f"DELETE FROM audit_partitions.audit_logs_{date.today():%Y_%m}",  # noqa: DTZ011 -- the month that the database just made
        "DROP TABLE audit_logs",
    ):
        with pytest.raises(DBAPIError) as error:
            await execute(application, statement)
        refused[statement] = isinstance(
            error.value.orig.__cause__ if error.value.orig else None,
            asyncpg.InsufficientPrivilegeError,
        )
    chained = await chain(Registry(PostgresDatabase(application)))
    await application.dispose()

    assert len(refused) == 8
    assert set(refused.values()) == {True}
    assert chained == 1
    assert await faults(engine) == []


async def test_months_are_made_ahead_and_each_once(registry: Registry, engine: AsyncEngine) -> None:
    counted = text(
        "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'"
        " AND relnamespace = 'audit_partitions'::regnamespace"
    )
    async with engine.connect() as connection:
        before = (await connection.execute(counted)).scalar_one()
    registry.clock.advance(days=10 * 365)

    added = [
        (await run(registry.audit_months.add_audit_months, AddAuditMonths())).months
        for _ in range(2)
    ]

    async with engine.connect() as connection:
        assert (await connection.execute(counted)).scalar_one() == before + MONTHS_AHEAD + 1
    assert added == [MONTHS_AHEAD + 1, 0]


async def test_a_month_that_is_old_enough_leaves_a_file_and_its_place_in_the_chain(
    registry: Registry, engine: AsyncEngine
) -> None:
    await append(registry, 1, 2, 3, 4)
    await move_to(engine, OLD_MONTH, up_to=3)
    archive = registry.audit_months.archive_audit_month

    first = await run(archive, ArchiveAuditMonth())
    between = await run(archive, ArchiveAuditMonth())
    later = [await run(archive, ArchiveAuditMonth()) for _ in range(3)][-1]

    assert (first.month, between.month) == (OLD_MONTH, YOUNGER_MONTH)
    assert later.month is None or is_due(later.month, kept_years=7, today=NOW.date())
    assert first.sha256
    content = registry.objects.objects[object_key(OLD_MONTH, first.sha256)]
    assert hashlib.sha256(content).hexdigest() == first.sha256
    lines = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    assert [(line["seq"], line["changes"]["after"]["number"]) for line in lines] == [
        *((1, 1), (2, 2), (3, 3)),
    ]
    assert await numbers(engine) == [4]
    assert await faults(engine) == []


async def test_a_worker_that_died_after_storing_the_file_is_followed_by_another(
    registry: Registry, engine: AsyncEngine
) -> None:
    await append(registry, 1, 2)
    await move_to(engine, OLD_MONTH, up_to=1)

    first, second = await asyncio.gather(
        *(run(registry.audit_months.archive_audit_month, ArchiveAuditMonth()) for _ in range(2)),
        return_exceptions=True,
    )

    done = [one for one in (first, second) if not isinstance(one, BaseException)]
    assert {one.month for one in done} <= {OLD_MONTH, YOUNGER_MONTH}
    assert done
    assert await numbers(engine) == [2]
    assert await faults(engine) == []


THIS_MONTH = "date_trunc('month', now())::date"


@pytest.mark.parametrize(
    ("dropped", "archived", "said"),
    [
        (THIS_MONTH, False, "not archived"),
        (THIS_MONTH, True, "not seven years old"),
        ("date '2015-03-01'", True, "not what the log has"),
    ],
)
async def test_the_database_itself_refuses_to_drop_what_is_young_or_not_archived(
    registry: Registry, engine: AsyncEngine, dropped: str, archived: bool, said: str
) -> None:
    await append(registry, 1, 2)
    await move_to(engine, OLD_MONTH, up_to=1)
    row = f"{dropped}, 1, 1, repeat('0', 64), 'x', '{{}}', '[]', 'x', 'x', 1, now()"
    async with engine.begin() as connection:
        await connection.execute(
            text(f"INSERT INTO audit_archives SELECT {row} WHERE :archived"),
            {"archived": archived},
        )

    with pytest.raises(DBAPIError, match=said):
        await execute(engine, f"SELECT karbonica_drop_audit_month({dropped})")


@pytest.mark.parametrize(
    ("month", "today", "due"),
    [
        (date(2019, 2, 1), date(2026, 2, 28), False),
        (date(2019, 2, 1), date(2026, 3, 1), True),
        (date(2018, 12, 1), date(2025, 12, 31), False),
        (date(2018, 12, 1), date(2026, 1, 1), True),
    ],
)
def test_a_month_is_due_when_it_ended_so_many_years_ago(
    month: date, today: date, due: bool
) -> None:
    assert is_due(month, kept_years=7, today=today) == due


async def test_the_application_finds_the_oldest_month_though_it_may_not_look_into_it(
    registry: Registry, database_url: str
) -> None:
    await append(registry, 1)
    engine = engine_for(as_application(database_url))
    async with PostgresDatabase(engine).transaction() as work:
        month = await work.audit.oldest_month()
    await engine.dispose()

    assert month is not None
    assert (month.first_seq, month.last_seq) == (1, 1)
