"""When the public may be heard, what may be done with what it says, and what an approval waits for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.roles import Account, Role
from domain.errors import Refusal
from domain.projects.programme.consultations import (
    COMMENTS_MAX,
    Comment,
    CommentAnswer,
    Consultation,
    ConsultationRules,
    answer,
    comment,
    hide,
    open_consultation,
    require_consulted,
)
from domain.projects.projects import ProjectStatus
from tests.factories import (
    ADMINISTRATOR,
    BUYER,
    DEVELOPER,
    NOW,
    OTHER_DEVELOPER,
    OTHER_VERIFIER,
    VERIFIER,
    approved,
    in_review,
    named,
    pending,
    project,
)

TODAY = NOW.date()
DAY = timedelta(days=1)
PROJECT = replace(project(), status=ProjectStatus.PENDING)
ROUND = in_review()
OPEN = Consultation(named("c"), PROJECT.id, TODAY, TODAY + 29 * DAY, ADMINISTRATOR.id, NOW)
SAID = Comment(named("said"), OPEN.id, 1, None, "Who measures the smoke?", NOW)
ANSWERED = replace(
    SAID, answer=CommentAnswer(SAID.id, "A laboratory.", Role.DEVELOPER, DEVELOPER.id, NOW)
)
HIDDEN = replace(SAID, hidden_at=NOW, hidden_by=ADMINISTRATOR.id, hidden_reason="Spam.")
AFTER = NOW + 30 * DAY


def outcome(act: Any) -> str | None:
    try:
        act()
    except Refusal as refused:
        return type(refused).__name__ + "".join(f" {fault.pointer}" for fault in refused.faults)
    return None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"verification": pending()}, None),
        ({"opens_on": TODAY + DAY, "closes_on": TODAY + 30 * DAY}, None),
        ({"actor": VERIFIER}, "Forbidden"),
        ({"before": OPEN}, "NotOpenToConsultation"),
        ({"verification": approved()}, "NotOpenToConsultation"),
        ({"project": replace(PROJECT, status=ProjectStatus.REJECTED)}, "NotOpenToConsultation"),
        ({"closes_on": TODAY + 28 * DAY}, "Invalid /to"),
        ({"closes_on": TODAY + 366 * DAY}, "Invalid /to"),
        ({"opens_on": TODAY - DAY, "closes_on": TODAY}, "Invalid /from /to"),
    ],
)
def test_staff_open_one_long_enough_before_the_decision(
    changes: dict[str, Any], refusal: str | None
) -> None:
    asked: dict[str, Any] = {
        "project": PROJECT,
        "verification": ROUND,
        "before": None,
        "days_min": 30,
        "opens_on": TODAY,
        "closes_on": TODAY + 29 * DAY,
        "actor": ADMINISTRATOR,
        **changes,
    }

    assert (
        outcome(lambda: open_consultation(**asked, consultation_id=named("c"), at=NOW)) == refusal
    )


@pytest.mark.parametrize(
    ("days", "is_taken"), [(-1, False), (0, True), (29, True), (30, False)], ids=str
)
def test_comments_are_taken_on_its_days(days: int, is_taken: bool) -> None:
    at = NOW + days * DAY

    assert (outcome(lambda: comment(OPEN, [], name=None, text="Smoke.", at=at)) is None) is is_taken
    assert OPEN.is_open(at) is is_taken
    assert OPEN.is_over(at) is (days == 30)


def test_the_same_words_of_the_same_name_are_one_comment_and_a_consultation_is_full() -> None:
    first = comment(OPEN, [], name="Asha", text="Smoke.", at=NOW)
    others = [comment(OPEN, [first], name=name, text="Smoke.", at=NOW) for name in (None, "As")]
    full = [SAID] * COMMENTS_MAX

    assert comment(OPEN, [first], name="Asha", text="Smoke.", at=NOW + DAY) is first
    assert {one.id for one in others}.isdisjoint({first.id})
    assert [one.number for one in (first, *others)] == [1, 2, 2]
    assert outcome(lambda: comment(OPEN, full, name=None, text="More.", at=NOW))


@pytest.mark.parametrize(
    ("actor", "asked", "answering", "hiding"),
    [
        (DEVELOPER, SAID, None, "Forbidden"),
        (VERIFIER, SAID, None, "Forbidden"),
        (OTHER_DEVELOPER, SAID, "Forbidden", "Forbidden"),
        (OTHER_VERIFIER, SAID, "Forbidden", "Forbidden"),
        (BUYER, SAID, "Forbidden", "Forbidden"),
        (ADMINISTRATOR, SAID, "Forbidden", None),
        (DEVELOPER, ANSWERED, "CommentSettled", "Forbidden"),
        (ADMINISTRATOR, ANSWERED, "Forbidden", None),
        (VERIFIER, HIDDEN, "CommentSettled", "Forbidden"),
        (ADMINISTRATOR, HIDDEN, "Forbidden", "CommentSettled"),
    ],
)
def test_parties_answer_once_and_staff_hide_once(
    actor: Account, asked: Comment, answering: str | None, hiding: str | None
) -> None:
    at = NOW
    to: dict[str, Any] = {"project": PROJECT, "verification": ROUND}

    assert outcome(lambda: answer(asked, "Words.", **to, actor=actor, at=at)) == answering
    assert outcome(lambda: hide(asked, "Why.", actor=actor, at=at)) == hiding


@pytest.mark.parametrize(
    ("consultation", "comments", "rules", "at", "sentence"),
    [
        (None, [], {}, NOW, ""),
        (None, [], {"required": True}, NOW, "has not been heard"),
        (OPEN, [], {}, NOW, "until the end of"),
        (OPEN, [], {}, AFTER - DAY, "until the end of"),
        (OPEN, [], {"required": True}, AFTER, ""),
        (OPEN, [SAID], {}, AFTER, "number 1."),
        (OPEN, [SAID], {"answers_required": False}, AFTER, ""),
        (OPEN, [ANSWERED, HIDDEN], {}, AFTER, ""),
    ],
)
def test_an_approval_waits_for_the_last_day_and_the_answers(
    consultation: Consultation | None,
    comments: list[Comment],
    rules: dict[str, bool],
    at: Any,
    sentence: str,
) -> None:
    said = ""
    try:
        require_consulted(ROUND, consultation, comments, rules=ConsultationRules(**rules), at=at)
    except Refusal as refused:
        said = refused.detail

    assert sentence in said
    assert bool(said) is bool(sentence)
