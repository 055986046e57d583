"""Obligations, read: what is owed for losses, by when, and what stays suspended as long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Integer, String, Text, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, first, read, read_page
from adapters.postgres.tables.schema import Moment


@dataclass(frozen=True)
class ObligationView:
    """
    What the buffer did not cover of a loss; quantities in units of 0.01 t.

    `made_good_units` were cancelled for it since; `suspended_units` are still blocked.
    """

    reversal_id: UUID
    project_id: UUID
    vintage: int | None
    lost_units: int
    cause: str
    recorded_at: datetime
    quantity_units: int
    made_good_units: int
    suspended_units: int
    due_at: datetime
    status: str
    settled_at: datetime | None

    @property
    def owed_units(self) -> int:
        return self.quantity_units - self.made_good_units


_OBLIGATIONS = """
    SELECT o.reversal_id, r.project_id, r.vintage, r.quantity_units AS lost_units, r.cause,
           r.recorded_at, o.quantity_units, o.due_at, o.status, o.settled_at,
           (SELECT coalesce(sum(t.quantity_units), 0)::bigint
              FROM obligation_cancellations c JOIN public_credit_transactions t ON t.id = c.transaction_id
             WHERE c.reversal_id = o.reversal_id AND t.status = 'completed') AS made_good_units,
           (SELECT coalesce(sum(e.quantity_units), 0)::bigint FROM public_credit_entries e
             WHERE e.suspended_for = o.reversal_id AND e.status = 'suspended') AS suspended_units
      FROM obligations o JOIN reversals r ON r.id = o.reversal_id
"""


# As a table of its own, so that lists of it are read part by part as all others.
_TABLE = (
    text(_OBLIGATIONS)
    .columns(
        reversal_id=Uuid,
        project_id=Uuid,
        vintage=Integer,
        lost_units=BigInteger,
        cause=Text,
        recorded_at=Moment,
        quantity_units=BigInteger,
        due_at=Moment,
        status=String,
        settled_at=Moment,
        made_good_units=BigInteger,
        suspended_units=BigInteger,
    )
    .subquery("obliged")
)


async def obligations_page(
    connection: AsyncConnection, project_id: UUID, page: PageRequest
) -> Sequence[ObligationView]:
    """
    All of a project's, settled ones too.

    Seen by: everybody.
    """
    query = select(_TABLE).where(_TABLE.c.project_id == project_id)
    rows = await read_page(connection, query, page, (_TABLE.c.recorded_at, _TABLE.c.reversal_id))
    return [ObligationView(**row) for row in rows]


async def unsettled_obligations(
    connection: AsyncConnection, project_id: UUID
) -> Sequence[ObligationView]:
    """
    What a project still owes, the oldest loss first.

    Seen by: everybody.
    """
    sql = (
        f"{_OBLIGATIONS} WHERE r.project_id = :project_id AND o.status <> 'settled'"
        " ORDER BY r.recorded_at, r.id"
    )
    return await read(connection, ObligationView, sql, project_id=project_id)


async def obligation(connection: AsyncConnection, reversal_id: UUID) -> ObligationView | None:
    """
    None where the buffer covered the whole loss, and where there is no such loss.

    Seen by: everybody.
    """
    sql = f"{_OBLIGATIONS} WHERE o.reversal_id = :reversal_id"
    return first(await read(connection, ObligationView, sql, reversal_id=reversal_id))


async def obligations_of(
    connection: AsyncConnection, reversal_ids: Sequence[UUID]
) -> Mapping[UUID, ObligationView]:
    """
    Of those of these losses that left something uncovered.

    Seen by: everybody.
    """
    sql = f"{_OBLIGATIONS} WHERE o.reversal_id = ANY(:ids)"
    found = await read(connection, ObligationView, sql, ids=list(reversal_ids))
    return {view.reversal_id: view for view in found}


async def is_made_good_by(connection: AsyncConnection, transaction_id: UUID) -> bool:
    """
    Whether this cancellation makes good some of an obligation.

    Seen by: everybody.
    """
    sql = "SELECT transaction_id AS id FROM obligation_cancellations WHERE transaction_id = :id"
    return bool(await read(connection, _Found, sql, id=transaction_id))


@dataclass(frozen=True)
class _Found:
    id: UUID
