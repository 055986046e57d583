"""Cancellation: staff take units away for ever, and say why."""

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
)
from domain.errors import NotActive


def cancel(
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
    Take units out of an active or buffer entry for ever; a part leaves the remainder as it was.

    `reason` is public, and so is the transaction it is written on.

    Raises:
        Forbidden: the account's role may not.
        NotActive: it is gone; or it is suspended, and ends with its obligation (domain.credits.suspension).
        Invalid, InsufficientCredits.
    """
    actor.require(Permission.CANCEL_CREDITS)
    if entry.status is EntryStatus.SUSPENDED:
        raise NotActive(
            f"{entry.serial} is suspended for a loss; it is cancelled with the loss's obligation."
        )
    change = move(entry, quantity_units, becomes=EntryStatus.CANCELLED, names=names, at=at)
    return change, movement(
        change,
        CreditTransactionType.CANCELLATION,
        transaction_id=transaction_id,
        at=at,
        reason=reason,
    )
