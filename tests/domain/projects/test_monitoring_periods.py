"""Which rounds a project may have: whose days are verified once, in order, inside the crediting period."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict, Forbidden, Invalid, PeriodsOverlap, Refusal, RoundOpen
from domain.projects.monitoring_periods import NewRound, open_monitoring_period, resubmit
from domain.projects.projects import Project, ProjectStatus
from domain.projects.verification import MonitoringPeriod, Verification, VerificationStatus
from tests.factories import (
    DEVELOPER,
    NOW,
    VERIFIER,
    approved,
    in_review,
    named,
    project,
    rejected,
)

FIRST = approved(vintage=2022)
LATER = NOW + timedelta(days=1)


def verified(**changes: object) -> Project:
    return project(**{"status": ProjectStatus.VERIFIED, "start_date": date(2022, 1, 1)} | changes)


def period(first: str, last: str) -> MonitoringPeriod:
    return MonitoringPeriod(date.fromisoformat(first), date.fromisoformat(last))


YEAR = period("2023-01-01", "2023-12-31")
SECOND = approved(id=named("second"), number=2, monitoring_period=YEAR)


def opening(
    asked: MonitoringPeriod,
    rounds: Sequence[Verification] = (FIRST,),
    of: Project | None = None,
    what_changed: str | None = None,
) -> Verification:
    return open_monitoring_period(
        of or verified(),
        rounds,
        NewRound(named("new round"), asked, what_changed),
        actor=DEVELOPER,
        at=LATER,
    )


def test_a_monitoring_period_follows_the_first_verification_with_a_round_of_its_own() -> None:
    opened = opening(YEAR)

    assert (opened.number, opened.monitoring_period, opened.status) == (
        2,
        YEAR,
        VerificationStatus.PENDING,
    )
    assert (opened.submitted_at, opened.verifier_id, opened.resubmits) == (LATER, None, None)


@pytest.mark.parametrize(
    ("asked", "rounds", "no", "said"),
    [
        (YEAR, (FIRST, in_review(number=2, monitoring_period=period("2024-01-01", "2024-12-31"))), RoundOpen, "Round 2 "),
        (YEAR, (FIRST, replace(SECOND, needs_countersignature=True)), RoundOpen, "Round 2 "),
        (
            period("2023-12-31", "2024-12-30"),
            (FIRST, SECOND),
            PeriodsOverlap,
            f"2023-12-31 to 2024-12-30 overlaps with 2023-01-01 to 2023-12-31 of round 2 (verification {SECOND.id})",
        ),
        (period("2021-12-31", "2022-06-30"), (FIRST,), Invalid, "The crediting period is 2022-01-01 to 2121-12-31."),
        (period("2121-06-01", "2122-01-01"), (FIRST,), Invalid, "The crediting period is 2022-01-01 to 2121-12-31."),
        (period("2023-06-30", "2023-06-29"), (FIRST,), Invalid, "ends on or after 2023-06-30"),
        (YEAR, (FIRST, replace(SECOND, status=VerificationStatus.REJECTED)), Invalid, "say what changed"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_refused_with_what_is_in_its_way(
    asked: MonitoringPeriod, rounds: Sequence[Verification], no: type[Refusal], said: str
) -> None:
    with pytest.raises(no) as refused:
        opening(asked, rounds)

    assert said in refused.value.detail


@pytest.mark.parametrize("status", [ProjectStatus.PENDING, ProjectStatus.REJECTED])
def test_monitoring_periods_follow_an_approval(status: ProjectStatus) -> None:
    with pytest.raises(Conflict, match="follow an approved first verification"):
        opening(YEAR, [rejected()], verified(status=status))


def test_only_the_supplier_opens_a_round() -> None:
    with pytest.raises(Forbidden):
        open_monitoring_period(
            verified(), [FIRST], NewRound(named("new round"), YEAR), actor=VERIFIER, at=LATER
        )


def test_a_gap_is_allowed() -> None:
    assert opening(period("2025-01-01", "2025-12-31"), (FIRST, SECOND)).number == 3


def test_a_rejected_period_is_taken_up_again_with_what_changed() -> None:
    no = replace(SECOND, status=VerificationStatus.REJECTED)
    opened = opening(period("2023-06-01", "2024-05-31"), (FIRST, no), what_changed="New samples.")

    assert (opened.resubmits, opened.what_changed, opened.number) == (no.id, "New samples.", 3)


def test_a_resubmission_is_about_what_was_rejected() -> None:
    no = rejected(number=2, id=named("second"), monitoring_period=YEAR)
    again = resubmit(
        verified(), [FIRST, no], no, named("third"), "New samples.", actor=DEVELOPER, at=LATER
    )

    assert (again.number, again.monitoring_period, again.resubmits) == (3, YEAR, no.id)


def test_a_first_verification_is_resubmitted_while_the_project_is_rejected() -> None:
    no = rejected()
    of = verified(status=ProjectStatus.REJECTED)
    again = resubmit(of, [no], no, named("second"), "Another baseline.", actor=DEVELOPER, at=LATER)

    assert (again.number, again.monitoring_period) == (2, None)
    with pytest.raises(Conflict, match="its first verification is over"):
        resubmit(verified(), [no], no, named("second"), "Again.", actor=DEVELOPER, at=LATER)


@pytest.mark.parametrize(
    ("what", "words", "no"),
    [(rejected(), " ", Invalid), (approved(), "New.", Conflict), (in_review(), "New.", Conflict)],
)
def test_what_is_resubmitted_was_rejected_and_has_changed(
    what: Verification, words: str, no: type[Refusal]
) -> None:
    of = verified(status=ProjectStatus.REJECTED)
    with pytest.raises(no):
        resubmit(of, [what], what, named("second"), words, actor=DEVELOPER, at=LATER)


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
OUTCOMES = st.sampled_from([VerificationStatus.APPROVED, VerificationStatus.REJECTED])


@given(st.lists(st.tuples(DAYS, st.integers(-5, 800), OUTCOMES), max_size=12))
def test_whatever_is_asked_no_day_is_verified_twice_or_outside_the_crediting_period(
    asked: list[tuple[date, int, VerificationStatus]],
) -> None:
    of = verified(crediting_period_ends=date(2028, 12, 31))
    rounds = lived(of, asked)

    counted = [
        one.monitoring_period.first_day + timedelta(days=day)
        for one in rounds
        if one.monitoring_period is not None and one.status is VerificationStatus.APPROVED
        for day in range(
            (one.monitoring_period.last_day - one.monitoring_period.first_day).days + 1
        )
    ]
    assert len(counted) == len(set(counted))
    assert all(of.start_date <= day <= of.crediting_period_end for day in counted)
    assert [one.number for one in rounds] == list(range(1, len(rounds) + 1))


def lived(of: Project, asked: list[tuple[date, int, VerificationStatus]]) -> Sequence[Verification]:
    """The rounds that came of it, each decided before the next is asked for."""
    rounds: list[Verification] = [FIRST]
    for index, (first, days, outcome) in enumerate(asked):
        wanted = MonitoringPeriod(first, first + timedelta(days=days))
        decided = approved if outcome is VerificationStatus.APPROVED else rejected
        try:
            opened = opening(wanted, rounds, of, "What changed.")
        except (Invalid, PeriodsOverlap):
            continue
        rounds.append(decided(id=named(f"{index}"), number=opened.number, monitoring_period=wanted))
    return rounds
