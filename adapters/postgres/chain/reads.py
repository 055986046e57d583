"""Chain records, the wallet and alerts, as staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engines import PageRequest, read_one, read_page
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
    part: PageRequest,
    *,
    status: RecordStatus | None = None,
    kind: RecordKind | None = None,
) -> Sequence[RecordView]:
    query = _records()
    if status is not None:
        query = query.where(chain_records.c.status == status.value)
    if kind is not None:
        query = query.where(chain_records.c.kind == kind.value)
    found = await read_page(
        connection, query, part, at=chain_records.c.queued_at, id=chain_records.c.id
    )
    return [value_of(RecordView, row) for row in found]


async def record_view(connection: AsyncConnection, record_id: UUID) -> RecordView | None:
    row = await read_one(connection, _records().where(chain_records.c.id == record_id))
    return value_of(RecordView, row) if row else None


async def alerts_page(
    connection: AsyncConnection,
    part: PageRequest,
    *,
    kind: AlertKind | None = None,
    is_open: bool | None = None,
) -> Sequence[Alert]:
    query = select(alerts)
    if kind is not None:
        query = query.where(alerts.c.kind == kind.value)
    if is_open is not None:
        cleared = alerts.c.cleared_at
        query = query.where(cleared.is_(None) if is_open else cleared.is_not(None))
    found = await read_page(connection, query, part, at=alerts.c.raised_at, id=alerts.c.id)
    return [value_of(Alert, row) for row in found]


async def open_alerts(
    connection: AsyncConnection, kinds: Sequence[AlertKind] = tuple(AlertKind)
) -> Sequence[Alert]:
    """Those of some kinds, oldest first."""
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.cleared_at.is_(None), alerts.c.kind.in_([kind.value for kind in kinds]))
        .order_by(alerts.c.raised_at, alerts.c.id)
    )
    return [value_of(Alert, row) for row in found.mappings()]


async def wallet_address(connection: AsyncConnection, network: str, name: str) -> str | None:
    """Where a wallet keeps its lovelace; None until it has looked at the queue for the first time."""
    found = await connection.execute(
        select(wallets.c.address).where(wallets.c.network == network, wallets.c.name == name)
    )
    return found.scalar_one_or_none()


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
