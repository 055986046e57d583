"""Reversals, written: what was lost, what was cancelled for it, and which retirements it touches."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, units_to
from adapters.postgres.tables import reversal_cancellations, reversal_coverings, reversals
from domain.credits.reversal import Covering, RetiredShare, Reversal
from domain.identifiers import derived_id

REVERSALS_LOCK = 0x6B72_6200_0000_0002
"""Advisory; a lock on the project's row would block the transactions of its credits, and they it."""

# What earlier reversals touched is known by retirement and project. Of a retirement with several
# vintages of one project, a vintage has no more left than it holds, nor than the whole has left.
_RETIRED_SHARES = """
    WITH held AS (
        SELECT t.retirement_id, sum(t.quantity_units) AS all_units,
               sum(t.quantity_units)
                   FILTER (WHERE CAST(:vintage AS integer) IS NULL OR e.vintage = :vintage) AS units
          FROM credit_transactions t JOIN credit_entries e ON e.id = t.result_entry_id
         WHERE t.type = 'retirement' AND e.project_id = :project_id
         GROUP BY 1
    ), touched AS (
        SELECT c.retirement_id, sum(c.touched_units) AS all_units,
               sum(c.touched_units)
                   FILTER (WHERE CAST(:vintage AS integer) IS NULL OR v.vintage = :vintage) AS units
          FROM reversal_coverings c JOIN reversals v ON v.id = c.reversal_id
         WHERE v.project_id = :project_id
         GROUP BY 1
    )
    SELECT r.id AS retirement_id, r.account_id,
           least(held.units - coalesce(touched.units, 0),
                 held.all_units - coalesce(touched.all_units, 0))::bigint AS quantity_units
      FROM held
      JOIN retirements r ON r.id = held.retirement_id
      LEFT JOIN touched ON touched.retirement_id = held.retirement_id
     WHERE held.units IS NOT NULL
     ORDER BY r.retired_at, r.id
"""


# Neither a reversal's coverings nor its suspensions ever change, so that places among them stay what
# they are.
_TOLD_ABOUT = text("""
    SELECT subject FROM (
        SELECT DISTINCT 1 AS part, retirement_id AS subject
          FROM reversal_coverings WHERE reversal_id = :reversal_id
        UNION ALL
        SELECT DISTINCT 2, t.sender_id
          FROM credit_entries e JOIN credit_transactions t ON t.result_entry_id = e.id
         WHERE e.suspended_for = :reversal_id AND t.type = 'suspension'
    ) told ORDER BY part, subject OFFSET :first LIMIT :count
""")


class PostgresReversals:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        await self._connection.execute(select(func.pg_advisory_xact_lock(REVERSALS_LOCK)))

    async def add(self, reversal: Reversal) -> None:
        await self._connection.execute(insert(reversals).values(row_of(reversal)))

    async def add_cancellation(self, reversal_id: UUID, transaction_id: UUID) -> None:
        await self._connection.execute(
            insert(reversal_cancellations).values(
                reversal_id=reversal_id, transaction_id=transaction_id
            )
        )

    async def add_coverings(self, reversal_id: UUID, coverings: Sequence[Covering]) -> None:
        rows = [
            {
                "id": derived_id(reversal_id, f"covering/{index}"),
                "reversal_id": reversal_id,
                "retirement_id": covering.retirement_id,
                "touched_units": covering.touched_units,
                "units": units_to(covering.units) if covering.units else None,
            }
            for index, covering in enumerate(coverings)
        ]
        if rows:
            await self._connection.execute(insert(reversal_coverings), rows)

    async def told_about(self, reversal_id: UUID, *, first: int, count: int) -> Sequence[UUID]:
        values = {"reversal_id": reversal_id, "first": first, "count": count}
        return list((await self._connection.execute(_TOLD_ABOUT, values)).scalars())

    async def reversed_units(self, project_id: UUID, vintage: int | None) -> int:
        query = select(func.coalesce(func.sum(reversals.c.quantity_units), 0)).where(
            reversals.c.project_id == project_id
        )
        if vintage is not None:
            query = query.where(reversals.c.vintage == vintage)
        return int((await self._connection.execute(query)).scalar_one())

    async def retired_shares(self, project_id: UUID, vintage: int | None) -> Sequence[RetiredShare]:
        found = await self._connection.execute(
            text(_RETIRED_SHARES), {"project_id": project_id, "vintage": vintage}
        )
        return [RetiredShare(**row) for row in found.mappings()]
