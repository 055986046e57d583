"""An approval becomes credits: exactly the quantity approved, for the project's developer."""

import pytest

from domain.credits.issuance import issue
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
    NewEntry,
)
from domain.errors import Conflict
from domain.identifiers import Serial
from domain.projects.verification import Verification
from domain.quantities import UnitRange
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    after,
    approved,
    in_review,
    named,
    pending,
    rejected,
)

NAME = NewEntry(named("entry"), Serial(2024, 1, 1))
UNITS = UnitRange(501, 100_500)
NOT_APPROVED = "Credits are issued for an approved verification only."


def issuing(
    verification: Verification, *, name: NewEntry = NAME, units: UnitRange = UNITS
) -> tuple[CreditEntry, CreditTransaction]:
    return issue(
        verification,
        name=name,
        transaction_id=named("issuance"),
        units=units,
        at=after(days=1),
    )


def test_an_approval_becomes_one_active_entry_of_the_developers() -> None:
    entry, transaction = issuing(approved())

    assert entry == CreditEntry(
        id=NAME.id,
        serial=NAME.serial,
        project_id=named("project"),
        owner_id=DEVELOPER.id,
        units=UNITS,
        status=EntryStatus.ACTIVE,
        issued_at=after(days=1),
        last_action_at=after(days=1),
    )
    assert transaction == CreditTransaction(
        id=named("issuance"),
        type=CreditTransactionType.ISSUANCE,
        entry_id=NAME.id,
        result_entry_id=NAME.id,
        sender_id=None,
        recipient_id=DEVELOPER.id,
        units=UNITS,
        status=CreditTransactionStatus.COMPLETED,
        created_at=after(days=1),
        completed_at=after(days=1),
        verification_id=approved().id,
        vintage=2024,
    )


@pytest.mark.parametrize("verification", [pending(), in_review(), rejected()])
def test_credits_are_issued_for_approvals_only(verification: Verification) -> None:
    with pytest.raises(Conflict) as refused:
        issuing(verification)

    assert refused.value.detail == NOT_APPROVED


def test_credits_wait_for_the_second_pair_of_eyes() -> None:
    with pytest.raises(Conflict) as refused:
        issuing(approved(needs_countersignature=True))

    assert refused.value.detail == "This approval waits for a countersignature."


def test_credits_are_issued_once_the_second_pair_of_eyes_has_seen() -> None:
    countersigned = approved(
        needs_countersignature=True, countersigned_by=ADMINISTRATOR.id, countersigned_at=NOW
    )

    assert issuing(countersigned) == issuing(approved())


@pytest.mark.parametrize(
    ("name", "units"),
    [
        (NAME, UnitRange(501, 100_501)),
        (NAME, UnitRange(501, 100_499)),
        (NewEntry(NAME.id, Serial(2023, 1, 1)), UNITS),
    ],
)
def test_what_is_issued_is_what_was_approved(name: NewEntry, units: UnitRange) -> None:
    with pytest.raises(Conflict) as refused:
        issuing(approved(), name=name, units=units)

    assert refused.value.detail == "The units set aside are not those that were approved."
