"""Points, the share that follows from them, and whose word an assessment needs."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import Account
from domain.errors import Refusal
from domain.projects.buffer_share import PERCENT_MAX, ReversalRisk, rate
from domain.projects.programme.risk_assessment import (
    RiskAssessment,
    RiskOutcome,
    ScoredFactor,
    assess,
    decide,
    share_of,
    standing_assessment,
)
from domain.projects.programme.risk_tool import TOOL, RiskCategory, RiskFactor
from domain.projects.projects import Project, ProjectStatus, ProjectType
from tests.factories import (
    ADMINISTRATOR,
    DEVELOPER,
    NOW,
    OTHER_ADMINISTRATOR,
    VERIFIER,
    named,
    project,
)

PROJECT = project()


def scored(**points: int) -> list[ScoredFactor]:
    return [ScoredFactor(one, points.get(one.value, 0), "Seen.") for one in TOOL.factors]


def entered(
    project: Project = PROJECT,
    factors: Sequence[ScoredFactor] | None = None,
    before: Sequence[RiskAssessment] = (),
    by: Account = VERIFIER,
) -> RiskAssessment:
    asked = scored() if factors is None else factors
    return assess(project, named("risk"), asked, before, actor=by, at=NOW)


def outcome(act: Any) -> str | None:
    try:
        act()
    except Refusal as refused:
        return type(refused).__name__ + "".join(f" {fault.pointer}" for fault in refused.faults)
    return None


FIRST = entered()
SIGNED = decide(FIRST, RiskOutcome.COUNTERSIGNED, None, actor=ADMINISTRATOR, at=NOW)


@pytest.mark.parametrize(
    ("points", "percent", "risk"),
    [
        ({}, 10, ReversalRisk.LOW),
        ({"fire": 10}, 10, ReversalRisk.LOW),
        ({"fire": 10, "land_tenure": 1}, 15, ReversalRisk.MEDIUM),
        ({"fire": 16}, 20, ReversalRisk.HIGH),
        ({"fire": 30, "land_tenure": 10, "project_longevity": 20}, 60, ReversalRisk.HIGH),
    ],
)
def test_the_share_follows_from_the_points_and_has_a_floor(
    points: dict[str, int], percent: int, risk: ReversalRisk
) -> None:
    signed = decide(
        entered(factors=scored(**points)), RiskOutcome.COUNTERSIGNED, None, actor=ADMINISTRATOR, at=NOW
    )  # fmt: skip
    share = share_of(signed)

    assert (share.percent, share.reversal_risk) == (Decimal(percent), risk)
    assert (share.assessment_id, share.decided_by) == (signed.id, ADMINISTRATOR.id)


@given(st.integers(0, TOOL.total_max))
def test_every_total_that_is_taken_has_a_share_no_smaller_than_the_one_below_it(total: int) -> None:
    percent = TOOL.percent(total)

    assert max(total, 10) <= percent <= PERCENT_MAX
    assert TOOL.percent(max(total - 1, 0)) <= percent


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        (scored(fire=31), ["/factors/7/score"]),
        (scored()[1:], ["/factors"]),
        ([*scored(), scored()[0]], ["/factors/11/factor"]),
        ([replace(one, reason=" ") for one in scored()[:1]] + scored()[1:], ["/factors/0/reason"]),
        (scored(land_tenure=10, community_engagement=10, political_risk=1), ["/factors"]),
        (scored(project_longevity=24, opportunity_cost=8, fire=30), ["/factors"]),
        ([replace(one, score=-1, reason="") for one in scored()[:1]], ["/factors/0/score", "/factors/0/reason", *["/factors"] * 10]),
    ],
)  # fmt: skip
def test_all_faults_are_told_and_what_the_programme_does_not_take_is_refused(
    factors: list[ScoredFactor], told: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        entered(factors=factors)

    assert [fault.pointer for fault in refused.value.faults] == told


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: entered(by=DEVELOPER), "Forbidden"),
        (lambda: entered(by=ADMINISTRATOR), None),
        (lambda: entered(replace(PROJECT, type=ProjectType.BIOCHAR)), "Conflict"),
        (lambda: entered(replace(PROJECT, status=ProjectStatus.VERIFIED)), None),
        (lambda: entered(replace(PROJECT, status=ProjectStatus.REJECTED)), "Conflict"),
        (lambda: entered(before=[FIRST]), "Conflict"),
        (lambda: entered(before=[SIGNED]), None),
        (lambda: decide(FIRST, RiskOutcome.COUNTERSIGNED, None, actor=VERIFIER, at=NOW), "Forbidden"),
        (lambda: decide(entered(by=ADMINISTRATOR), RiskOutcome.COUNTERSIGNED, None, actor=ADMINISTRATOR, at=NOW), "Forbidden"),
        (lambda: decide(entered(by=ADMINISTRATOR), RiskOutcome.COUNTERSIGNED, None, actor=OTHER_ADMINISTRATOR, at=NOW), None),
        (lambda: decide(FIRST, RiskOutcome.REFUSED, " ", actor=ADMINISTRATOR, at=NOW), "Invalid /reason"),
        (lambda: decide(SIGNED, RiskOutcome.REFUSED, "Fire.", actor=OTHER_ADMINISTRATOR, at=NOW), "RiskAssessmentSettled"),
        (lambda: rate(replace(PROJECT, status=ProjectStatus.PENDING), ReversalRisk.LOW, None, actor=ADMINISTRATOR, reason="So.", at=NOW, before=share_of(SIGNED)), "AlreadyDecided"),
    ],
)  # fmt: skip
def test_two_people_stand_behind_an_assessment_and_nobody_beside_it(
    act: Any, told: str | None
) -> None:
    assert outcome(act) == told


def test_the_last_that_was_countersigned_counts() -> None:
    refused = decide(
        entered(before=[SIGNED]), RiskOutcome.REFUSED, "Fire.", actor=ADMINISTRATOR, at=NOW
    )

    assert standing_assessment([FIRST]) is None
    assert standing_assessment([SIGNED, refused, entered(before=[SIGNED, refused])]) is SIGNED
    assert refused.number == 2
    with pytest.raises(ValueError, match="countersigned"):
        share_of(refused)


def test_every_factor_of_the_tool_is_of_a_category_with_a_limit() -> None:
    assert set(TOOL.factors) == set(RiskFactor)
    assert {rule.category for rule in TOOL.factors.values()} == set(TOOL.category_max)
    assert set(TOOL.category_max) == set(RiskCategory)
