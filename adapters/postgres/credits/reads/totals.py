"""The registry as a whole, read: totals and the sum that anybody can recompute."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import first, read
from domain.credits.ledger import Conservation


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
         WHERE t.type IN ('issuance', 'buffer_contribution') GROUP BY 1, 2
    ), held AS (
        SELECT project_id, vintage,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'active'), 0)::bigint AS active,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'retired'), 0)::bigint AS retired,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'cancelled'), 0)::bigint
                   AS cancelled,
               coalesce(sum(quantity_units) FILTER (WHERE status = 'buffer'), 0)::bigint AS buffer
          FROM credit_entries GROUP BY 1, 2
    )
    SELECT project_id, vintage, coalesce(issued.units, 0) AS issued_units,
           coalesce(held.active, 0) AS active_units, coalesce(held.retired, 0) AS retired_units,
           coalesce(held.cancelled, 0) AS cancelled_units,
           coalesce(held.buffer, 0) AS buffer_units
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
                buffer_units=row["buffer_units"],
            ),
        )
        for row in found.mappings()
    ]


def in_total(lines: Iterable[ConservationLine]) -> Conservation:
    """The sum of several parts."""
    parts = [line.parts for line in lines]
    return Conservation(
        issued_units=sum(part.issued_units for part in parts),
        active_units=sum(part.active_units for part in parts),
        retired_units=sum(part.retired_units for part in parts),
        cancelled_units=sum(part.cancelled_units for part in parts),
        buffer_units=sum(part.buffer_units for part in parts),
    )


@dataclass(frozen=True)
class LastCheck:
    """The newest scheduled recomputation; `differences` are sentences, without personal data."""

    checked_at: datetime
    holds: bool
    differences: Sequence[str]


async def last_check(connection: AsyncConnection) -> LastCheck | None:
    """None until the ledger was checked for the first time."""
    sql = """
        SELECT checked_at, holds, differences FROM ledger_checks
         ORDER BY checked_at DESC, id LIMIT 1
    """
    return first(await read(connection, LastCheck, sql))


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
