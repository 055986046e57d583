"""The audit log, read: its head, its entries in order, and its anchors on the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

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


@dataclass(frozen=True)
class SeqPart:
    """At most `limit` things whose number comes after `after`; None begins at the beginning."""

    limit: int
    after: int | None = None
    newest_first: bool = False


async def head(connection: AsyncConnection) -> AuditHead:
    row = (await connection.execute(select(audit_head.c.seq, audit_head.c.hash))).one()
    return AuditHead(row.seq, row.hash)


async def entry(connection: AsyncConnection, seq: int) -> ChainedEntry | None:
    found = await connection.execute(select(audit_logs).where(audit_logs.c.seq == seq))
    row = found.mappings().one_or_none()
    return _chained(row) if row else None


async def entries(connection: AsyncConnection, part: SeqPart) -> Sequence[ChainedEntry]:
    """One more than was asked for, where the list goes on."""
    found = await connection.execute(_page(select(audit_logs), audit_logs.c.seq, part))
    return [_chained(row) for row in found.mappings()]


async def anchors(connection: AsyncConnection, part: SeqPart) -> Sequence[AnchorView]:
    """Likewise; one that is parked or still waits has no transaction, or none in a block."""
    query = (
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
    found = await connection.execute(_page(query, chain_records.c.audit_seq, part))
    return [AnchorView(**row) for row in found.mappings()]


def _page(query: Select[Any], seq: ColumnElement[int], part: SeqPart) -> Select[Any]:
    if part.after is not None:
        query = query.where(seq < part.after if part.newest_first else seq > part.after)
    return query.order_by(seq.desc() if part.newest_first else seq).limit(part.limit + 1)


def _chained(row: Any) -> ChainedEntry:
    return value_of(ChainedEntry, row, entry=value_of(AuditEntry, row))
