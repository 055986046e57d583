"""Who reviews a verification statement, what a review is bound to, and which statement carries an approval."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.roles import Account, Role
from domain.errors import Refusal
from domain.projects.assurance.assignments import RoundAssignment, RoundTask
from domain.projects.assurance.statements import (
    Assurance,
    Opinion,
    StatementTerms,
    VerificationStatement,
)
from domain.projects.assurance.technical_review import (
    ReviewOutcome,
    ReviewState,
    TechnicalReview,
    name_reviewer,
    require_reviewed,
    review_state,
    review_statement,
    who_verified,
)
from domain.projects.findings import (
    Finding,
    FindingAct,
    FindingKind,
    FindingMessage,
    FindingPlace,
    FindingSide,
)
from domain.projects.verification import Verification, VintageQuantity
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_VERIFIER,
    VERIFIER,
    account,
    approved,
    in_review,
    named,
)

ROUND = in_review()
COLLEAGUE = account("colleague", Role.VERIFIER)
NAMED = RoundAssignment(ROUND.id, RoundTask.TECHNICAL_REVIEW, COLLEAGUE.id, VERIFIER.id, NOW)
TERMS = StatementTerms(
    "A plant.", "ISO 14064-2", Assurance.LIMITED, Decimal(5), None, (VintageQuantity(2024, 100),),
    Decimal(3), (), "None.", Opinion.POSITIVE,
)  # fmt: skip
FIRST = VerificationStatement(named("s1"), ROUND.id, 1, TERMS, VERIFIER.id, NOW)
SECOND = replace(FIRST, id=named("s2"), version=2)


def reviewed(statement: VerificationStatement, outcome: ReviewOutcome) -> TechnicalReview:
    return TechnicalReview(
        named("r"), ROUND.id, statement.version, statement.sha256, outcome, "So.", None, COLLEAGUE.id, NOW
    )  # fmt: skip


CONFIRMED, RETURNED = (reviewed(FIRST, outcome) for outcome in ReviewOutcome)


def outcome(act: Any) -> str | None:
    try:
        act()
    except Refusal as refused:
        return type(refused).__name__ + "".join(f" {fault.pointer}" for fault in refused.faults)
    return None


@pytest.mark.parametrize(
    ("round", "reviewer", "actor", "one_body", "told"),
    [
        (ROUND, COLLEAGUE, VERIFIER, True, None),
        (ROUND, COLLEAGUE, VERIFIER, False, "Invalid /reviewerId"),
        (ROUND, VERIFIER, VERIFIER, True, "Invalid /reviewerId"),
        (ROUND, OTHER_VERIFIER, VERIFIER, True, "Invalid /reviewerId"),
        (ROUND, DEVELOPER, VERIFIER, True, "Invalid /reviewerId"),
        (ROUND, COLLEAGUE, ADMINISTRATOR, True, "Forbidden"),
        (ROUND, COLLEAGUE, OTHER_VERIFIER, True, "Forbidden"),
        (approved(), COLLEAGUE, VERIFIER, True, "AlreadyDecided"),
    ],
)
def test_a_colleague_with_no_hand_in_it_is_asked(
    round: Verification, reviewer: Account, actor: Account, one_body: bool, told: str | None
) -> None:
    """The other verifier has raised a finding."""
    assert told == outcome(
        lambda: name_reviewer(
            round, reviewer, None,
            verified_by={OTHER_VERIFIER.id}, of_one_body=one_body, actor=actor, at=NOW,
        )
    )  # fmt: skip


def review(**changes: Any) -> TechnicalReview:
    given: dict[str, Any] = {
        "verification": ROUND, "statement": FIRST, "before": (), "named": NAMED,
        "looked_at": FIRST.sha256, "outcome": ReviewOutcome.CONFIRMED, "words": None,
        "verified_by": {VERIFIER.id}, "of_one_body": True, "body": "A body", "actor": COLLEAGUE,
    }  # fmt: skip
    return review_statement(review_id=named("r"), at=NOW, **given | changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"outcome": ReviewOutcome.RETURNED, "words": "The scale."}, None),
        ({"outcome": ReviewOutcome.RETURNED, "words": " "}, "Invalid /words"),
        ({"statement": SECOND}, "NotReviewed"),
        ({"statement": None}, "NotReviewed"),
        ({"before": [CONFIRMED]}, "AlreadyReviewed"),
        ({"named": None}, "Forbidden"),
        ({"actor": OTHER_VERIFIER}, "Forbidden"),
        ({"verified_by": {COLLEAGUE.id}}, "Forbidden"),
        ({"of_one_body": False}, "Forbidden"),
        ({"verification": approved()}, "AlreadyDecided"),
    ],
)
def test_a_reviewer_answers_for_what_they_looked_at(
    changes: dict[str, Any], told: str | None
) -> None:
    assert outcome(lambda: review(**changes)) == told


@pytest.mark.parametrize(
    ("statement", "given", "reviews", "state", "required", "told"),
    [
        (FIRST, None, [], ReviewState.NONE, False, None),
        (FIRST, None, [], ReviewState.NONE, True, "NotReviewed"),
        (None, NAMED, [], ReviewState.WAITING, True, "NotReviewed"),
        (FIRST, NAMED, [], ReviewState.WAITING, False, None),
        (FIRST, NAMED, [CONFIRMED], ReviewState.CONFIRMED, True, None),
        (FIRST, NAMED, [RETURNED], ReviewState.RETURNED, False, "NotReviewed"),
        (SECOND, NAMED, [RETURNED], ReviewState.WAITING, False, None),
        (SECOND, NAMED, [RETURNED], ReviewState.WAITING, True, "NotReviewed"),
        (SECOND, NAMED, [CONFIRMED], ReviewState.VOID, False, None),
        (SECOND, NAMED, [CONFIRMED], ReviewState.VOID, True, "NotReviewed"),
    ],
)
def test_a_later_change_makes_a_review_void(
    statement: VerificationStatement | None,
    given: RoundAssignment | None,
    reviews: Sequence[TechnicalReview],
    state: ReviewState,
    required: bool,
    told: str | None,
) -> None:
    assert review_state(statement, given, reviews) is state
    assert told == outcome(
        lambda: require_reviewed(statement, given, reviews, required=required, in_stead=False)
    )


def test_what_staff_decide_in_the_stead_needs_no_review_of_the_body_but_goes_against_none() -> None:
    require_reviewed(None, None, [], required=True, in_stead=True)
    assert outcome(
        lambda: require_reviewed(FIRST, NAMED, [RETURNED], required=True, in_stead=True)
    ) == "NotReviewed"  # fmt: skip


def test_who_verified_are_those_who_found_followed_up_or_stated() -> None:
    thread = tuple(
        FindingMessage(named(side), named("f"), number, FindingAct.REPLY, side, "So.", who.id, NOW)
        for number, (side, who) in enumerate(
            ((FindingSide.SUPPLIER, DEVELOPER), (FindingSide.VERIFIER, OTHER_VERIFIER)), 1
        )
    )
    found = Finding(
        named("f"), ROUND.id, 1, FindingKind.CLARIFICATION, "How?", FindingPlace(), VERIFIER.id, NOW,
        thread=thread,
    )  # fmt: skip

    assert who_verified([found], {COLLEAGUE.id}) == {VERIFIER.id, OTHER_VERIFIER.id, COLLEAGUE.id}
