"""
Suspension: what a loss leaves uncovered blocks units of the project until it is made good.

Which units: those of the active entries of the project (and vintage), whoever holds them, pro rata by
largest remainder. Of each entry the part is taken by a split, lowest numbers first, as in every move.
They cannot be transferred or retired. Source: ADR 0043.
"""

from collections.abc import Sequence
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
)
from domain.credits.reversal import Draw, Reversal
from domain.errors import NotActive


def pro_rata(entries: Sequence[CreditEntry], quantity_units: int) -> Sequence[Draw]:
    """
    Spread a quantity over entries by largest remainder; all of them when they hold no more.

    Each entry gives the whole part of its share. The units left over go one each to those with the
    largest fractions, and among equal ones to the lowest unit numbers. Entries that give nothing are
    left out; the order is that of the units.
    """
    held_units = sum(entry.units.quantity_units for entry in entries)
    wanted = min(quantity_units, held_units)
    if wanted <= 0:
        return []
    in_order = sorted(entries, key=lambda entry: entry.units)
    shares = [divmod(wanted * entry.units.quantity_units, held_units) for entry in in_order]
    left_over = wanted - sum(whole for whole, _ in shares)
    by_fraction = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
    one_more = set(by_fraction[:left_over])
    drawn = (
        Draw(entry, whole + (index in one_more))
        for index, (entry, (whole, _)) in enumerate(zip(in_order, shares, strict=True))
    )
    return [one for one in drawn if one.quantity_units > 0]


def suspend(
    entry: CreditEntry,
    quantity_units: int,
    *,
    actor: Account,
    reversal: Reversal,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Block units of an active entry for a loss; they stay with their holder. The cause is the reason.

    Raises:
        Forbidden: the account's role may not.
        Invalid, NotActive, InsufficientCredits.
    """
    actor.require(Permission.CANCEL_CREDITS)
    require_active(entry)
    change = move(
        entry,
        quantity_units,
        becomes=EntryStatus.SUSPENDED,
        suspended_for=reversal.id,
        names=names,
        at=at,
    )
    kind = CreditTransactionType.SUSPENSION
    return change, _stays_with_holder(kind, change, transaction_id, reversal.cause, at)


def reinstate(
    entry: CreditEntry,
    quantity_units: int,
    *,
    reason: str,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Make suspended units active again, because others were cancelled in their place.

    Raises:
        NotActive: the entry is not suspended.
        Invalid, InsufficientCredits.
    """
    _require_suspended(entry)
    change = move(entry, quantity_units, becomes=EntryStatus.ACTIVE, names=names, at=at)
    kind = CreditTransactionType.REINSTATEMENT
    return change, _stays_with_holder(kind, change, transaction_id, reason, at)


def cancel_suspended(
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
    Take suspended units away for ever, because nothing took their place.

    Raises:
        Forbidden: the account's role may not.
        NotActive: the entry is not suspended.
        Invalid, InsufficientCredits.
    """
    actor.require(Permission.CANCEL_CREDITS)
    _require_suspended(entry)
    change = move(entry, quantity_units, becomes=EntryStatus.CANCELLED, names=names, at=at)
    return change, movement(
        change,
        CreditTransactionType.CANCELLATION,
        transaction_id=transaction_id,
        at=at,
        reason=reason,
    )


def _require_suspended(entry: CreditEntry) -> None:
    if entry.status is not EntryStatus.SUSPENDED:
        raise NotActive(f"{entry.serial} is {entry.status} and not suspended.")


def _stays_with_holder(
    kind: CreditTransactionType,
    change: EntryChange,
    transaction_id: UUID,
    reason: str,
    at: datetime,
) -> CreditTransaction:
    """Sender and recipient are the holder: the units change their state and not their hands."""
    holder_id = change.before.owner_id
    return movement(
        change, kind, transaction_id=transaction_id, at=at, recipient_id=holder_id, reason=reason
    )
