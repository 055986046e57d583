"""What is compared with the chain, read in small pages, and what came of each comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import cast, insert, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import chain_records, chain_transactions, reconciliations
from domain.chain.reconciliation import (
    ChainDifference,
    ChainDifferenceKind,
    IssuedOnLedger,
    OwnRecord,
    Reconciliation,
    RecordedIssuance,
)
from domain.chain.records import ON_THE_CHAIN
from domain.chain.transactions import ChainTransactionStatus

_ISSUANCES = text("""
    SELECT coalesce(issued.id, recorded.transaction_id, recorded.id) AS key, issued.id AS transaction_id,
           entry.serial, entry.project_id, issued.quantity_units, entry.vintage,
           said.quantity_units - coalesce((
               SELECT sum(share.quantity_units) FROM credit_transactions share
                 JOIN credit_entries share_entry ON share_entry.id = share.result_entry_id
                WHERE share.verification_id = approval.id AND share.status = 'completed'
                  AND share.type = 'buffer_contribution'
                  AND share_entry.vintage = entry.vintage), 0)::bigint AS approved_units,
           recorded.id AS record_id, recorded.status, recorded.record, recorded.tx_hash
      FROM (SELECT * FROM credit_transactions WHERE type = 'issuance' AND status = 'completed') issued
      FULL JOIN (SELECT * FROM chain_records WHERE kind = 'issuance') recorded
        ON recorded.transaction_id = issued.id
      LEFT JOIN credit_entries entry ON entry.id = issued.result_entry_id
      LEFT JOIN verification_requests approval
        ON approval.id = issued.verification_id AND approval.status = 'approved'
       AND (NOT approval.needs_countersignature OR approval.countersigned_by IS NOT NULL)
      LEFT JOIN LATERAL approved_vintages(approval.vintages, approval.vintage, approval.verified_quantity_units) said ON said.vintage = entry.vintage
     WHERE coalesce(issued.id, recorded.transaction_id, recorded.id) > :after
     ORDER BY 1 LIMIT :limit
""")


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

    async def issuances(self, after: UUID, limit: int) -> Sequence[RecordedIssuance]:
        found = await self._connection.execute(_ISSUANCES, {"after": after, "limit": limit})
        return [
            RecordedIssuance(
                row["key"],
                value_of(IssuedOnLedger, row) if row["transaction_id"] else None,
                value_of(OwnRecord, row, id=row["record_id"]) if row["record_id"] else None,
            )
            for row in found.mappings()
        ]

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
