"""What the public pages show of a chain record and its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.pages import LEAST_FAR_FIRST
from adapters.postgres.queries import first, read


@dataclass(frozen=True)
class ChainRecordView:
    """`confirmations` counts blocks on top of the record's block; `queued_before` records ahead of it."""

    status: str
    tx_hash: str | None
    block_hash: str | None
    block_height: int | None
    confirmations: int | None
    rollbacks: int | None
    queued_at: datetime
    submitted_at: datetime | None
    confirmed_at: datetime | None
    checked_at: datetime | None
    queued_before: int


_CHAIN_RECORD = """
    SELECT c.status, c.tx_hash, x.block_hash, x.block_height, x.confirmations, x.rollbacks,
           c.queued_at, x.submitted_at, x.confirmed_at, x.checked_at,
           CASE WHEN c.status = 'queued' THEN
               (SELECT count(*) FROM chain_records o WHERE o.status = 'queued'
                   AND o.position < c.position) ELSE 0 END AS queued_before
      FROM credit_transactions t
      JOIN chain_records c ON c.transaction_id = t.id
      LEFT JOIN chain_transactions x ON x.tx_hash = c.tx_hash
"""


async def retirement_record(
    connection: AsyncConnection, retirement_id: UUID
) -> ChainRecordView | None:
    """Of several lines, the record that has come least far."""
    sql = (
        _CHAIN_RECORD
        + f" WHERE t.retirement_id = :retirement_id ORDER BY {LEAST_FAR_FIRST}, x.confirmations LIMIT 1"
    )
    return first(await read(connection, ChainRecordView, sql, retirement_id=retirement_id))


async def issuance_record(connection: AsyncConnection, project_id: UUID) -> ChainRecordView | None:
    """The newest issuance of a project."""
    sql = (
        _CHAIN_RECORD
        + """ JOIN credit_entries e ON e.id = t.entry_id
        WHERE e.project_id = :project_id AND t.type = 'issuance' ORDER BY t.created_at DESC LIMIT 1"""
    )
    return first(await read(connection, ChainRecordView, sql, project_id=project_id))


@dataclass(frozen=True)
class RecordLine:
    """`status` is the record's, or rolled_back: the block that held it was taken back from us."""

    id: UUID
    kind: str
    status: str
    serial: str | None
    retirement_id: UUID | None
    tx_hash: str | None
    block_height: int | None
    confirmations: int | None
    queued_at: datetime


async def newest_records(connection: AsyncConnection, *, limit: int) -> Sequence[RecordLine]:
    sql = """
        SELECT c.id, c.kind,
               CASE WHEN c.status = 'submitted' AND x.rollbacks > 0
                         AND (x.block_hash IS NULL OR x.confirmed_at IS NOT NULL)
                    THEN 'rolled_back' ELSE c.status END AS status,
               e.serial, t.retirement_id, c.tx_hash, x.block_height, x.confirmations, c.queued_at
          FROM (SELECT * FROM chain_records ORDER BY queued_at DESC, id DESC LIMIT :limit) c
          -- An anchor of the audit log is about no credit.
          LEFT JOIN credit_transactions t ON t.id = c.transaction_id
          LEFT JOIN credit_entries e ON e.id = t.result_entry_id
          LEFT JOIN chain_transactions x ON x.tx_hash = c.tx_hash
         ORDER BY c.queued_at DESC, c.id DESC
    """
    return await read(connection, RecordLine, sql, limit=limit)


@dataclass(frozen=True)
class Unconfirmed:
    """How many records have not come to six blocks yet, by where they are; `since` is the oldest's."""

    queued: int
    submitted: int
    parked: int
    since: datetime | None


async def unconfirmed_records(connection: AsyncConnection) -> Unconfirmed:
    sql = """
        SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
               count(*) FILTER (WHERE status = 'submitted') AS submitted,
               count(*) FILTER (WHERE status = 'parked') AS parked, min(queued_at) AS since
          FROM chain_records WHERE status IN ('queued', 'submitted', 'parked')
    """
    return (await read(connection, Unconfirmed, sql))[0]


@dataclass(frozen=True)
class Rollback:
    """A confirmed transaction whose block was taken back; `status` and block are the present ones."""

    tx_hash: str
    noticed_at: datetime
    status: str
    block_height: int | None
    confirmations: int


async def rollbacks(connection: AsyncConnection, *, limit: int) -> Sequence[Rollback]:
    """Of confirmed transactions only, newest first; what a block takes back earlier is every day's."""
    sql = """
        SELECT tx_hash, taken_back_at AS noticed_at, status, block_height, confirmations
          FROM chain_transactions WHERE taken_back_at IS NOT NULL
         ORDER BY taken_back_at DESC, tx_hash LIMIT :limit
    """
    return await read(connection, Rollback, sql, limit=limit)
