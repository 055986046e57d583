"""What is compared with the chain, read in small pages, and what came of each comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import cast, insert, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import chain_records, chain_transactions, reconciliations
from domain.chain.reconciliation import (
    ChainDifference,
    ChainDifferenceKind,
    OwnRecord,
    Reconciliation,
)
from domain.chain.records import ON_THE_CHAIN
from domain.chain.transactions import ChainTransactionStatus


class PostgresReconciliations:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def addresses(self) -> Sequence[str]:
        found = await self._connection.execute(
            select(chain_transactions.c.wallet_address).distinct()
        )
        return sorted(found.scalars())

    async def due(
        self, after: str, *, since_height: int | None, again: Sequence[str], limit: int
    ) -> Sequence[str]:
        query = (
            select(chain_records.c.tx_hash)
            .distinct()
            .join(chain_transactions, chain_transactions.c.tx_hash == chain_records.c.tx_hash)
            .where(chain_records.c.status.in_([status.value for status in ON_THE_CHAIN]))
            .where(chain_records.c.tx_hash > after)
            .order_by(chain_records.c.tx_hash)
            .limit(limit)
        )
        if since_height is not None:
            height = chain_transactions.c.block_height
            query = query.where(
                or_(
                    height >= since_height,
                    height.is_(None),
                    chain_records.c.tx_hash.in_(again),
                )
            )
        return list((await self._connection.execute(query)).scalars())

    async def records_in(self, tx_hash: str) -> Sequence[OwnRecord]:
        found = await self._connection.execute(
            select(chain_records)
            .where(chain_records.c.tx_hash == tx_hash)
            .order_by(chain_records.c.position)
        )
        return [value_of(OwnRecord, row) for row in found.mappings()]

    async def unexplained(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        found = await self._connection.execute(
            select(chain_transactions.c.tx_hash).where(
                chain_transactions.c.tx_hash.in_(tx_hashes),
                chain_transactions.c.status != ChainTransactionStatus.EXPIRED.value,
            )
        )
        explained = set(found.scalars())
        return [tx_hash for tx_hash in tx_hashes if tx_hash not in explained]

    async def saying(self, record: Mapping[str, Any]) -> OwnRecord | None:
        # No index serves this, and none is worth its upkeep: a stray record is a rare thing.
        found = await self._connection.execute(
            select(chain_records).where(chain_records.c.record == cast(record, JSONB)).limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(OwnRecord, row) if row else None

    async def add(self, reconciliation: Reconciliation) -> None:
        row = row_of(reconciliation) | {
            "differences": [asdict(difference) for difference in reconciliation.differences]
        }
        await self._connection.execute(insert(reconciliations).values(row))

    async def last(self) -> Reconciliation | None:
        found = await self._connection.execute(
            select(reconciliations)
            .order_by(reconciliations.c.checked_at.desc(), reconciliations.c.id)
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return reconciliation_of(row) if row else None


def reconciliation_of(row: Any) -> Reconciliation:
    found = tuple(
        ChainDifference(**line | {"kind": ChainDifferenceKind(line["kind"])})
        for line in row["differences"]
    )
    return value_of(Reconciliation, row, differences=found)
