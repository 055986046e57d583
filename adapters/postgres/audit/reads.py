"""The audit log, read: its head, its entries in order or by filters, archives, and its anchors."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    audit_archives,
    audit_head,
    audit_logs,
    chain_records,
    chain_transactions,
)
from domain.audit.archives import AuditArchive
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
class AuditFilter:
    """
    What an entry must have; None: anything. `since` counts in, `until` does not.

    `event_type` is a whole name (`session.begun`) or the beginning up to the dot (`session`). `network`,
    `browser` and `api_key_id` are of the source.
    """

    user_id: UUID | None = None
    resource_type: str | None = None
    resource_id: UUID | None = None
    event_type: str | None = None
    network: str | None = None
    browser: str | None = None
    api_key_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        columns, found = audit_logs.c, []
        for column, value in (
            (columns.user_id, self.user_id),
            (columns.resource_type, self.resource_type),
            (columns.resource_id, self.resource_id),
        ):
            if value is not None:
                found.append(column == value)
        if self.event_type is not None:
            found.append(
                columns.event_type == self.event_type
                if "." in self.event_type
                else columns.event_type.startswith(f"{self.event_type}.", autoescape=True)
            )
        for name, of_source in (
            ("network", self.network),
            ("browser", self.browser),
            ("apiKeyId", str(self.api_key_id) if self.api_key_id else None),
        ):
            if of_source is not None:
                found.append(columns.source[name].astext == of_source)
        if self.since is not None:
            found.append(columns.at >= self.since)
        if self.until is not None:
            found.append(columns.at < self.until)
        return found


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


async def filtered(
    connection: AsyncConnection, wanted: AuditFilter, page: PageRequest
) -> Sequence[ChainedEntry]:
    """
    By their numbers.

    Seen by: staff.
    """
    query = select(audit_logs).where(*wanted.conditions())
    return [_chained(row) for row in await read_page(connection, query, page, (audit_logs.c.seq,))]


async def all_filtered(
    connection: AsyncConnection, wanted: AuditFilter, *, batch: int, most: int
) -> AsyncIterator[ChainedEntry]:
    """
    The newest first, `most` of them at the most, read `batch` by `batch`.

    Seen by: staff.
    """
    page, left = PageRequest(batch), most
    while left > 0:
        rows = await filtered(connection, wanted, page)
        shown = page.shown(rows)[:left]
        for row in shown:
            yield row
        left -= len(shown)
        last = page.last_shown(rows)
        if last is None:
            return
        page = replace(page, after=(last.seq,))


async def archives(connection: AsyncConnection) -> Sequence[AuditArchive]:
    """
    Months that left the database, the oldest first: at most one for each month there ever was.

    Seen by: everybody, where they stand in the chain; staff and `verify-audit` all of it.
    """
    found = await connection.execute(select(audit_archives).order_by(audit_archives.c.month))
    return [value_of(AuditArchive, row) for row in found.mappings()]


async def first_kept_seq(connection: AsyncConnection) -> int:
    """
    The number of the first entry that is still in the database.

    Seen by: everybody.
    """
    found = await connection.execute(select(func.max(audit_archives.c.last_seq)))
    return (found.scalar_one() or 0) + 1


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
