"""Writes that are sent together: nothing is seen missing, and order and refusals are as before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import activity_effects, drafts, outbox_events
from adapters.postgres.write_batching import BatchingConnection
from tests.factories import BUYER, NOW


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[BatchingConnection]:
    connection = BatchingConnection(engine)
    async with connection, connection.begin():
        yield connection


def draft(**changes: object) -> dict[str, object]:
    return {"id": uuid4(), "account_id": BUYER.id, "body": {"reason": "x::y :z"}} | changes


def told(name: str) -> dict[str, object]:
    return {"id": uuid4(), "name": name, "payload": {"n": name}, "occurred_at": NOW}


async def test_what_waits_is_there_for_whoever_reads_next(engine: AsyncEngine) -> None:
    row = draft()

    async with transaction(engine) as connection:
        connection.insert_later(drafts, row)
        found = await connection.execute(select(drafts.c.body).where(drafts.c.id == row["id"]))

    assert found.scalar_one() == row["body"]


async def test_rows_of_several_tables_go_in_one_statement_and_in_their_order(
    engine: AsyncEngine,
) -> None:
    sent: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: sent.append(a[2]))

    async with transaction(engine) as connection:
        connection.insert_later(drafts, draft())
        for name in ("credits.cancelled", "reversal.recorded", "credits.issued"):
            connection.insert_later(outbox_events, told(name), unless_there=True)
        connection.insert_later(drafts, draft())
        await connection.flush()
        await connection.flush()

    assert len(sent) == 1
    async with engine.connect() as reader:
        names = await reader.execute(
            select(outbox_events.c.name).order_by(outbox_events.c.position)
        )
        kept = await reader.execute(select(drafts.c.id))
        assert list(names.scalars()) == [
            "credits.cancelled",
            "reversal.recorded",
            "credits.issued",
        ]
        assert len(kept.all()) == 2


async def test_a_row_that_is_there_is_passed_over_only_where_that_was_said(
    engine: AsyncEngine,
) -> None:
    row = told("credits.issued")
    async with transaction(engine) as connection:
        connection.insert_later(outbox_events, row, unless_there=True)
        await connection.flush()
        connection.insert_later(outbox_events, row, unless_there=True)
        await connection.flush()

    async with transaction(engine) as connection:
        connection.insert_later(outbox_events, row)
        with pytest.raises(IntegrityError):
            await connection.flush()


async def test_what_still_waits_when_a_transaction_fails_is_never_sent(
    engine: AsyncEngine,
) -> None:
    connection = BatchingConnection(engine)
    async with connection:
        begun = await connection.begin()
        await connection.execute(text("SELECT 1"))
        connection.insert_later(activity_effects, {"key": "never"})
        await begun.rollback()

    async with engine.connect() as reader:
        assert (await reader.execute(select(activity_effects.c.key))).all() == []
