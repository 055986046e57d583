"""
The obligation that an uncovered loss leaves: so much is to be made good by a day.

It is open, overdue once the day has passed, and settled when all of it is made good: by cancelling
other units in the place of those lost (a holder's active ones, or the buffer's), or, once it is
overdue, by cancelling what was suspended. The units that stay suspended are never fewer than what is
still owed, as long as there are any (ADR 0043).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import Account, Permission
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    NewEntry,
    move,
    movement,
    require_active,
    require_holder,
)
from domain.errors import Conflict, Fault
from domain.quantities import format_tonnes

REASON_LENGTH_MAX = 1000

REPLACEMENT_PERIOD = timedelta(days=180)
"""
From the recording until it is overdue: six months, as 17 CCR 95983(c) gives for intentional reversals.

One period for all losses: whether one was avoidable is staff's judgement, and may be appealed.
"""

REMINDER_BEFORE = timedelta(days=30)
"""The supplier is reminded so long before an obligation is due."""


class ObligationStatus(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    SETTLED = "settled"


@dataclass(frozen=True)
class Obligation:
    """
    Of the reversal (or the correction of an issuance, ADR 0101) `cause_id`, which left `quantity_units` (0.01 t) uncovered.

    `made_good_units` of them were cancelled for it since.
    """

    cause_id: UUID
    quantity_units: int
    due_at: datetime
    status: ObligationStatus
    made_good_units: int = 0
    settled_at: datetime | None = None

    @property
    def owed_units(self) -> int:
        return self.quantity_units - self.made_good_units


def obligation_of(
    reversal_id: UUID, *, lost_units: int, covered_units: int, at: datetime
) -> Obligation | None:
    """None when the buffer covered the whole loss."""
    if covered_units >= lost_units:
        return None
    return Obligation(
        cause_id=reversal_id,
        quantity_units=lost_units - covered_units,
        due_at=at + REPLACEMENT_PERIOD,
        status=ObligationStatus.OPEN,
    )


def require_unsettled(obligation: Obligation) -> None:
    """
    Raises:
        Conflict: it is settled.
    """
    if obligation.status is ObligationStatus.SETTLED:
        raise Conflict("This obligation is settled: all of it is made good.")


def require_owed(obligation: Obligation, quantity_units: int) -> None:
    """
    Raises:
        Conflict: it is settled, or less than that is owed.
    """
    require_unsettled(obligation)
    if quantity_units > obligation.owed_units:
        detail = (
            f"{format_tonnes(obligation.owed_units)} t are still owed, "
            f"{format_tonnes(quantity_units)} t cannot be made good."
        )
        raise Conflict(detail, Fault("/quantity", detail))


def require_overdue(obligation: Obligation) -> None:
    """
    Raises:
        Conflict: it is settled, or its day has not passed.
    """
    require_unsettled(obligation)
    if obligation.status is not ObligationStatus.OVERDUE:
        raise Conflict(
            f"This obligation is due {obligation.due_at:%Y-%m-%d}; before, the units in question "
            "stay suspended and can still be replaced."
        )


def make_good(obligation: Obligation, quantity_units: int, *, at: datetime) -> Obligation:
    """
    Count so much as made good; it is settled when nothing is owed any more.

    Raises:
        Conflict: it is settled, or less than that is owed.
    """
    require_owed(obligation, quantity_units)
    settled = quantity_units == obligation.owed_units
    return replace(
        obligation,
        made_good_units=obligation.made_good_units + quantity_units,
        status=ObligationStatus.SETTLED if settled else obligation.status,
        settled_at=at if settled else None,
    )


def fall_overdue(obligation: Obligation) -> Obligation:
    """
    Raises:
        Conflict: it is settled.
    """
    require_unsettled(obligation)
    return replace(obligation, status=ObligationStatus.OVERDUE)


def reinstatable_units(obligation: Obligation, suspended_units: int) -> int:
    """How many suspended units are more than what is owed: so many become active again."""
    return max(suspended_units - obligation.owed_units, 0)


def replace_lost(
    entry: CreditEntry,
    quantity_units: int,
    *,
    actor: Account,
    reason: str,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Cancel units in the place of those lost: one's own active ones; staff also anybody's and the buffer's.

    Raises:
        Forbidden: somebody else holds the entry, or the account's role may not.
        NotActive: it is gone, or suspended itself.
        Invalid, InsufficientCredits.
    """
    if entry.status is EntryStatus.BUFFER or actor.may(Permission.CANCEL_CREDITS):
        actor.require(Permission.CANCEL_CREDITS)
    else:
        actor.require(Permission.MAKE_GOOD)
        require_holder(entry, actor.acts_for)
    if entry.status is not EntryStatus.BUFFER:
        require_active(entry)
    change = move(entry, quantity_units, becomes=EntryStatus.CANCELLED, names=names, at=at)
    return change, movement(
        change,
        CreditTransactionType.CANCELLATION,
        transaction_id=transaction_id,
        at=at,
        reason=reason,
    )
