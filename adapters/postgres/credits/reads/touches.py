"""What reversals did to retirements, read: which touched them, and what was cancelled for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.reads.obligations import obligations_of
from adapters.postgres.queries import read
from adapters.postgres.rows import units_from
from adapters.postgres.tables import reversal_coverings, reversals
from domain.quantities import UnitRange


@dataclass(frozen=True)
class TouchView:
    """
    What a reversal did to one retirement.

    `buffer_units` is what the buffer gave for the whole loss. `obligation_status` is of what it left
    owed, `owed_units` of which are not made good; None where it left nothing.
    """

    reversal_id: UUID
    recorded_at: datetime
    cause: str
    avoidable: bool
    touched_units: int
    covered_by: tuple[UnitRange, ...]
    buffer_units: int = 0
    obligation_status: str | None = None
    owed_units: int = 0
    due_at: datetime | None = None

    @property
    def uncovered_units(self) -> int:
        return self.touched_units - self.covered_units

    @property
    def covered_units(self) -> int:
        return sum(units.quantity_units for units in self.covered_by)


# Made once, and one statement however many retirements: their ids are one value.
_TOUCHES = (
    select(reversal_coverings, reversals.c.recorded_at, reversals.c.cause, reversals.c.avoidable)
    .join(reversals, reversals.c.id == reversal_coverings.c.reversal_id)
    .where(reversal_coverings.c.retirement_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(reversals.c.recorded_at, reversals.c.id, reversal_coverings.c.units)
)


_BUFFERS = """
    SELECT c.reversal_id, sum(t.quantity_units)::bigint AS buffer_units
      FROM reversal_cancellations c JOIN public_credit_transactions t ON t.id = c.transaction_id
     WHERE c.reversal_id = ANY(:ids) GROUP BY 1
"""


@dataclass(frozen=True)
class _Buffer:
    reversal_id: UUID
    buffer_units: int


async def touches(
    connection: AsyncConnection, retirement_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[TouchView]]:
    """
    What has touched each of these retirements, oldest first; those untouched are left out.

    Seen by: everybody.
    """
    found = await connection.execute(_TOUCHES, {"ids": list(retirement_ids)})
    made: dict[UUID, dict[UUID, TouchView]] = defaultdict(dict)
    for row in found:
        before = made[row.retirement_id].get(row.reversal_id)
        covered = (units_from(row.units),) if row.units is not None else ()
        made[row.retirement_id][row.reversal_id] = TouchView(
            reversal_id=row.reversal_id,
            recorded_at=row.recorded_at,
            cause=row.cause,
            avoidable=row.avoidable,
            touched_units=row.touched_units + (before.touched_units if before else 0),
            covered_by=(before.covered_by if before else ()) + covered,
        )
    if made:
        await _add_what_is_owed(connection, made)
    return {retirement_id: list(of.values()) for retirement_id, of in made.items()}


async def _add_what_is_owed(
    connection: AsyncConnection, made: Mapping[UUID, dict[UUID, TouchView]]
) -> None:
    reversal_ids = list({reversal_id for of in made.values() for reversal_id in of})
    found = await read(connection, _Buffer, _BUFFERS, ids=reversal_ids)
    owed = await obligations_of(connection, reversal_ids)
    given = {line.reversal_id: line.buffer_units for line in found}
    for of in made.values():
        for reversal_id, touch in of.items():
            obligation = owed.get(reversal_id)
            of[reversal_id] = replace(
                touch,
                buffer_units=given.get(reversal_id, 0),
                obligation_status=obligation.status if obligation else None,
                owed_units=obligation.owed_units if obligation else 0,
                due_at=obligation.due_at if obligation else None,
            )
