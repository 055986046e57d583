"""Retirements, written."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    credit_transactions,
    retirements,
)
from adapters.postgres.write_batching import BatchingConnection
from domain.credits.ledger import CreditTransaction
from domain.credits.retirement import Beneficiary, Retirement


class PostgresRetirements:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def add(self, retirement: Retirement) -> None:
        row = row_of(retirement)
        beneficiary: Beneficiary | None = row.pop("beneficiary")
        row |= {
            "beneficiary_name": beneficiary.name if beneficiary else None,
            "beneficiary_country": beneficiary.country if beneficiary else None,
            "beneficiary_identifier": beneficiary.identifier if beneficiary else None,
        }
        self._connection.insert_later(retirements, row)

    async def get(self, retirement_id: UUID) -> Retirement | None:
        found = await self._connection.execute(
            select(retirements).where(retirements.c.id == retirement_id)
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        beneficiary = None
        if row["beneficiary_name"] is not None:
            beneficiary = Beneficiary(
                row["beneficiary_name"], row["beneficiary_country"], row["beneficiary_identifier"]
            )
        return value_of(Retirement, row, beneficiary=beneficiary)

    async def transactions(self, retirement_id: UUID) -> Sequence[CreditTransaction]:
        found = await self._connection.execute(
            select(credit_transactions)
            .where(credit_transactions.c.retirement_id == retirement_id)
            .order_by(credit_transactions.c.units)
        )
        return [value_of(CreditTransaction, row) for row in found.mappings()]
