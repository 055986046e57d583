"""What reversals did to retirements, read: which touched them, and what was cancelled for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import units_from
from adapters.postgres.tables import reversal_coverings, reversals
from domain.quantities import UnitRange


@dataclass(frozen=True)
class TouchView:
    """What a reversal did to one retirement."""

    reversal_id: UUID
    recorded_at: datetime
    cause: str
    avoidable: bool
    touched_units: int
    covered_by: tuple[UnitRange, ...]

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
    return {retirement_id: list(of.values()) for retirement_id, of in made.items()}
