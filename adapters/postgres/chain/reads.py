"""Chain records, wallets and alerts, read: as staff see them, and as everybody does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import alerts, chain_records, chain_transactions, wallets
from domain.chain.alerts import Alert, AlertKind
from domain.chain.records import RecordKind, RecordStatus


@dataclass(frozen=True)
class RecordView:
    """
    A record and the transaction that carries it now.

    `attempts` counts its transactions that expired, `submissions` how often the bytes of the
    present one were sent.
    """

    id: UUID
    transaction_id: UUID | None
    kind: RecordKind
    status: RecordStatus
    record: Mapping[str, Any]
    queued_at: datetime
    park_reason: str | None
    attempts: int
    tx_hash: str | None
    transaction_status: str | None
    block_hash: str | None
    block_height: int | None
    confirmations: int | None
    submissions: int | None
    rollbacks: int | None
    fee_lovelace: int | None
    built_at: datetime | None
    submitted_at: datetime | None
    confirmed_at: datetime | None
    checked_at: datetime | None


async def records_page(
    connection: AsyncConnection,
    page: PageRequest,
    *,
    status: RecordStatus | None = None,
    kind: RecordKind | None = None,
) -> Sequence[RecordView]:
    """Seen by: staff who run the chain, which the route asks for."""
    query = _records()
    if status is not None:
        query = query.where(chain_records.c.status == status.value)
    if kind is not None:
        query = query.where(chain_records.c.kind == kind.value)
    by = (chain_records.c.queued_at, chain_records.c.id)
    return [value_of(RecordView, row) for row in await read_page(connection, query, page, by)]


async def record_view(connection: AsyncConnection, record_id: UUID) -> RecordView | None:
    """Seen by: staff who run the chain, which the route asks for."""
    row = await read_one(connection, _records().where(chain_records.c.id == record_id))
    return value_of(RecordView, row) if row else None


async def alerts_page(
    connection: AsyncConnection,
    page: PageRequest,
    *,
    kind: AlertKind | None = None,
    is_open: bool | None = None,
) -> Sequence[Alert]:
    """Seen by: staff, which the route asks for."""
    query = select(alerts)
    if kind is not None:
        query = query.where(alerts.c.kind == kind.value)
    if is_open is not None:
        cleared = alerts.c.cleared_at
        query = query.where(cleared.is_(None) if is_open else cleared.is_not(None))
    by = (alerts.c.raised_at, alerts.c.id)
    return [value_of(Alert, row) for row in await read_page(connection, query, page, by)]


async def open_alerts(
    connection: AsyncConnection, kinds: Sequence[AlertKind] = tuple(AlertKind)
) -> Sequence[Alert]:
    """
    Those of some kinds, oldest first.

    Seen by: staff; that there are some shows in /readyz.
    """
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.cleared_at.is_(None), alerts.c.kind.in_([kind.value for kind in kinds]))
        .order_by(alerts.c.raised_at, alerts.c.id)
    )
    return [value_of(Alert, row) for row in found.mappings()]


async def wallet_address(connection: AsyncConnection, network: str, name: str) -> str | None:
    """
    Where a wallet keeps its lovelace; None until it has looked at the queue for the first time.

    Seen by: everybody, as any address on the chain.
    """
    found = await connection.execute(
        select(wallets.c.address).where(wallets.c.network == network, wallets.c.name == name)
    )
    return found.scalar_one_or_none()


async def in_flight_by_wallet(connection: AsyncConnection) -> Mapping[str, int]:
    """
    How many transactions of each address are signed and not confirmed.

    Seen by: staff who run the chain, which the page asks for.
    """
    found = await connection.execute(
        text("""
            SELECT wallet_address, count(*) AS transactions FROM chain_transactions
             WHERE status IN ('signed', 'submitted') GROUP BY wallet_address
        """)
    )
    return {row.wallet_address: row.transactions for row in found}


@dataclass(frozen=True)
class PublicRecordView:
    """`status` is the record's, or rolled_back: the block that held it no longer stands."""

    id: UUID
    kind: str
    status: str
    serial: str | None
    retirement_id: UUID | None
    tx_hash: str | None
    block_height: int | None
    confirmations: int | None
    queued_at: datetime


_PUBLIC_RECORDS = """
    SELECT c.id, c.kind,
           CASE WHEN c.status = 'submitted' AND x.rollbacks > 0
                     AND (x.block_hash IS NULL OR x.confirmed_at IS NOT NULL)
                THEN 'rolled_back' ELSE c.status END AS status,
           e.serial, t.retirement_id, c.tx_hash, x.block_height, x.confirmations, c.queued_at
      FROM ({chosen}) c
      -- An anchor of the audit log is about no credit.
      LEFT JOIN public_credit_transactions t ON t.id = c.transaction_id
      LEFT JOIN public_credit_entries e ON e.id = t.result_entry_id
      LEFT JOIN chain_transactions x ON x.tx_hash = c.tx_hash
"""


async def newest_records(connection: AsyncConnection, *, limit: int) -> Sequence[PublicRecordView]:
    """Seen by: everybody; why a record is parked is not among it."""
    newest = "SELECT * FROM chain_records ORDER BY queued_at DESC, id DESC LIMIT :limit"
    sql = _PUBLIC_RECORDS.format(chosen=newest) + "ORDER BY c.queued_at DESC, c.id DESC"
    return await read(connection, PublicRecordView, sql, limit=limit)


async def records_in(
    connection: AsyncConnection, tx_hash: str, *, limit: int
) -> Sequence[PublicRecordView]:
    """
    All records that one transaction carries, in their order in it.

    Seen by: everybody; as `newest_records`.
    """
    carried = "SELECT * FROM chain_records WHERE tx_hash = :tx_hash ORDER BY position LIMIT :limit"
    sql = _PUBLIC_RECORDS.format(chosen=carried) + "ORDER BY c.position"
    return await read(connection, PublicRecordView, sql, tx_hash=tx_hash, limit=limit)


@dataclass(frozen=True)
class UnconfirmedRecordsView:
    """How many records have not come to six blocks yet, by where they are; `since` is the oldest's."""

    queued: int
    submitted: int
    parked: int
    since: datetime | None


async def unconfirmed_records(connection: AsyncConnection) -> UnconfirmedRecordsView:
    """Seen by: everybody."""
    sql = """
        SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
               count(*) FILTER (WHERE status = 'submitted') AS submitted,
               count(*) FILTER (WHERE status = 'parked') AS parked, min(queued_at) AS since
          FROM chain_records WHERE status IN ('queued', 'submitted', 'parked')
    """
    return (await read(connection, UnconfirmedRecordsView, sql))[0]


@dataclass(frozen=True)
class RollbackView:
    """A confirmed transaction whose block was rolled back; `status` and block are the present ones."""

    tx_hash: str
    noticed_at: datetime
    status: str
    block_height: int | None
    confirmations: int


async def rollbacks(connection: AsyncConnection, *, limit: int) -> Sequence[RollbackView]:
    """
    Of confirmed transactions only, newest first; earlier rollbacks are everyday events.

    Seen by: everybody.
    """
    sql = """
        SELECT tx_hash, taken_back_at AS noticed_at, status, block_height, confirmations
          FROM chain_transactions WHERE taken_back_at IS NOT NULL
         ORDER BY taken_back_at DESC, tx_hash LIMIT :limit
    """
    return await read(connection, RollbackView, sql, limit=limit)


def _records() -> Select[Any]:
    return select(
        chain_records,
        chain_transactions.c.status.label("transaction_status"),
        chain_transactions.c.block_hash,
        chain_transactions.c.block_height,
        func.coalesce(chain_transactions.c.confirmations, 0).label("confirmations"),
        chain_transactions.c.submissions,
        chain_transactions.c.rollbacks,
        chain_transactions.c.fee_lovelace,
        chain_transactions.c.built_at,
        chain_transactions.c.submitted_at,
        chain_transactions.c.confirmed_at,
        chain_transactions.c.checked_at,
    ).outerjoin(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
