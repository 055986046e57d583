"""Where the invariants of reversals do not hold (domain.credits.checks.invariants): one reversal after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.credits.checks.invariants import Difference, DifferenceKind
from domain.credits.checks.ledger_differences import Differences
from domain.credits.obligation import ObligationStatus
from domain.credits.reversal import Covering
from domain.quantities import UnitRange
from domain.unit_ranges import merged, without


@dataclass(frozen=True)
class TracedSuspension:
    """
    What a reversal blocked, and what became of it, in units.

    `suspended_units` are those of its suspensions, `left_units` what is still suspended for it, and
    `cancelled_units` what was cancelled out of it. `made_good_units` were cancelled for its
    obligation, those included. `status` None: it has no obligation.
    """

    suspended_units: int = 0
    left_units: int = 0
    cancelled_units: int = 0
    made_good_units: int = 0
    obliged_units: int = 0
    status: ObligationStatus | None = None


@dataclass(frozen=True)
class TracedReversal:
    """A reversal, the units of the completed cancellations made for it, its coverings, and what it blocks."""

    id: UUID
    quantity_units: int
    cancelled: Sequence[UnitRange]
    coverings: Sequence[Covering]
    suspension: TracedSuspension = TracedSuspension()


def differences_of_reversal(reversal: TracedReversal) -> Differences:
    lost_units, subject = reversal.quantity_units, str(reversal.id)
    touched_units = sum(piece.touched_units for piece in reversal.coverings)
    cancelled_units = _count(reversal.cancelled)
    if cancelled_units > lost_units:
        yield Difference(DifferenceKind.OVER_CANCELLED, subject, lost_units, cancelled_units)
    if touched_units > lost_units:
        yield Difference(DifferenceKind.OVER_TOUCHED, subject, lost_units, touched_units)
    yield from coverings_stand_on_what_was_cancelled(reversal)
    yield from loss_blocks_until_made_good(reversal)


def loss_blocks_until_made_good(reversal: TracedReversal) -> Differences:
    subject, blocked = str(reversal.id), reversal.suspension
    uncovered_units = max(reversal.quantity_units - _count(reversal.cancelled), 0)
    if uncovered_units != blocked.obliged_units:
        yield Difference(DifferenceKind.OBLIGATION, subject, uncovered_units, blocked.obliged_units)
    is_settled = blocked.made_good_units == blocked.obliged_units
    if blocked.made_good_units > blocked.obliged_units or is_settled != (
        blocked.status in {None, ObligationStatus.SETTLED}
    ):
        says = f"The obligation of the reversal {subject} is {blocked.status or 'not there'}"
        yield Difference(
            DifferenceKind.MADE_GOOD, says, blocked.obliged_units, blocked.made_good_units
        )
    owed_units = max(blocked.obliged_units - blocked.made_good_units, 0)
    due_units = min(blocked.suspended_units - blocked.cancelled_units, owed_units)
    if blocked.left_units != due_units:
        yield Difference(DifferenceKind.UNBLOCKED, subject, due_units, blocked.left_units)


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
