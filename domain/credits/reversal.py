"""
Reversals: carbon that was stored is lost again, and something has to stand for it.

A reversal of Q units of a project cancels up to Q units of the buffer. It touches the retirements
of the lost credits in the order in which they were made, until Q is used up; the cancelled buffer
units stand for the touched retirements in that same order. What the buffer cannot cover is said,
not hidden: it suspends units of the project (domain.credits.suspension) and is owed until it is made
good (domain.credits.obligation). A retirement stays retired and its sealed certificate stays as it is.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.credits.ledger import CreditEntry
from domain.errors import Conflict, Fault, Invalid
from domain.quantities import UnitRange, format_tonnes

CAUSE_LENGTH_MAX = 2000


@dataclass(frozen=True)
class Reversal:
    """`vintage` None means all vintages of the project; `cause` is public."""

    id: UUID
    project_id: UUID
    vintage: int | None
    quantity_units: int
    cause: str
    avoidable: bool
    recorded_by: UUID
    recorded_at: datetime


@dataclass(frozen=True)
class RetiredShare:
    """What a retirement holds of the project (and vintage) that no earlier reversal has touched."""

    retirement_id: UUID
    account_id: UUID
    quantity_units: int


@dataclass(frozen=True)
class Draw:
    """How much to cancel of one buffer entry."""

    entry: CreditEntry
    quantity_units: int


@dataclass(frozen=True)
class Covering:
    """
    A piece of a touched retirement: `units` are the cancelled buffer units that stand for it.

    `units` count `touched_units`; None means that nothing stands for this piece.
    """

    retirement_id: UUID
    touched_units: int
    units: UnitRange | None


@dataclass(frozen=True)
class Touched:
    """A touched retirement as a whole; cancelled buffer units stand for `covered_units` of it."""

    retirement_id: UUID
    touched_units: int
    covered_units: int


def require_reversible(
    quantity_units: int, *, actor: Account, issued_units: int, reversed_units: int
) -> None:
    """
    `issued_units` are those of the project (and vintage), `reversed_units` what was lost before.

    Raises:
        Forbidden: the account's role may not.
        Invalid: the quantity is not positive.
        Conflict: more would be lost than was ever issued.
    """
    actor.require(Permission.CANCEL_CREDITS)
    if quantity_units <= 0:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/quantity", detail))
    left = issued_units - reversed_units
    if quantity_units > left:
        raise Conflict(
            f"{format_tonnes(issued_units)} t were issued and {format_tonnes(reversed_units)} t "
            f"of them reversed before; {format_tonnes(quantity_units)} t cannot be lost."
        )


def draw(
    buffer: Iterable[CreditEntry], quantity_units: int, *, project_id: UUID, vintage: int | None
) -> Sequence[Draw]:
    """
    Choose what to cancel: the project's own buffer first, then that of others, oldest first.

    Within the project's own, the same vintage comes first. Together the draws are the quantity, or
    the whole buffer when it holds less.
    """

    def turn(entry: CreditEntry) -> tuple[bool, bool, datetime, int]:
        own = entry.project_id == project_id
        same_vintage = own and vintage in {None, entry.vintage}
        return not own, not same_vintage, entry.issued_at, entry.units.first

    draws, left = [], quantity_units
    for entry in sorted(buffer, key=turn):
        if left == 0:
            break
        taken = min(left, entry.units.quantity_units)
        draws.append(Draw(entry, taken))
        left -= taken
    return draws


def touch(shares: Iterable[RetiredShare], quantity_units: int) -> Sequence[RetiredShare]:
    """The retirements that are touched, in the order given (that of retirement), each by how much."""
    touched, left = [], quantity_units
    for share in shares:
        taken = min(left, share.quantity_units)
        if taken > 0:
            touched.append(RetiredShare(share.retirement_id, share.account_id, taken))
            left -= taken
    return touched


def cover(touched: Iterable[RetiredShare], cancelled: Iterable[UnitRange]) -> Sequence[Covering]:
    """Allot the cancelled units, in order, to the touched retirements until they are used up."""
    ranges, coverings = deque(cancelled), []
    for share in touched:
        left = share.quantity_units
        while left and ranges:
            units = ranges.popleft()
            if units.quantity_units > left:
                units, rest = units.split(left)
                ranges.appendleft(rest)
            coverings.append(Covering(share.retirement_id, units.quantity_units, units))
            left -= units.quantity_units
        if left:
            coverings.append(Covering(share.retirement_id, left, None))
    return coverings


def per_retirement(coverings: Iterable[Covering]) -> Sequence[Touched]:
    """The pieces of each touched retirement added up, once each, in the order given."""
    touched: dict[UUID, int] = {}
    covered: dict[UUID, int] = {}
    for piece in coverings:
        units = piece.touched_units
        touched[piece.retirement_id] = touched.get(piece.retirement_id, 0) + units
        covered[piece.retirement_id] = covered.get(piece.retirement_id, 0) + (
            units if piece.units is not None else 0
        )
    return [Touched(one, units, covered[one]) for one, units in touched.items()]
