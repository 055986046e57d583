"""Retirement: units leave circulation, for ever, in somebody's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
from domain.errors import Fault, InsufficientCredits, Invalid
from domain.identifiers import Serial
from domain.quantities import format_tonnes

LINES_MAX = 20
"""Entries in one retirement: its certificate quotes a chain record for each, and stays below 1 MB."""
PURPOSE_LENGTH_MAX = 200
BENEFICIARY_NAME_LENGTH_MAX = 200


@dataclass(frozen=True)
class Beneficiary:
    """On whose behalf: a legal name and an ISO 3166-1 alpha-3 country; public, on the certificate."""

    name: str
    country: str
    identifier: str | None = None


@dataclass(frozen=True)
class Retirement:
    """`beneficiary` None means explicitly undisclosed. `reason` goes to a public chain for ever."""

    id: UUID
    account_id: UUID
    quantity_units: int
    beneficiary: Beneficiary | None
    purpose: str
    reason: str
    retired_at: datetime


def require_lines(lines: Sequence[tuple[Serial, int]]) -> None:
    """
    `lines` are serials, each with its quantity in units of 0.01 t.

    Raises:
        Invalid: no line, too many, a quantity below one unit, or two lines that name one entry;
            each is a fault.
    """
    if not 0 < len(lines) <= LINES_MAX:
        detail = f"A retirement has 1 to {LINES_MAX} lines"
        raise Invalid(detail, Fault("/lines", detail))
    serials = [serial for serial, _ in lines]
    faults = [
        Fault(f"/lines/{index}/serial", f"{serial} is named twice; put its quantities together")
        for index, serial in enumerate(serials)
        if serial in serials[:index]
    ] + [
        Fault(f"/lines/{index}/quantity", "Quantity must be a positive number")
        for index, (_, quantity_units) in enumerate(lines)
        if quantity_units < 1
    ]
    if faults:
        raise Invalid(faults[0].detail, *faults)


def fill_lines(entries: Sequence[CreditEntry], quantity_units: int) -> Sequence[tuple[Serial, int]]:
    """
    Which of `entries`, in their order, a quantity in units of 0.01 t is taken from: of the last one a part.

    Raises:
        InsufficientCredits: they hold less.
        Invalid: it would take more than `LINES_MAX` of them, or is no quantity.
    """
    if quantity_units < 1:
        detail = "Quantity must be a positive number"
        raise Invalid(detail, Fault("/quantity", detail))
    lines, left = [], quantity_units
    for entry in entries:
        taken = min(left, entry.units.quantity_units)
        if taken:
            lines.append((entry.serial, taken))
        left -= taken
    if left:
        held = format_tonnes(quantity_units - left)
        detail = f"Of this {held} t are active, {format_tonnes(quantity_units)} t were asked for."
        raise InsufficientCredits(detail, Fault("/quantity", detail))
    if len(lines) > LINES_MAX:
        most = format_tonnes(sum(units for _, units in lines[:LINES_MAX]))
        detail = f"It takes more than {LINES_MAX} entries: {most} t can be retired at once."
        raise Invalid(detail, Fault("/quantity", detail))
    return lines


def retire(
    entry: CreditEntry,
    quantity_units: int,
    *,
    holder: Account,
    retirement: Retirement,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Take units out of circulation; a partial retirement leaves the remainder active.

    Raises:
        Forbidden: the account does not hold the entry, or its role may not.
        Invalid, NotActive, InsufficientCredits.
    """
    holder.require(Permission.HOLD_CREDITS)
    require_holder(entry, holder.acts_for)
    require_active(entry)
    change = move(entry, quantity_units, becomes=EntryStatus.RETIRED, names=names, at=at)
    return change, movement(
        change,
        CreditTransactionType.RETIREMENT,
        transaction_id=transaction_id,
        at=at,
        retirement_id=retirement.id,
    )
