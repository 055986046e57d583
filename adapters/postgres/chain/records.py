"""The queue of chain records, and the transactions that carry them."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    insert,
    select,
    update,
)

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    chain_record_openings,
    chain_records,
    chain_transactions,
    wallet_outputs,
)
from adapters.postgres.write_batching import BatchingConnection
from domain.chain.commitments import AccountOpening
from domain.chain.polling import parents_first
from domain.chain.records import ChainRecord, RecordStatus
from domain.chain.transactions import (
    ChainTransactionStatus,
    StoredTransaction,
    WatchedTransaction,
)

IN_FLIGHT = [
    ChainTransactionStatus.SIGNED.value,
    ChainTransactionStatus.SUBMITTED.value,
    ChainTransactionStatus.CONFIRMED.value,
]
WATCHED_COLUMNS = {field.name for field in fields(WatchedTransaction)} - {"parents"}
UNCONFIRMED = [ChainTransactionStatus.SIGNED.value, ChainTransactionStatus.SUBMITTED.value]


class PostgresChainRecords:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def queue(
        self,
        record: ChainRecord,
        openings: Sequence[AccountOpening] = (),
        *,
        unless_there: bool = False,
    ) -> None:
        self._connection.insert_later(chain_records, row_of(record), unless_there=unless_there)
        rows = [row_of(opening) | {"record_id": record.id} for opening in openings]
        self._connection.insert_later(chain_record_openings, *rows, unless_there=unless_there)

    async def for_transaction(self, transaction_id: UUID) -> ChainRecord | None:
        found = await self._records(chain_records.c.transaction_id == transaction_id)
        return found[0] if found else None

    async def lock_queued(self, limit: int) -> Sequence[ChainRecord]:
        found = await self._connection.execute(
            select(chain_records)
            .where(chain_records.c.status == RecordStatus.QUEUED.value)
            .order_by(chain_records.c.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [value_of(ChainRecord, row) for row in found.mappings()]

    async def attach(self, records: Sequence[ChainRecord], tx_hash: str) -> None:
        await self._set(_any_of(records), status=RecordStatus.SUBMITTED.value, tx_hash=tx_hash)

    async def carried_by(self, tx_hash: str) -> Sequence[ChainRecord]:
        return await self._records(chain_records.c.tx_hash == tx_hash)

    async def set_status(self, tx_hash: str, status: RecordStatus) -> None:
        await self._set(chain_records.c.tx_hash == tx_hash, status=status.value)

    async def requeue(self, tx_hash: str, *, at: datetime) -> None:
        await self._set(
            chain_records.c.tx_hash == tx_hash,
            status=RecordStatus.QUEUED.value,
            tx_hash=None,
            queued_at=at,
        )

    async def count_attempt(self, records: Sequence[ChainRecord]) -> None:
        await self._set(_any_of(records), attempts=chain_records.c.attempts + 1)

    async def count_queued(self) -> int:
        return await self._count(
            select(func.count())
            .select_from(chain_records)
            .where(chain_records.c.status == RecordStatus.QUEUED.value)
        )

    async def park(self, records: Sequence[ChainRecord], reason: str) -> None:
        await self._set(_any_of(records), status=RecordStatus.PARKED.value, park_reason=reason)

    async def add_transaction(self, transaction: StoredTransaction) -> None:
        await self._connection.execute(insert(chain_transactions).values(row_of(transaction)))

    async def transaction(self, tx_hash: str) -> StoredTransaction | None:
        return await self._transaction(tx_hash, lock=False)

    async def lock_transaction(self, tx_hash: str) -> StoredTransaction | None:
        return await self._transaction(tx_hash, lock=True)

    async def save_transaction(self, transaction: StoredTransaction) -> None:
        await self._connection.execute(
            update(chain_transactions)
            .where(chain_transactions.c.tx_hash == transaction.tx_hash)
            .values(row_of(transaction))
        )

    async def confirmed_unannounced(self, limit: int) -> Sequence[ChainRecord]:
        confirmed = [RecordStatus.CONFIRMED.value, RecordStatus.FINAL.value]
        missing = exists().where(
            chain_transactions.c.tx_hash == chain_records.c.tx_hash, chain_transactions.c.misses > 0
        )
        unannounced = and_(
            chain_records.c.status.in_(confirmed), chain_records.c.announced_at.is_(None), ~missing
        )
        return await self._records(unannounced, limit)

    async def mark_announced(self, record_ids: Sequence[UUID], at: datetime) -> None:
        await self._set(chain_records.c.id.in_(record_ids), announced_at=at)

    async def withdraw_announcement(self, tx_hash: str) -> None:
        await self._set(chain_records.c.tx_hash == tx_hash, announced_at=None)

    async def in_flight(self) -> Sequence[StoredTransaction]:
        found = await self._connection.execute(
            select(chain_transactions)
            .where(chain_transactions.c.status.in_(IN_FLIGHT))
            .order_by(chain_transactions.c.built_at)
        )
        return [value_of(StoredTransaction, row) for row in found.mappings()]

    async def watched(self) -> Sequence[WatchedTransaction]:
        columns = [column for column in chain_transactions.c if column.name in WATCHED_COLUMNS]
        found = await self._connection.execute(
            select(*columns)
            .where(chain_transactions.c.status.in_(IN_FLIGHT))
            .order_by(chain_transactions.c.built_at, chain_transactions.c.tx_hash)
        )
        rows = found.mappings().all()
        parents = await self._parents_in_flight()
        return parents_first(
            [
                value_of(
                    WatchedTransaction, row, parents=frozenset(parents.get(row["tx_hash"], ()))
                )
                for row in rows
            ]
        )

    async def count_in_flight(self) -> int:
        return await self._count(
            select(func.count())
            .select_from(chain_transactions)
            .where(chain_transactions.c.status.in_(IN_FLIGHT))
        )

    async def count_pending(self, address: str) -> int:
        return await self._count(
            select(func.count())
            .select_from(chain_transactions)
            .where(
                chain_transactions.c.status.in_(UNCONFIRMED),
                chain_transactions.c.block_hash.is_(None),
                # On the chain, in history that the provider does not keep.
                chain_transactions.c.not_shown_at_height.is_(None),
                chain_transactions.c.wallet_address == address,
            )
        )

    async def count_unsent(self, address: str) -> int:
        return await self._count(
            select(func.count())
            .select_from(chain_transactions)
            .where(
                chain_transactions.c.status == ChainTransactionStatus.SIGNED.value,
                chain_transactions.c.submissions == 0,
                chain_transactions.c.wallet_address == address,
            )
        )

    async def deepen(self, block_hash: str, tip_height: int, at: datetime) -> None:
        await self._connection.execute(
            update(chain_transactions)
            .where(
                chain_transactions.c.block_hash == block_hash,
                chain_transactions.c.status.in_(IN_FLIGHT),
            )
            .values(
                confirmations=func.greatest(
                    chain_transactions.c.confirmations,
                    tip_height - chain_transactions.c.block_height,
                ),
                checked_at=at,
            )
        )

    async def _parents_in_flight(self) -> dict[str, set[str]]:
        """For each transaction in flight, those in flight whose change it spends."""
        child, parent = chain_transactions.alias("child"), chain_transactions.alias("parent")
        found = await self._connection.execute(
            select(wallet_outputs.c.spent_by, wallet_outputs.c.tx_hash)
            .join(child, child.c.tx_hash == wallet_outputs.c.spent_by)
            .join(parent, parent.c.tx_hash == wallet_outputs.c.tx_hash)
            .where(
                child.c.status.in_(IN_FLIGHT),
                parent.c.status.in_(IN_FLIGHT),
            )
        )
        parents: dict[str, set[str]] = {}
        for spent_by, tx_hash in found:
            parents.setdefault(spent_by, set()).add(tx_hash)
        return parents

    async def _count(self, query: Select[Any]) -> int:
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def _transaction(self, tx_hash: str, *, lock: bool) -> StoredTransaction | None:
        query = select(chain_transactions).where(chain_transactions.c.tx_hash == tx_hash)
        found = await self._connection.execute(query.with_for_update() if lock else query)
        row = found.mappings().one_or_none()
        return value_of(StoredTransaction, row) if row else None

    async def _records(
        self, condition: ColumnElement[Any], limit: int | None = None
    ) -> Sequence[ChainRecord]:
        found = await self._connection.execute(
            select(chain_records).where(condition).order_by(chain_records.c.position).limit(limit)
        )
        return [value_of(ChainRecord, row) for row in found.mappings()]

    async def _set(self, condition: ColumnElement[bool], **columns: object) -> None:
        await self._connection.execute(update(chain_records).where(condition).values(columns))


def _any_of(records: Sequence[ChainRecord]) -> ColumnElement[bool]:
    return chain_records.c.id.in_([record.id for record in records])
