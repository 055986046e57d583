"""Corrections of issuances, written: what was issued in error, and what was handed in for it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import INT8RANGE
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, units_from, units_to, value_of
from adapters.postgres.tables import (
    correction_cancellations,
    credit_transactions,
    issuance_corrections,
)
from domain.credits.issuance_correction import IssuanceCorrection, IssuedVintage
from domain.credits.ledger import CreditTransactionType

_HANDED_IN = text("""
    SELECT coalesce(sum(t.quantity_units), 0)::bigint AS units
      FROM correction_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
     WHERE c.correction_id = :correction_id AND c.replaces AND t.status = 'completed'
""").bindparams(bindparam("correction_id", type_=Uuid()))
# By the units, whatever entry they were retired in: that of the issuance may have been split since.
_RETIREMENTS = text("""
    SELECT DISTINCT r.id, r.account_id
      FROM credit_entries e
      JOIN credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
      JOIN retirements r ON r.id = t.retirement_id
     WHERE e.status = 'retired' AND (e.units && :units OR e.units && :buffer) AND r.id > :after
     ORDER BY r.id LIMIT :limit
""").bindparams(
    bindparam("units", type_=INT8RANGE()),
    bindparam("buffer", type_=INT8RANGE()),
    bindparam("after", type_=Uuid()),
)


class PostgresIssuanceCorrections:
    """`activities.ports.credits.IssuanceCorrections`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def issued(self, verification_id: UUID, vintage: int) -> IssuedVintage | None:
        of = credit_transactions.c
        found = await self._connection.execute(
            select(of.type, of.units).where(
                of.verification_id == verification_id,
                of.vintage == vintage,
                of.status == "completed",
            )
        )
        units = {row.type: units_from(row.units) for row in found}
        issued = units.get(CreditTransactionType.ISSUANCE.value)
        if issued is None:
            return None
        return IssuedVintage(issued, units.get(CreditTransactionType.BUFFER_CONTRIBUTION.value))

    async def corrected_units(self, verification_id: UUID, vintage: int) -> int:
        of = issuance_corrections.c
        corrected = await self._connection.scalar(
            select(func.coalesce(func.sum(of.quantity_units), 0)).where(
                of.verification_id == verification_id, of.vintage == vintage
            )
        )
        return int(corrected or 0)

    async def add(self, correction: IssuanceCorrection) -> None:
        await self._connection.execute(insert(issuance_corrections).values(row_of(correction)))

    async def lock(self, correction_id: UUID) -> tuple[IssuanceCorrection, int] | None:
        found = await self._connection.execute(
            select(issuance_corrections)
            .where(issuance_corrections.c.id == correction_id)
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        handed_in = await self._connection.scalar(_HANDED_IN, {"correction_id": correction_id})
        return value_of(IssuanceCorrection, row), int(handed_in or 0)

    async def add_cancellation(
        self, correction_id: UUID, transaction_id: UUID, *, replaces: bool
    ) -> None:
        await self._connection.execute(
            insert(correction_cancellations).values(
                correction_id=correction_id, transaction_id=transaction_id, replaces=replaces
            )
        )

    async def recorded(
        self, correction_id: UUID | None = None
    ) -> Sequence[tuple[IssuanceCorrection, int]]:
        of = issuance_corrections.c
        so_far = func.sum(of.quantity_units).over(
            partition_by=(of.verification_id, of.vintage), order_by=(of.recorded_at, of.id)
        )
        counted = select(*of, so_far.label("in_error_units")).subquery("counted")
        query = select(counted).order_by(counted.c.recorded_at, counted.c.id)
        if correction_id is not None:
            query = query.where(counted.c.id == correction_id)
        found = await self._connection.execute(query)
        return [
            (value_of(IssuanceCorrection, row), int(row["in_error_units"]))
            for row in found.mappings()
        ]

    async def save(self, correction: IssuanceCorrection) -> None:
        await self._connection.execute(
            update(issuance_corrections)
            .where(issuance_corrections.c.id == correction.id)
            .values(status=correction.status.value, settled_at=correction.settled_at)
        )

    async def retirements_of(
        self, issued: IssuedVintage, after: UUID, *, limit: int
    ) -> Sequence[tuple[UUID, UUID]]:
        buffer = units_to(issued.buffer_units or issued.units)
        found = await self._connection.execute(
            _RETIREMENTS,
            {
                "units": units_to(issued.units),
                "buffer": buffer,
                "after": after,
                "limit": limit,
            },
        )
        return [(row.id, row.account_id) for row in found]
