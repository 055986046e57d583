"""The audit log, read: its head, its entries in order, and its anchors on the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import audit_head, audit_logs, chain_records, chain_transactions
from domain.audit.log import AuditEntry, AuditHead, ChainedEntry


@dataclass(frozen=True)
class AnchorView:
    """What an anchor says, and how far its chain record has come."""

    seq: int
    hash: str
    status: str
    tx_hash: str | None
    block_height: int | None
    confirmations: int | None
    queued_at: datetime


async def head(connection: AsyncConnection) -> AuditHead:
    """Seen by: everybody."""
    row = (await connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
    return AuditHead(row.seq, row.hash)


async def entry(connection: AsyncConnection, seq: int) -> ChainedEntry | None:
    """Seen by: everybody, what `publish` (domain/audit/log.py) leaves of it."""
    found = await connection.execute(select(audit_logs).where(audit_logs.c.seq == seq))
    row = found.mappings().one_or_none()
    return _chained(row) if row else None


async def entries(connection: AsyncConnection, page: PageRequest) -> Sequence[ChainedEntry]:
    """
    By their numbers.

    Seen by: everybody, what `publish` (domain/audit/log.py) leaves of it.
    """
    found = await read_page(connection, select(audit_logs), page, (audit_logs.c.seq,))
    return [_chained(row) for row in found]


_ANCHORS = (
    select(
        chain_records.c.audit_seq.label("seq"),
        chain_records.c.record["hash"].astext.label("hash"),
        chain_records.c.status,
        chain_records.c.tx_hash,
        chain_transactions.c.block_height,
        chain_transactions.c.confirmations,
        chain_records.c.queued_at,
    )
    .outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
    .where(chain_records.c.audit_seq.is_not(None))
)


async def anchors(connection: AsyncConnection, page: PageRequest) -> Sequence[AnchorView]:
    """
    By their numbers; one that is parked or still waits has no transaction, or none in a block.

    Seen by: everybody.
    """
    found = await read_page(connection, _ANCHORS, page, (chain_records.c.audit_seq,))
    return [AnchorView(**row) for row in found]


def _chained(row: Any) -> ChainedEntry:
    return value_of(ChainedEntry, row, entry=value_of(AuditEntry, row))
