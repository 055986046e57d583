"""
Corrections of issuances: more was issued than there was, the registry says so in public and makes it right.

Of what was issued in error the supplier's own units and the buffer's part are cancelled at once. What was moved or
retired since belongs to others, who stay as they are: as many units are owed by the supplier, by a day. Sources:
ICVCM Core Carbon Principles, tracking (correction of errors, compensation of over-issuance); ADR 0101.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
)
from domain.credits.obligation import REPLACEMENT_PERIOD, Obligation, ObligationStatus
from domain.credits.reversal import Draw
from domain.errors import Fault, Invalid, NotActive, NotCorrectable
from domain.quantities import UnitRange, format_tonnes

ISSUED_IN_ERROR = "Issued in error: "
"""What the public reason of each cancellation of such units begins with, on the chain too."""


@dataclass(frozen=True)
class IssuanceCorrection:
    """
    `quantity_units` (0.01 t) of one vintage of the approval `verification_id` were issued in error; `reason` is public.

    `owed_units` of them had moved on, and are to be replaced by `due_at`; 0, and then None and settled at once, where
    all of them were still there.
    """

    id: UUID
    verification_id: UUID
    project_id: UUID
    vintage: int
    quantity_units: int
    reason: str
    recorded_by: UUID
    recorded_at: datetime
    owed_units: int
    due_at: datetime | None
    status: ObligationStatus
    settled_at: datetime | None = None

    def obligation(self, made_good_units: int) -> Obligation | None:
        """What is owed for it, by the rules of losses (domain.credits.obligation); None: nothing ever was."""
        if self.due_at is None:
            return None
        return Obligation(
            cause_id=self.id,
            quantity_units=self.owed_units,
            due_at=self.due_at,
            status=self.status,
            made_good_units=made_good_units,
            settled_at=self.settled_at,
        )

    def with_obligation(self, obligation: Obligation) -> "IssuanceCorrection":
        return replace(self, status=obligation.status, settled_at=obligation.settled_at)


@dataclass(frozen=True)
class IssuedVintage:
    """What one vintage of an approval became; the buffer's part is None where there was none."""

    units: UnitRange
    buffer_units: UnitRange | None

    @property
    def quantity_units(self) -> int:
        return self.units.quantity_units + self.contributed_units

    @property
    def contributed_units(self) -> int:
        return self.buffer_units.quantity_units if self.buffer_units else 0

    def has(self, entry: CreditEntry) -> bool:
        """Whether the entry's units come of this issuance, released ones of the buffer too."""
        return any(
            one.first <= entry.units.first and entry.units.last <= one.last
            for one in (self.units, self.buffer_units)
            if one is not None
        )


def require_correctable(
    quantity_units: int, issued: IssuedVintage, *, corrected_units: int, actor: Account
) -> None:
    """
    `corrected_units` of the issuance were corrected before.

    Raises:
        Forbidden: the account's role may not.
        Invalid: the quantity is not positive.
        NotCorrectable: more than is left of the issuance.
    """
    actor.require(Permission.CANCEL_CREDITS)
    if quantity_units <= 0:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/quantity", detail))
    if quantity_units > issued.quantity_units - corrected_units:
        detail = (
            f"{format_tonnes(issued.quantity_units)} t were issued and {format_tonnes(corrected_units)} t of them "
            f"corrected before; {format_tonnes(quantity_units)} t cannot have been issued in error."
        )
        raise NotCorrectable(detail, Fault("/quantity", detail))


def draw_in_error(
    quantity_units: int,
    issued: IssuedVintage,
    *,
    held: Iterable[CreditEntry],
    buffer: Iterable[CreditEntry],
    supplier_id: UUID,
) -> Sequence[Draw]:
    """
    Choose what to cancel of the issuance: the buffer gives back its share of the error, the supplier the rest.

    `held` are active entries of the project's vintage, `buffer` are the buffer's; others' are left alone, and those
    that come of other issuances. Each side gives the units issued last first. Less than the quantity may be there.
    """
    share = quantity_units * issued.contributed_units // issued.quantity_units
    draws = list(_take(filter(issued.has, buffer), share))
    given = sum(one.quantity_units for one in draws)
    own = (entry for entry in held if entry.owner_id == supplier_id and issued.has(entry))
    return [*draws, *_take(own, quantity_units - given)]


def _take(entries: Iterable[CreditEntry], quantity_units: int) -> Iterable[Draw]:
    for entry in sorted(entries, key=lambda one: one.units, reverse=True):
        taken = min(quantity_units, entry.units.quantity_units)
        if taken == 0:
            return
        yield Draw(entry, taken)
        quantity_units -= taken


def correct_issuance(
    correction_id: UUID,
    *,
    about: tuple[UUID, UUID, int],
    quantity_units: int,
    cancelled_units: int,
    reason: str,
    actor: Account,
    at: datetime,
    replaced_within: timedelta = REPLACEMENT_PERIOD,
) -> IssuanceCorrection:
    """`about` names approval, project and vintage. What is not cancelled is owed for `replaced_within`."""
    verification_id, project_id, vintage = about
    owed = quantity_units - cancelled_units
    return IssuanceCorrection(
        id=correction_id,
        verification_id=verification_id,
        project_id=project_id,
        vintage=vintage,
        quantity_units=quantity_units,
        reason=reason,
        recorded_by=actor.id,
        recorded_at=at,
        owed_units=owed,
        due_at=at + replaced_within if owed else None,
        status=ObligationStatus.OPEN if owed else ObligationStatus.SETTLED,
        settled_at=None if owed else at,
    )


def cancel_in_error(
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
    Take units away for ever that should not have been issued; the public reason says so.

    Raises:
        Forbidden: the account's role may not.
        NotActive: they are suspended, reserved or gone.
        Invalid, InsufficientCredits.
    """
    actor.require(Permission.CANCEL_CREDITS)
    if entry.status not in {EntryStatus.ACTIVE, EntryStatus.BUFFER}:
        raise NotActive(
            f"{entry.serial} is {entry.status} and is not cancelled as issued in error."
        )
    change = move(entry, quantity_units, becomes=EntryStatus.CANCELLED, names=names, at=at)
    return change, movement(
        change,
        CreditTransactionType.CANCELLATION,
        transaction_id=transaction_id,
        at=at,
        reason=f"{ISSUED_IN_ERROR}{reason}",
    )
