"""Obligations, written: what uncovered losses leave owed, and what was cancelled to make them good."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import obligation_cancellations, obligations, reversals
from domain.credits.obligation import Obligation
from domain.credits.reversal import Reversal

_LOCK = text("""
    SELECT o.*, (SELECT coalesce(sum(t.quantity_units), 0)::bigint
                   FROM obligation_cancellations c JOIN credit_transactions t ON t.id = c.transaction_id
                  WHERE c.reversal_id = o.reversal_id AND t.status = 'completed') AS made_good_units
      FROM obligations o WHERE o.reversal_id = :reversal_id FOR UPDATE
""").bindparams(bindparam("reversal_id", type_=Uuid()))


class PostgresObligations:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, obligation: Obligation) -> None:
        await self._connection.execute(
            insert(obligations).values(
                reversal_id=obligation.cause_id,
                quantity_units=obligation.quantity_units,
                due_at=obligation.due_at,
                status=obligation.status.value,
            )
        )

    async def lock(self, reversal_id: UUID) -> tuple[Obligation, Reversal] | None:
        found = await self._connection.execute(_LOCK, {"reversal_id": reversal_id})
        row = found.mappings().one_or_none()
        if row is None:
            return None
        lost = await self._connection.execute(
            select(reversals).where(reversals.c.id == reversal_id)
        )
        return value_of(Obligation, row, cause_id=row["reversal_id"]), value_of(
            Reversal, lost.mappings().one()
        )

    async def add_cancellation(self, reversal_id: UUID, transaction_id: UUID) -> None:
        await self._connection.execute(
            insert(obligation_cancellations).values(
                reversal_id=reversal_id, transaction_id=transaction_id
            )
        )

    async def save(self, obligation: Obligation) -> None:
        """Its status, and when it was settled; nothing else of it ever changes."""
        await self._connection.execute(
            update(obligations)
            .where(obligations.c.reversal_id == obligation.cause_id)
            .values(status=obligation.status.value, settled_at=obligation.settled_at)
        )
