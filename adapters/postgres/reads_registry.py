"""The registry as a whole, read: totals and the sum that anybody can recompute."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.page_queries import read
from domain.ledger import Conservation


@dataclass(frozen=True)
class ConservationLine:
    project_id: UUID
    vintage: int
    parts: Conservation


# What was issued is taken from the issuances and what became of it from the entries, so that the
# two sides of the sum come from different rows. One statement sees one moment.
_CONSERVATION = """
    WITH issued AS (
        SELECT e.project_id, e.vintage, sum(t.quantity_units)::bigint AS units
          FROM credit_transactions t JOIN credit_entries e ON e.id = t.entry_id
         WHERE t.type = 'issuance' GROUP BY 1, 2
    ), held AS (
        SELECT project_id, vintage,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'active'), 0)::bigint AS active,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'retired'), 0)::bigint AS retired,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'cancelled'), 0)::bigint
                   AS cancelled
          FROM credit_entries GROUP BY 1, 2
    )
    SELECT project_id, vintage, coalesce(issued.units, 0) AS issued_units,
           coalesce(held.active, 0) AS active_units, coalesce(held.retired, 0) AS retired_units,
           coalesce(held.cancelled, 0) AS cancelled_units
      FROM issued FULL JOIN held USING (project_id, vintage) ORDER BY project_id, vintage
"""


async def conservation(connection: AsyncConnection) -> Sequence[ConservationLine]:
    """Where the issued units are, for each project and vintage, counted from the rows themselves."""
    found = await connection.execute(text(_CONSERVATION))
    return [
        ConservationLine(
            row["project_id"],
            row["vintage"],
            Conservation(
                issued_units=row["issued_units"],
                active_units=row["active_units"],
                retired_units=row["retired_units"],
                cancelled_units=row["cancelled_units"],
            ),
        )
        for row in found.mappings()
    ]


@dataclass(frozen=True)
class CreditLinks:
    """Where an entry's units came from, went to, and in which retirement they ended."""

    parent_serial: str | None
    child_serials: tuple[str, ...]
    retirement_id: UUID | None


@dataclass(frozen=True)
class _LinkRow:
    parent_serial: str | None
    child_serials: list[str]
    retirement_id: UUID | None


async def credit_links(connection: AsyncConnection, entry_id: UUID) -> CreditLinks:
    sql = """
        SELECT parent.serial AS parent_serial,
               ARRAY(SELECT child.serial FROM credit_entries child
                      WHERE child.parent_id = e.id ORDER BY child.units) AS child_serials,
               (SELECT t.retirement_id FROM credit_transactions t
                 WHERE t.result_entry_id = e.id AND t.type = 'retirement') AS retirement_id
          FROM credit_entries e LEFT JOIN credit_entries parent ON parent.id = e.parent_id
         WHERE e.id = :entry_id
    """
    (row,) = await read(connection, _LinkRow, sql, entry_id=entry_id)
    return CreditLinks(row.parent_serial, tuple(row.child_serials), row.retirement_id)
