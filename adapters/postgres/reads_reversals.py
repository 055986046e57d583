"""Reversals, read: what was lost, what was cancelled for it, and the retirements it touches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.reads import Part, read_one, read_part
from adapters.postgres.rows import units_from, value_of
from adapters.postgres.tables import (
    credit_entries,
    credit_transactions,
    retirements,
    reversal_cancellations,
    reversal_coverings,
    reversals,
)
from domain.quantities import UnitRange
from domain.reversal import Covering, Reversal


@dataclass(frozen=True)
class Cancelled:
    """A buffer entry that was cancelled for a reversal."""

    serial: str
    units: UnitRange


@dataclass(frozen=True)
class ReversalSeen:
    """`coverings` are in order of retirement."""

    reversal: Reversal
    cancelled: Sequence[Cancelled]
    coverings: Sequence[Covering]

    @property
    def covered_units(self) -> int:
        return sum(cancelled.units.quantity_units for cancelled in self.cancelled)


@dataclass(frozen=True)
class Touch:
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


async def reversals_part(
    connection: AsyncConnection, project_id: UUID | None, part: Part
) -> Sequence[ReversalSeen]:
    query = select(reversals)
    if project_id is not None:
        query = query.where(reversals.c.project_id == project_id)
    rows = await read_part(connection, query, part, at=reversals.c.recorded_at, id=reversals.c.id)
    return await _seen(connection, [value_of(Reversal, row) for row in rows])


async def reversal(connection: AsyncConnection, reversal_id: UUID) -> ReversalSeen | None:
    row = await read_one(connection, select(reversals).where(reversals.c.id == reversal_id))
    return (await _seen(connection, [value_of(Reversal, row)]))[0] if row else None


# Made once, and one statement however many retirements: their ids are one value.
_TOUCHES = (
    select(reversal_coverings, reversals.c.recorded_at, reversals.c.cause, reversals.c.avoidable)
    .join(reversals, reversals.c.id == reversal_coverings.c.reversal_id)
    .where(reversal_coverings.c.retirement_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(reversals.c.recorded_at, reversals.c.id, reversal_coverings.c.units)
)


async def touches(
    connection: AsyncConnection, retirement_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Touch]]:
    """What has touched each of these retirements, oldest first; those untouched are left out."""
    found = await connection.execute(_TOUCHES, {"ids": list(retirement_ids)})
    made: dict[UUID, dict[UUID, Touch]] = defaultdict(dict)
    for row in found:
        before = made[row.retirement_id].get(row.reversal_id)
        covered = (units_from(row.units),) if row.units is not None else ()
        made[row.retirement_id][row.reversal_id] = Touch(
            reversal_id=row.reversal_id,
            recorded_at=row.recorded_at,
            cause=row.cause,
            avoidable=row.avoidable,
            touched_units=row.touched_units + (before.touched_units if before else 0),
            covered_by=(before.covered_by if before else ()) + covered,
        )
    return {retirement_id: list(of.values()) for retirement_id, of in made.items()}


async def _seen(connection: AsyncConnection, found: Sequence[Reversal]) -> Sequence[ReversalSeen]:
    ids = [reversal.id for reversal in found]
    cancelled: dict[UUID, list[Cancelled]] = defaultdict(list)
    coverings: dict[UUID, list[Covering]] = defaultdict(list)
    lines = await connection.execute(
        select(
            reversal_cancellations.c.reversal_id,
            credit_entries.c.serial,
            credit_entries.c.units,
        )
        .join(
            credit_transactions,
            credit_transactions.c.id == reversal_cancellations.c.transaction_id,
        )
        .join(credit_entries, credit_entries.c.id == credit_transactions.c.result_entry_id)
        .where(reversal_cancellations.c.reversal_id.in_(ids))
        .order_by(credit_entries.c.units)
    )
    for line in lines:
        cancelled[line.reversal_id].append(Cancelled(line.serial, units_from(line.units)))
    pieces = await connection.execute(
        select(reversal_coverings)
        .join(retirements, retirements.c.id == reversal_coverings.c.retirement_id)
        .where(reversal_coverings.c.reversal_id.in_(ids))
        .order_by(retirements.c.retired_at, retirements.c.id, reversal_coverings.c.units)
    )
    for piece in pieces:
        units = units_from(piece.units) if piece.units is not None else None
        coverings[piece.reversal_id].append(
            Covering(piece.retirement_id, piece.touched_units, units)
        )
    return [
        ReversalSeen(reversal, cancelled[reversal.id], coverings[reversal.id]) for reversal in found
    ]
