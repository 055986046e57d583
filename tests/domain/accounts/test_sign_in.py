"""The lock after five failed log-ins, and what is slowed when an account is guessed from everywhere."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.sign_in import LoginAttempts, after_failed_login, is_slowed, lock_period
from tests.factories import NOW, after


@pytest.mark.parametrize(
    ("before", "remembered"),
    [
        (LoginAttempts(0), LoginAttempts(1, None)),
        (LoginAttempts(3), LoginAttempts(4, None)),
        (LoginAttempts(4), LoginAttempts(5, after(minutes=30))),
        # The lock has ended on this very moment.
        (LoginAttempts(5, NOW), LoginAttempts(1, None)),
    ],
)
def test_the_fifth_failure_in_a_row_locks_a_source_for_half_an_hour(
    before: LoginAttempts, remembered: LoginAttempts
) -> None:
    assert after_failed_login(before, at=NOW) == remembered


@pytest.mark.parametrize(
    ("at", "is_locked"),
    [(NOW, True), (after(minutes=30, microseconds=-1), True), (after(minutes=30), False)],
)
def test_a_lock_ends_on_the_minute(at: datetime, is_locked: bool) -> None:
    assert LoginAttempts(5, after(minutes=30)).is_locked(at=at) is is_locked


@given(st.integers(1, 40))
def test_no_number_of_wrong_passwords_gives_more_than_five_guesses_in_a_lock(failures: int) -> None:
    attempts, guesses = LoginAttempts(), 0

    for second in range(failures):
        at = after(seconds=second)
        if attempts.is_locked(at=at):
            continue
        guesses += 1
        attempts = after_failed_login(attempts, at=at)

    assert guesses == min(failures, 5)


@pytest.mark.parametrize(
    ("failures", "source_is_known", "slowed"),
    [(49, False, False), (50, False, True), (5_000, False, True), (5_000, True, False)],
)
def test_guessing_from_everywhere_slows_the_unknown_only(
    failures: int, source_is_known: bool, slowed: bool
) -> None:
    assert is_slowed(failures=failures, source_is_known=source_is_known) is slowed


def test_owners_are_told_once_in_half_an_hour() -> None:
    periods = {lock_period(after(minutes=minute)) for minute in range(60)}

    assert len(periods) in {2, 3}
