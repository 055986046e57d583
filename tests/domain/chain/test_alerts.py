"""Alerts: raised once, restated while they hold, cleared when the condition ends."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.chain.alerts import (
    SAME_TROUBLE_WITHIN,
    Alert,
    AlertChanges,
    AlertCondition,
    AlertKind,
    compare,
)
from tests.factories import NOW, named

LOW = AlertCondition(AlertKind.WALLET_LOW, "addr_test1a", "It can pay 400 more fees.")
OTHER_LOW = replace(LOW, subject="addr_test1b")
OUTAGE = AlertCondition(AlertKind.CHAIN_OUTAGE, "preview", "No answer.")
WATCH = named("watch")
NOBODY = AlertChanges([], [])


def raised(trouble: AlertCondition) -> Alert:
    (alert,) = watched([trouble]).raised
    return alert


def watched(
    found: list[AlertCondition], known: tuple[Alert, ...] = (), *, minutes: float = 0
) -> AlertChanges:
    return compare(
        known,
        found,
        watched=set(AlertKind),
        watch_id=WATCH,
        at=NOW + timedelta(minutes=minutes),
    )


def test_what_was_not_open_is_raised() -> None:
    assert [
        (alert.kind, alert.subject, alert.sentence, alert.raised_at, alert.is_open)
        for alert in watched([LOW, OUTAGE]).raised
    ] == [
        (LOW.kind, LOW.subject, LOW.sentence, NOW, True),
        (OUTAGE.kind, OUTAGE.subject, OUTAGE.sentence, NOW, True),
    ]


def test_what_goes_on_is_not_raised_again() -> None:
    assert watched([LOW], (raised(LOW),), minutes=1) == NOBODY


def test_what_goes_on_differently_is_restated() -> None:
    lower = replace(LOW, sentence="It can pay 3 more fees.")

    changes = watched([lower], (raised(LOW),), minutes=1)

    assert changes == AlertChanges([], [replace(raised(LOW), sentence=lower.sentence)])


def test_what_is_over_is_cleared_with_its_last_sentence() -> None:
    changes = watched([], (raised(LOW),), minutes=5)

    assert changes == AlertChanges(
        [], [replace(raised(LOW), cleared_at=NOW + timedelta(minutes=5))]
    )


def test_one_subject_does_not_clear_another() -> None:
    changes = watched([OTHER_LOW], (raised(LOW), raised(OTHER_LOW)), minutes=5)

    assert [(alert.subject, alert.is_open) for alert in changes.changed] == [(LOW.subject, False)]


def test_a_watch_clears_only_the_kinds_that_it_watches() -> None:
    changes = compare([raised(LOW)], [], watched={AlertKind.CHAIN_OUTAGE}, watch_id=WATCH, at=NOW)

    assert changes == NOBODY


def test_what_comes_back_within_the_hour_was_never_over() -> None:
    cleared = replace(raised(LOW), cleared_at=NOW + timedelta(minutes=1))

    changes = watched([LOW], (cleared,), minutes=61)

    assert changes == AlertChanges([], [raised(LOW)])


def test_what_comes_back_later_is_raised_anew() -> None:
    cleared = replace(raised(LOW), id=named("first"), cleared_at=NOW + timedelta(minutes=1))

    changes = watched([LOW], (cleared,), minutes=61.1)

    assert changes == AlertChanges(
        [replace(raised(LOW), raised_at=NOW + timedelta(minutes=61.1))], []
    )


kinds = st.sampled_from(list(AlertKind))
subjects = st.sampled_from(["a", "b", "c"])
findings = st.lists(
    st.builds(AlertCondition, kinds, subjects, st.sampled_from(["so", "or so"])),
    unique_by=lambda trouble: (trouble.kind, trouble.subject),
)


@given(st.lists(st.tuples(findings, st.integers(1, 90)), max_size=8))
def test_after_each_watch_exactly_what_was_found_is_open(
    watches: list[tuple[list[AlertCondition], int]],
) -> None:
    kept: dict[UUID, Alert] = {}
    at = NOW
    for found, minutes in watches:
        at += timedelta(minutes=minutes)
        known = [
            alert
            for alert in kept.values()
            if alert.cleared_at is None or alert.cleared_at >= at - SAME_TROUBLE_WITHIN
        ]

        changes = compare(known, found, watched=set(AlertKind), watch_id=uuid4(), at=at)
        kept |= {alert.id: alert for alert in (*changes.raised, *changes.changed)}

        assert sorted(
            (alert.kind, alert.subject, alert.sentence) for alert in kept.values() if alert.is_open
        ) == sorted((trouble.kind, trouble.subject, trouble.sentence) for trouble in found)


@given(findings)
def test_the_same_watch_again_changes_nothing(found: list[AlertCondition]) -> None:
    first = compare([], found, watched=set(AlertKind), watch_id=WATCH, at=NOW)

    again = compare(first.raised, found, watched=set(AlertKind), watch_id=WATCH, at=NOW)

    assert again == NOBODY
