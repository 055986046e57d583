"""What an uncovered loss blocks, and how it is made good."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account
from domain.credits.cancellation import cancel
from domain.credits.ledger import CreditEntry, CreditTransactionType, EntryStatus, require_active
from domain.credits.obligation import (
    REPLACEMENT_PERIOD,
    Obligation,
    ObligationStatus,
    fall_overdue,
    make_good,
    obligation_of,
    reinstatable_units,
    replace_lost,
    require_overdue,
)
from domain.credits.reversal import Reversal
from domain.credits.suspension import cancel_suspended, pro_rata, reinstate, suspend
from domain.errors import Conflict, Forbidden, NotActive, Refusal
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    entry,
    named,
    new_names,
)

LOSS = Reversal(
    id=named("loss"),
    project_id=named("project"),
    vintage=2024,
    quantity_units=6_000,
    cause="A fire.",
    avoidable=False,
    recorded_by=ADMINISTRATOR.id,
    recorded_at=NOW,
)
OWED = Obligation(LOSS.id, 6_000, NOW + REPLACEMENT_PERIOD, ObligationStatus.OPEN)
SUSPENDED = entry(1, 100, status=EntryStatus.SUSPENDED, suspended_for=LOSS.id)
BUFFERED = entry(1, 100, status=EntryStatus.BUFFER, owner_id=REGISTRY_ACCOUNT_ID)


def entries(*lengths: int) -> list[CreditEntry]:
    """Active ones, one after the other."""
    firsts = [1 + sum(lengths[:index]) for index in range(len(lengths))]
    return [entry(f, f + n - 1) for f, n in zip(firsts, lengths, strict=True)]


def how(names: tuple[int, ...] = (7, 8), **more: Any) -> dict[str, Any]:
    return {"transaction_id": named("t"), "names": new_names(*names), "at": NOW, **more}


@pytest.mark.parametrize(
    ("held", "lost", "taken"),
    [
        ((100,), 60, {1: 60}),
        ((100, 100), 100, {1: 50, 101: 50}),
        ((70, 30), 60, {1: 42, 71: 18}),
        # Two fractions of a half: the lower numbers come first.
        ((1, 1), 1, {1: 1}),
        # 2/3 of a unit each for two of three.
        ((1, 1, 1), 2, {1: 1, 2: 1}),
        # The largest fraction, 0.9, comes before the lowest numbers.
        ((1, 9), 1, {2: 1}),
        ((10, 20), 1_000, {1: 10, 11: 20}),
        ((), 5, {}),
        ((10,), 0, {}),
    ],
)
def test_a_loss_is_spread_pro_rata_and_the_largest_fractions_give_one_more(
    held: tuple[int, ...], lost: int, taken: dict[int, int]
) -> None:
    drawn = pro_rata(entries(*held)[::-1], lost)

    assert {one.entry.units.first: one.quantity_units for one in drawn} == taken


@given(st.lists(st.integers(1, 10**12), max_size=8), st.integers(0, 10**13))
def test_shares_add_up_and_are_within_one_unit_of_exact(held: list[int], lost: int) -> None:
    drawn = pro_rata(entries(*held), lost)

    assert sum(one.quantity_units for one in drawn) == min(lost, sum(held))
    for one in drawn:
        exact = min(lost, sum(held)) * one.entry.units.quantity_units
        assert abs(one.quantity_units * sum(held) - exact) < sum(held)


@pytest.mark.parametrize("units", [40, 100])
def test_suspended_units_stay_with_their_holder_and_name_the_loss(units: int) -> None:
    before = entry(1, 100, owner_id=BUYER.id)

    change, transaction = suspend(before, units, actor=ADMINISTRATOR, reversal=LOSS, **how())

    blocked = change.moved
    assert (blocked.status, blocked.suspended_for) == (EntryStatus.SUSPENDED, LOSS.id)
    assert (blocked.owner_id, blocked.units.last) == (BUYER.id, units)
    assert {rest.suspended_for for rest in change.opened if rest is not blocked} <= {None}
    assert (transaction.type, transaction.sender_id, transaction.recipient_id) == (
        CreditTransactionType.SUSPENSION,
        BUYER.id,
        BUYER.id,
    )
    assert transaction.reason == LOSS.cause


@pytest.mark.parametrize("units", [40, 100])
def test_a_reinstated_part_is_active_and_the_rest_stays_suspended(units: int) -> None:
    change, transaction = reinstate(SUSPENDED, units, reason="Made good.", **how())

    assert (change.moved.status, change.moved.suspended_for) == (EntryStatus.ACTIVE, None)
    rest = [(one.status, one.suspended_for) for one in change.opened if one is not change.moved]
    assert rest == [(EntryStatus.SUSPENDED, LOSS.id)] * (units < 100)
    assert transaction.type is CreditTransactionType.REINSTATEMENT


def test_what_is_cancelled_for_the_loss_still_names_it() -> None:
    change, _ = cancel_suspended(
        SUSPENDED, 100, actor=ADMINISTRATOR, reason="Nobody made it good.", **how()
    )

    assert (change.moved.status, change.moved.suspended_for) == (EntryStatus.CANCELLED, LOSS.id)


def test_nobody_moves_what_is_suspended_but_with_its_obligation() -> None:
    with pytest.raises(NotActive, match="lost and is not yet made good"):
        require_active(SUSPENDED)
    with pytest.raises(NotActive, match="with the loss's obligation"):
        cancel(SUSPENDED, 1, actor=ADMINISTRATOR, reason="Double counted.", **how())
    with pytest.raises(NotActive):
        suspend(SUSPENDED, 1, actor=ADMINISTRATOR, reversal=LOSS, **how())
    with pytest.raises(NotActive, match="is active and not suspended"):
        reinstate(entry(), 1, reason="Made good.", **how())


def test_what_the_buffer_covers_is_not_owed() -> None:
    assert obligation_of(LOSS.id, lost_units=100, covered_units=100, at=NOW) is None
    assert obligation_of(LOSS.id, lost_units=6_100, covered_units=100, at=NOW) == OWED


def test_an_obligation_is_settled_by_its_last_unit_and_by_no_more() -> None:
    almost = make_good(OWED, 5_999, at=NOW)
    assert (almost.owed_units, almost.status, almost.settled_at) == (1, ObligationStatus.OPEN, None)
    with pytest.raises(Conflict, match=r"0\.01 t are still owed, 0\.02 t cannot"):
        make_good(almost, 2, at=NOW)

    settled = make_good(fall_overdue(almost), 1, at=NOW)

    assert (settled.status, settled.settled_at) == (ObligationStatus.SETTLED, NOW)
    for step in (
        lambda: make_good(settled, 1, at=NOW),
        lambda: fall_overdue(settled),
        lambda: require_overdue(settled),
    ):
        with pytest.raises(Conflict, match="settled"):
            step()


def test_units_are_given_up_for_lost_only_once_the_day_has_passed() -> None:
    with pytest.raises(Conflict, match=f"due {NOW + timedelta(days=180):%Y-%m-%d}"):
        require_overdue(OWED)
    require_overdue(fall_overdue(OWED))


@pytest.mark.parametrize(
    ("suspended", "owed", "free"),
    [(6_000, 6_000, 0), (6_000, 3_500, 2_500), (1_000, 6_000, 0), (1_000, 0, 1_000)],
)
def test_no_fewer_stay_suspended_than_are_owed(suspended: int, owed: int, free: int) -> None:
    assert reinstatable_units(replace(OWED, made_good_units=6_000 - owed), suspended) == free


def replaced(subject: CreditEntry, actor: Account) -> EntryStatus:
    change, _ = replace_lost(subject, 50, actor=actor, reason="For the fire.", **how())
    return change.moved.status


@pytest.mark.parametrize(
    ("subject", "actor"),
    [
        pytest.param(entry(), DEVELOPER, id="one's own"),
        pytest.param(entry(), ADMINISTRATOR, id="anybody's, by staff"),
        pytest.param(BUFFERED, ADMINISTRATOR, id="the buffer's, by staff"),
    ],
)
def test_what_may_stand_for_lost_units(subject: CreditEntry, actor: Account) -> None:
    assert replaced(subject, actor) is EntryStatus.CANCELLED


@pytest.mark.parametrize(
    ("subject", "actor", "refusal"),
    [
        pytest.param(entry(), OTHER_DEVELOPER, Forbidden, id="somebody else's"),
        pytest.param(BUFFERED, DEVELOPER, Forbidden, id="the buffer's, by a supplier"),
        pytest.param(SUSPENDED, DEVELOPER, NotActive, id="suspended itself"),
        pytest.param(
            entry(status=EntryStatus.RETIRED), ADMINISTRATOR, NotActive, id="retired already"
        ),
    ],
)
def test_what_may_not(subject: CreditEntry, actor: Account, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        replaced(subject, actor)
