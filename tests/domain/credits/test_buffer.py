"""The buffer: how much of an issuance goes into it, and who may let it out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.buffer import contribute, contribution_units, release
from domain.credits.ledger import (
    CreditEntry,
    CreditTransactionType,
    EntryStatus,
    children_tile_parent,
)
from domain.errors import Conflict, Forbidden, NotActive
from domain.quantities import UnitRange
from tests.factories import ADMINISTRATOR, DEVELOPER, NOW, approved, entry, named, new_names

NAMES = new_names(7, 8)


def in_buffer() -> CreditEntry:
    return entry(status=EntryStatus.BUFFER, owner_id=REGISTRY_ACCOUNT_ID)


@pytest.mark.parametrize(
    ("quantity_units", "percent", "expected"),
    [(100_000, "10", 10_000), (1_001, "10", 101), (1, "10", 0), (2, "99.9", 1), (3, "0.01", 1)],
)
def test_a_contribution_is_rounded_up_but_never_takes_everything(
    quantity_units: int, percent: str, expected: int
) -> None:
    assert contribution_units(quantity_units, Decimal(percent)) == expected


@given(st.integers(1, 10**15), st.decimals(0, 99, places=3))
def test_the_developer_always_receives_something(quantity_units: int, percent: Decimal) -> None:
    held_back = contribution_units(quantity_units, percent)

    assert 0 <= held_back < quantity_units
    assert held_back >= quantity_units * percent / 100 or held_back == quantity_units - 1


def test_a_contribution_is_an_entry_of_the_registrys_own_without_a_parent() -> None:
    units = UnitRange(91, 100)

    contributed, transaction = contribute(
        approved(), name=NAMES[0], transaction_id=named("t"), units=units, at=NOW
    )

    assert (contributed.status, contributed.owner_id, contributed.parent_id) == (
        EntryStatus.BUFFER,
        REGISTRY_ACCOUNT_ID,
        None,
    )
    assert (transaction.type, transaction.units, transaction.verification_id) == (
        CreditTransactionType.BUFFER_CONTRIBUTION,
        units,
        approved().id,
    )


def test_a_part_released_is_the_developers_and_the_rest_stays_in_the_buffer() -> None:
    before = in_buffer()

    movement, transaction = release(
        before,
        100,
        actor=ADMINISTRATOR,
        supplier_id=DEVELOPER.id,
        reason="Ten years without a loss.",
        transaction_id=named("t"),
        names=NAMES,
        at=NOW,
    )

    assert [(e.status, e.owner_id) for e in movement.opened] == [
        (EntryStatus.ACTIVE, DEVELOPER.id),
        (EntryStatus.BUFFER, REGISTRY_ACCOUNT_ID),
    ]
    assert children_tile_parent(before, movement.opened)
    assert (transaction.type, transaction.reason) == (
        CreditTransactionType.BUFFER_RELEASE,
        "Ten years without a loss.",
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"actor": DEVELOPER}, Forbidden),
        ({"entry": entry()}, NotActive),
        ({"supplier_id": REGISTRY_ACCOUNT_ID}, Conflict),
    ],
)
def test_a_release_is_refused(changes: dict[str, Any], refusal: type[Exception]) -> None:
    asked: dict[str, Any] = {
        "entry": in_buffer(),
        "quantity_units": 100,
        "actor": ADMINISTRATOR,
        "supplier_id": DEVELOPER.id,
        "reason": "-",
        "transaction_id": named("t"),
        "names": NAMES,
        "at": NOW,
    }

    with pytest.raises(refusal):
        release(**asked | changes)
