"""Transfer: credits change hands, whole or in part."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import NO_ORGANISATION_ID, Account, Permission
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
from domain.errors import Fault, Invalid, RecipientUnavailable


def require_recipient(recipient: Account | None, *, sender_id: UUID, at: datetime) -> Account:
    """
    Raises:
        RecipientUnavailable: no such account, or it is locked, unverified, or its role holds no credits.
        Invalid: the recipient is the sender.
    """
    if recipient is not None and recipient.acts_for == sender_id:
        detail = "Credits cannot be transferred to oneself."
        raise Invalid(detail, Fault("/recipientId", detail))
    if (
        recipient is None
        or recipient.acts_for == NO_ORGANISATION_ID
        or not recipient.email_verified
        or recipient.is_locked(at=at)
        or not recipient.may(Permission.HOLD_CREDITS)
    ):
        detail = "That account cannot receive credits."
        raise RecipientUnavailable(detail, Fault("/recipientId", detail))
    return recipient


def transfer(
    entry: CreditEntry,
    quantity_units: int,
    *,
    sender: Account,
    recipient: Account | None,
    transaction_id: UUID,
    names: Sequence[NewEntry],
    at: datetime,
    reserved_for: UUID | None = None,
) -> tuple[EntryChange, CreditTransaction]:
    """
    Move units to another account; they are active there, under a new serial.

    `reserved_for` is the account that a reserved entry is set aside for: it goes there, whole.

    Raises:
        Forbidden: the sender does not hold the entry, or the role may not.
        Invalid, RecipientUnavailable, NotActive, InsufficientCredits.
    """
    sender.require(Permission.HOLD_CREDITS)
    require_holder(entry, sender.acts_for)
    is_reserved = entry.status is EntryStatus.RESERVED
    if not is_reserved:
        require_active(entry)
    receiving = require_recipient(recipient, sender_id=sender.acts_for, at=at)
    if is_reserved and receiving.acts_for != reserved_for:
        require_active(entry)
    change = move(
        entry,
        quantity_units,
        becomes=EntryStatus.TRANSFERRED,
        new_holder_id=receiving.acts_for,
        names=names,
        at=at,
    )
    return change, movement(
        change,
        CreditTransactionType.TRANSFER,
        transaction_id=transaction_id,
        at=at,
        recipient_id=receiving.acts_for,
    )
