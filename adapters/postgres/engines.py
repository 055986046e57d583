"""What all reads of the JSON API share: a part of a list, and how a chain record is seen from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres.pool_health import check_connection_liveness
from adapters.postgres.tables import chain_records, chain_transactions
from adapters.settings.database import DatabaseSettings


def open_reading_engine(settings: DatabaseSettings) -> AsyncEngine:
    """
    A pool for reading: each statement is a transaction of its own.

    A pool apart from the writers', which begin a transaction with their first statement.
    Parameters, which may be personal, stay out of errors and logs.
    """
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    check_connection_liveness(engine)
    return engine


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list: at most `limit` rows that come after a row's moment and id."""

    limit: int
    newest_first: bool = True
    after: tuple[datetime, UUID] | None = None


async def read_page(
    connection: AsyncConnection,
    query: Select[Any],
    part: PageRequest,
    *,
    at: ColumnElement[datetime],
    id: ColumnElement[UUID],
) -> Sequence[RowMapping]:
    """
    Read one row more than was asked for, so that the caller knows whether the list goes on.

    Rows are ordered by (`at`, `id`), so rows that are added meanwhile shift nothing.
    """
    order = tuple_(at, id)
    if part.after is not None:
        beyond = tuple_(*part.after)
        query = query.where(order < beyond if part.newest_first else order > beyond)
    by = (at.desc(), id.desc()) if part.newest_first else (at.asc(), id.asc())
    found = await connection.execute(query.order_by(*by).limit(part.limit + 1))
    rows: Sequence[RowMapping] = found.mappings().all()
    return rows


async def read_one(connection: AsyncConnection, query: Select[Any]) -> RowMapping | None:
    found = await connection.execute(query)
    row: RowMapping | None = found.mappings().one_or_none()
    return row


@dataclass(frozen=True)
class ChainState:
    """How far a chain record has come; `confirmations` counts the blocks on top of its block."""

    status: str
    tx_hash: str | None
    block_height: int | None
    confirmations: int
    checked_at: datetime | None
    taken_back_at: datetime | None


CHAIN_COLUMNS = (
    chain_records.c.status.label("chain_status"),
    chain_records.c.tx_hash.label("chain_tx_hash"),
    chain_transactions.c.block_height.label("chain_block_height"),
    chain_transactions.c.confirmations.label("chain_confirmations"),
    chain_transactions.c.checked_at.label("chain_checked_at"),
    chain_transactions.c.taken_back_at.label("chain_taken_back_at"),
)
"""To be read together with an outer join of `chain_records` and `chain_transactions`."""


def chain_state(row: RowMapping) -> ChainState | None:
    """None as long as nothing is queued."""
    if row["chain_status"] is None:
        return None
    return ChainState(
        status=row["chain_status"],
        tx_hash=row["chain_tx_hash"],
        block_height=row["chain_block_height"],
        confirmations=row["chain_confirmations"] or 0,
        checked_at=row["chain_checked_at"],
        taken_back_at=row["chain_taken_back_at"],
    )
