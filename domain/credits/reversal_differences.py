"""Where the invariants of reversals do not hold (domain.credits.invariants): one reversal after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.credits.invariants import Difference, DifferenceKind
from domain.credits.ledger_differences import Differences
from domain.credits.reversal import Covering
from domain.quantities import UnitRange
from domain.unit_ranges import merged, without


@dataclass(frozen=True)
class TracedReversal:
    """A reversal, the units of the completed cancellations made for it, and its coverings."""

    id: UUID
    quantity_units: int
    cancelled: Sequence[UnitRange]
    coverings: Sequence[Covering]


def differences_of_reversal(reversal: TracedReversal) -> Differences:
    lost_units, subject = reversal.quantity_units, str(reversal.id)
    touched_units = sum(piece.touched_units for piece in reversal.coverings)
    cancelled_units = _count(reversal.cancelled)
    if cancelled_units > lost_units:
        yield Difference(DifferenceKind.OVER_CANCELLED, subject, lost_units, cancelled_units)
    if touched_units > lost_units:
        yield Difference(DifferenceKind.OVER_TOUCHED, subject, lost_units, touched_units)
    yield from coverings_stand_on_what_was_cancelled(reversal)


def coverings_stand_on_what_was_cancelled(reversal: TracedReversal) -> Differences:
    subject, covering = str(reversal.id), [c.units for c in reversal.coverings if c.units]
    bare_units = sum(c.touched_units for c in reversal.coverings if c.units is None)
    covered_units, once_units = _count(covering), _count(merged(covering))
    idle_units = _count(reversal.cancelled) - covered_units
    if covered_units != once_units:
        yield Difference(DifferenceKind.COVERS_TWICE, subject, covered_units, once_units)
    for units in without(merged(covering), merged(reversal.cancelled)):
        yield Difference(DifferenceKind.NOT_CANCELLED, subject, units.first, units.last)
    if idle_units > 0 and bare_units > 0:
        yield Difference(DifferenceKind.IDLE, subject, idle_units, bare_units)
    for piece in reversal.coverings:
        if piece.units is not None and piece.units.quantity_units != piece.touched_units:
            yield Difference(
                DifferenceKind.COVERING,
                str(piece.retirement_id),
                piece.touched_units,
                piece.units.quantity_units,
            )


def touched_is_no_more_than_was_retired(
    retirement_id: UUID, line_units: int, touched_units: int
) -> Differences:
    """`touched_units` are those of all reversals together, `line_units` what was retired."""
    if touched_units > line_units:
        yield Difference(
            DifferenceKind.RETIREMENT_TOUCHED, str(retirement_id), line_units, touched_units
        )


def _count(ranges: Sequence[UnitRange]) -> int:
    return sum(units.quantity_units for units in ranges)
