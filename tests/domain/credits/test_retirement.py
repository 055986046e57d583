"""Retirement: units leave circulation for ever, in somebody's name."""

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
from domain.credits.retirement import LINES_MAX, fill_lines, require_lines, retire
from domain.errors import Fault, Forbidden, InsufficientCredits, Invalid, NotActive
from domain.identifiers import Serial
from domain.quantities import UnitRange
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    OTHER_BUYER,
    VERIFIER,
    after,
    entry,
    named,
    new_names,
    retirement,
)


def retiring(
    subject: CreditEntry, quantity_units: int = 30_000, *, holder: Account = DEVELOPER
) -> tuple[EntryChange, CreditTransaction]:
    return retire(
        subject,
        quantity_units,
        holder=holder,
        retirement=retirement(quantity_units=quantity_units),
        transaction_id=named("transaction"),
        names=new_names(2, 3),
        at=after(days=1),
    )


def test_a_retirement_takes_units_out_and_names_itself() -> None:
    movement, transaction = retiring(entry())

    assert movement == move(
        entry(), 30_000, becomes=EntryStatus.RETIRED, names=new_names(2, 3), at=after(days=1)
    )
    assert transaction == CreditTransaction(
        id=named("transaction"),
        type=CreditTransactionType.RETIREMENT,
        entry_id=entry().id,
        result_entry_id=new_names(2)[0].id,
        sender_id=DEVELOPER.id,
        recipient_id=None,
        units=UnitRange(1, 30_000),
        status=CreditTransactionStatus.COMPLETED,
        created_at=after(days=1),
        completed_at=after(days=1),
        retirement_id=retirement().id,
    )


def test_a_whole_entry_is_retired_under_its_own_serial() -> None:
    movement, transaction = retiring(entry(), 100_000)

    assert (movement.opened, movement.moved.serial) == ((), entry().serial)
    assert transaction.entry_id == transaction.result_entry_id == entry().id


def test_a_retired_credit_cannot_be_retired_again() -> None:
    movement, _ = retiring(entry(), 100_000)

    with pytest.raises(NotActive):
        retiring(movement.moved, 1)


@pytest.mark.parametrize("holder", [BUYER, OTHER_BUYER, VERIFIER, ADMINISTRATOR])
def test_nobody_but_the_holder_retires_credits(holder: Account) -> None:
    with pytest.raises(Forbidden):
        retiring(entry(), holder=holder)


def test_a_role_that_holds_no_credits_retires_none_even_if_it_had_some() -> None:
    with pytest.raises(Forbidden):
        retiring(entry(owner_id=VERIFIER.id), holder=VERIFIER)


def test_more_than_is_held_cannot_be_retired() -> None:
    with pytest.raises(InsufficientCredits):
        retiring(entry(), 100_001)


@pytest.mark.parametrize("quantity_units", [0, -1])
def test_less_than_the_smallest_unit_cannot_be_retired(quantity_units: int) -> None:
    with pytest.raises(Invalid):
        retiring(entry(), quantity_units)


def test_all_faults_of_the_lines_are_told_at_once() -> None:
    first, second = Serial.parse("KRB-2024-001-000001"), Serial.parse("KRB-2024-001-000002")

    with pytest.raises(Invalid) as refused:
        require_lines([(first, 100), (second, 0), (first, -1)])

    assert refused.value.faults == (
        Fault("/lines/2/serial", "KRB-2024-001-000001 is named twice; put its quantities together"),
        Fault("/lines/1/quantity", "Quantity must be a positive number"),
        Fault("/lines/2/quantity", "Quantity must be a positive number"),
    )


HELD = [entry(1, 100, serial=Serial(2024, 1, 1)), entry(101, 350, serial=Serial(2024, 1, 2))]


@pytest.mark.parametrize(
    ("quantity_units", "lines"),
    [
        (1, [(Serial(2024, 1, 1), 1)]),
        (100, [(Serial(2024, 1, 1), 100)]),
        (101, [(Serial(2024, 1, 1), 100), (Serial(2024, 1, 2), 1)]),
        (350, [(Serial(2024, 1, 1), 100), (Serial(2024, 1, 2), 250)]),
    ],
)
def test_a_quantity_is_taken_from_entries_in_their_order(
    quantity_units: int, lines: list[tuple[Serial, int]]
) -> None:
    assert fill_lines(HELD, quantity_units) == lines


def test_what_they_do_not_hold_or_too_many_of_them_is_refused() -> None:
    small = [entry(n, n, serial=Serial(2024, 1, n)) for n in range(1, LINES_MAX + 2)]

    with pytest.raises(InsufficientCredits, match=r"3\.50 t are active, 3\.51 t were asked for"):
        fill_lines(HELD, 351)
    with pytest.raises(Invalid, match=r"more than 20 entries: 0\.20 t can be retired at once"):
        fill_lines(small, LINES_MAX + 1)
    with pytest.raises(Invalid, match="positive"):
        fill_lines(HELD, 0)
    assert len(fill_lines(small, LINES_MAX)) == LINES_MAX
