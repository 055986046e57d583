"""What the public pages show of a chain record and its transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.page_queries import first, read
from adapters.postgres.pages import LEAST_FAR_FIRST


@dataclass(frozen=True)
class ChainRecord:
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


async def retirement_record(connection: AsyncConnection, retirement_id: UUID) -> ChainRecord | None:
    """Of several lines, the record that has come least far."""
    sql = (
        _CHAIN_RECORD
        + f" WHERE t.retirement_id = :retirement_id ORDER BY {LEAST_FAR_FIRST}, x.confirmations LIMIT 1"
    )
    return first(await read(connection, ChainRecord, sql, retirement_id=retirement_id))


async def issuance_record(connection: AsyncConnection, project_id: UUID) -> ChainRecord | None:
    """The newest issuance of a project."""
    sql = (
        _CHAIN_RECORD
        + """ JOIN credit_entries e ON e.id = t.entry_id
        WHERE e.project_id = :project_id AND t.type = 'issuance' ORDER BY t.created_at DESC LIMIT 1"""
    )
    return first(await read(connection, ChainRecord, sql, project_id=project_id))
