"""Cancellation: staff alone, active or buffer units, for ever."""

import pytest

from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account
from domain.credits.cancellation import cancel
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionType,
    EntryChange,
    EntryStatus,
    children_tile_parent,
)
from domain.errors import Forbidden, NotActive
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    VERIFIER,
    entry,
    named,
    new_names,
)


def cancelled(
    before: CreditEntry, quantity_units: int, actor: Account = ADMINISTRATOR
) -> tuple[EntryChange, CreditTransaction]:
    return cancel(
        before,
        quantity_units,
        actor=actor,
        reason="Counted twice.",
        transaction_id=named("t"),
        names=new_names(7, 8),
        at=NOW,
    )


@pytest.mark.parametrize("status", [EntryStatus.ACTIVE, EntryStatus.BUFFER])
def test_a_part_is_cancelled_and_the_remainder_stays_what_it_was(status: EntryStatus) -> None:
    before = entry(status=status, owner_id=REGISTRY_ACCOUNT_ID)

    movement, transaction = cancelled(before, 1)

    assert [e.status for e in movement.opened] == [EntryStatus.CANCELLED, status]
    assert children_tile_parent(before, movement.opened)
    assert (transaction.type, transaction.reason, transaction.recipient_id) == (
        CreditTransactionType.CANCELLATION,
        "Counted twice.",
        None,
    )


def test_a_whole_entry_is_cancelled_under_its_own_serial() -> None:
    movement, _ = cancelled(entry(), 100_000)

    assert (movement.after.status, movement.opened) == (EntryStatus.CANCELLED, ())


@pytest.mark.parametrize("actor", [DEVELOPER, BUYER, VERIFIER])
def test_nobody_but_staff_cancels(actor: Account) -> None:
    with pytest.raises(Forbidden):
        cancelled(entry(), 1, actor)


@pytest.mark.parametrize(
    "status",
    [
        EntryStatus.RETIRED,
        EntryStatus.CANCELLED,
        EntryStatus.SPLIT,
        EntryStatus.TRANSFERRED,
    ],
)
def test_what_is_gone_is_not_cancelled(status: EntryStatus) -> None:
    with pytest.raises(NotActive):
        cancelled(entry(status=status), 1)
