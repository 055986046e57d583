"""Credits change hands: from whoever holds them, to an account that can hold them."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.accounts.roles import Account
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    move,
)
from domain.credits.transfer import transfer
from domain.errors import (
    Fault,
    Forbidden,
    InsufficientCredits,
    Invalid,
    NotActive,
    RecipientUnavailable,
)
from domain.quantities import UnitRange
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_BUYER,
    VERIFIER,
    after,
    entry,
    named,
    new_names,
)


def transferring(
    subject: CreditEntry,
    quantity_units: int = 30_000,
    *,
    sender: Account = DEVELOPER,
    recipient: Account | None = BUYER,
) -> tuple[EntryChange, CreditTransaction]:
    return transfer(
        subject,
        quantity_units,
        sender=sender,
        recipient=recipient,
        transaction_id=named("transfer"),
        names=new_names(2, 3),
        at=after(days=1),
    )


def test_a_transfer_moves_units_and_says_from_whom_to_whom() -> None:
    movement, transaction = transferring(entry())

    assert movement == move(
        entry(),
        30_000,
        becomes=EntryStatus.TRANSFERRED,
        new_holder_id=BUYER.id,
        names=new_names(2, 3),
        at=after(days=1),
    )
    assert transaction == CreditTransaction(
        id=named("transfer"),
        type=CreditTransactionType.TRANSFER,
        entry_id=entry().id,
        result_entry_id=new_names(2)[0].id,
        sender_id=DEVELOPER.id,
        recipient_id=BUYER.id,
        units=UnitRange(1, 30_000),
        status=CreditTransactionStatus.COMPLETED,
        created_at=after(days=1),
        completed_at=after(days=1),
    )


def test_credits_cannot_be_transferred_to_oneself() -> None:
    with pytest.raises(Invalid) as refused:
        transferring(entry(), recipient=DEVELOPER)

    assert refused.value.faults == (
        Fault("/recipientId", "Credits cannot be transferred to oneself."),
    )


@pytest.mark.parametrize(
    "recipient",
    [
        None,
        replace(BUYER, email_verified=False),
        replace(BUYER, locked_until=after(days=2)),
        VERIFIER,
        ADMINISTRATOR,
    ],
)
def test_an_account_that_cannot_hold_credits_receives_none(recipient: Account | None) -> None:
    """All in the same words, so that nobody learns from them which accounts exist."""
    with pytest.raises(RecipientUnavailable) as refused:
        transferring(entry(), recipient=recipient)

    assert refused.value.detail == "That account cannot receive credits."


def test_an_account_whose_lock_has_ended_receives_credits() -> None:
    movement, _ = transferring(entry(), recipient=replace(BUYER, locked_until=NOW))

    assert movement.moved.owner_id == BUYER.id


@pytest.mark.parametrize("sender", [OTHER_BUYER, VERIFIER, ADMINISTRATOR])
def test_nobody_but_the_holder_gives_credits_away(sender: Account) -> None:
    with pytest.raises(Forbidden):
        transferring(entry(), sender=sender)


def test_a_role_that_holds_no_credits_gives_none_even_if_it_had_some() -> None:
    with pytest.raises(Forbidden):
        transferring(entry(owner_id=VERIFIER.id), sender=VERIFIER)


@pytest.mark.parametrize("status", [s for s in EntryStatus if s is not EntryStatus.ACTIVE])
def test_a_credit_that_is_not_active_cannot_be_sold(status: EntryStatus) -> None:
    with pytest.raises(NotActive):
        transferring(entry(status=status))


def test_more_than_is_held_cannot_be_sold() -> None:
    with pytest.raises(InsufficientCredits):
        transferring(entry(), 100_001)


def test_what_was_received_is_the_recipients_to_give() -> None:
    movement, _ = transferring(entry(), 100_000)

    onward, _ = transferring(movement.moved, 100_000, sender=BUYER, recipient=OTHER_BUYER)

    owners: list[UUID] = [movement.before.owner_id, movement.moved.owner_id, onward.moved.owner_id]
    assert owners == [DEVELOPER.id, BUYER.id, OTHER_BUYER.id]
