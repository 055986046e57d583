"""Who validates a project's design, what an opinion is bound to, and which carries the first approval."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.accounts.roles import Account
from domain.errors import Refusal
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import Assurance, Opinion
from domain.projects.assurance.validation import (
    ValidationOpinion,
    ValidationTerms,
    name_validator,
    require_validated,
    standing_opinion,
    write_validation,
)
from domain.projects.verification import MonitoringPeriod, Verification
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_VERIFIER,
    VERIFIER,
    approved,
    in_review,
    named,
    pending,
)

LATER = NOW + timedelta(days=1)
ROUND = in_review()
MONITORED = replace(
    ROUND, number=2, monitoring_period=MonitoringPeriod(date(2024, 1, 1), date(2024, 12, 31))
)
TERMS = ValidationTerms(
    "The plant.", "Rot.", "It loses money.", "Each batch.", Assurance.REASONABLE, Opinion.POSITIVE
)
DOUBTED = replace(TERMS, opinion=Opinion.ADVERSE)
OTHER = RoundAssignment(ROUND.id, RoundTask.VALIDATION, OTHER_VERIFIER.id, ADMINISTRATOR.id, NOW)


def written(terms: ValidationTerms = TERMS, by: Account = VERIFIER) -> ValidationOpinion:
    return ValidationOpinion(named("opinion"), ROUND.id, 1, terms, "A body", None, by.id, NOW)


def outcome(act: Any) -> str | None:
    try:
        act()
    except Refusal as refused:
        return type(refused).__name__ + "".join(f" {fault.pointer}" for fault in refused.faults)
    return None


@pytest.mark.parametrize(
    ("round", "validator", "actor", "told"),
    [
        (ROUND, OTHER_VERIFIER, ADMINISTRATOR, None),
        (pending(), VERIFIER, ADMINISTRATOR, None),
        (ROUND, OTHER_VERIFIER, VERIFIER, "Forbidden"),
        (ROUND, DEVELOPER, ADMINISTRATOR, "Invalid /verifierId"),
        (replace(ROUND, developer_id=OTHER_VERIFIER.id), OTHER_VERIFIER, ADMINISTRATOR, "Invalid /verifierId"),
        (approved(), OTHER_VERIFIER, ADMINISTRATOR, "AlreadyDecided"),
        (MONITORED, OTHER_VERIFIER, ADMINISTRATOR, "Conflict"),
    ],
)  # fmt: skip
def test_staff_name_who_validates_before_the_first_round_is_decided(
    round: Verification, validator: Account, actor: Account, told: str | None
) -> None:
    assert outcome(lambda: name_validator(round, validator, None, actor=actor, at=NOW)) == told


@pytest.mark.parametrize(
    ("round", "by", "given", "terms", "told"),
    [
        (ROUND, VERIFIER, None, TERMS, None),
        (ROUND, OTHER_VERIFIER, OTHER, TERMS, None),
        (pending(), OTHER_VERIFIER, OTHER, TERMS, None),
        (ROUND, VERIFIER, OTHER, TERMS, "Conflict"),
        (ROUND, OTHER_VERIFIER, None, TERMS, "Forbidden"),
        (ROUND, ADMINISTRATOR, None, TERMS, "Forbidden"),
        (MONITORED, VERIFIER, None, TERMS, "Conflict"),
        (approved(), VERIFIER, None, TERMS, "AlreadyDecided"),
        (ROUND, VERIFIER, None, DOUBTED, "Invalid /opinionBasis"),
    ],
)
def test_one_validator_writes_the_opinion(
    round: Verification,
    by: Account,
    given: RoundAssignment | None,
    terms: ValidationTerms,
    told: str | None,
) -> None:
    assert told == outcome(
        lambda: write_validation(
            round, named("o"), terms, None, named=given, body=None, accreditation=None, actor=by, at=NOW
        )
    )  # fmt: skip


def test_what_says_nothing_new_is_no_version_and_the_hash_is_of_every_word() -> None:
    first = written()
    rest: dict[str, Any] = {"named": None, "body": "A body", "accreditation": None, "actor": VERIFIER, "at": LATER}  # fmt: skip

    assert write_validation(ROUND, named("2"), TERMS, first, **rest) is first
    again = write_validation(ROUND, named("2"), replace(TERMS, baseline="It burns."), first, **rest)
    assert (again.version, again.sha256 == first.sha256) == (2, False)
    assert replace(first, body="Another").sha256 != first.sha256


@pytest.mark.parametrize(
    ("opinion", "given", "stands"),
    [
        (written(), None, True),
        (written(), replace(OTHER, given_at=LATER), False),
        (written(by=OTHER_VERIFIER), OTHER, True),
        (replace(written(), written_at=LATER), OTHER, True),
        (None, OTHER, False),
    ],
)
def test_an_opinion_stands_until_somebody_else_is_to_give_another(
    opinion: ValidationOpinion | None, given: RoundAssignment | None, stands: bool
) -> None:
    assert (standing_opinion(opinion, given) is not None) is stands


@pytest.mark.parametrize(
    ("round", "opinion", "required", "told"),
    [
        (ROUND, None, False, None),
        (ROUND, None, True, "NotValidated"),
        (MONITORED, None, True, None),
        (ROUND, written(), True, None),
        (ROUND, written(replace(TERMS, opinion=Opinion.QUALIFIED)), True, None),
        (ROUND, written(DOUBTED), False, "NotValidated"),
        (ROUND, written(replace(TERMS, opinion=Opinion.DISCLAIMED)), False, "NotValidated"),
    ],
)
def test_a_first_approval_stands_on_the_opinion(
    round: Verification, opinion: ValidationOpinion | None, required: bool, told: str | None
) -> None:
    assert outcome(lambda: require_validated(round, opinion, required=required)) == told
