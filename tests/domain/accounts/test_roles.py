"""Who may do what, written out; and the lock after five failed log-ins."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import PERMISSIONS, LoginAttempts, Permission, Role, after_failed_login
from domain.errors import Forbidden
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, NOW, VERIFIER, account, after

# One row for each permission: developer, verifier, administrator, buyer.
TABLE = {
    Permission.REGISTER_PROJECT: (True, False, False, False),
    Permission.UPLOAD_EVIDENCE: (True, True, True, False),
    Permission.ASSIGN_VERIFIER: (False, False, True, False),
    Permission.DECIDE_VERIFICATION: (False, True, True, False),
    Permission.COUNTERSIGN: (False, False, True, False),
    Permission.HOLD_CREDITS: (True, False, False, True),
    Permission.CANCEL_CREDITS: (False, False, True, False),
    Permission.FREEZE_REGISTRY: (False, False, True, False),
    Permission.RUN_CHAIN: (False, False, True, False),
    Permission.PUBLISH_OPEN_DATA: (False, False, True, False),
    Permission.MANAGE_WEBHOOKS: (False, False, True, False),
    Permission.MANAGE_USERS: (False, False, True, False),
    Permission.SEE_EVERYTHING: (False, False, True, False),
    Permission.SEE_WORKFLOWS: (False, False, True, False),
}
ACCOUNTS = (DEVELOPER, VERIFIER, ADMINISTRATOR, BUYER)


def test_each_role_may_do_exactly_what_the_table_says() -> None:
    found = {
        permission: tuple(person.may(permission) for person in ACCOUNTS)
        for permission in Permission
    }

    assert found == TABLE


def test_every_role_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_what_a_role_may_not_is_refused_in_words() -> None:
    with pytest.raises(Forbidden) as refused:
        BUYER.require(Permission.REGISTER_PROJECT)

    assert refused.value.detail == "Your role (buyer) may not register a project."


def test_what_a_role_may_passes_without_a_word() -> None:
    DEVELOPER.require(Permission.REGISTER_PROJECT)


@pytest.mark.parametrize(
    ("failed_before", "remembered"),
    [
        (0, LoginAttempts(1, None)),
        (3, LoginAttempts(4, None)),
        (4, LoginAttempts(5, after(minutes=30))),
        (5, LoginAttempts(6, after(minutes=30))),
    ],
)
def test_the_fifth_failure_in_a_row_locks_an_account_for_half_an_hour(
    failed_before: int, remembered: LoginAttempts
) -> None:
    person = replace(BUYER, failed_login_attempts=failed_before)

    assert after_failed_login(person, at=NOW) == remembered


@pytest.mark.parametrize(
    ("at", "is_locked"),
    [(NOW, True), (after(minutes=30, microseconds=-1), True), (after(minutes=30), False)],
)
def test_a_lock_ends_on_the_minute(at: datetime, is_locked: bool) -> None:
    locked = replace(BUYER, failed_login_attempts=5, locked_until=after(minutes=30))

    assert locked.is_locked(at=at) is is_locked


def test_after_a_lock_has_ended_failures_are_counted_from_one() -> None:
    was_locked = replace(BUYER, failed_login_attempts=5, locked_until=NOW)

    assert after_failed_login(was_locked, at=NOW) == LoginAttempts(1, None)


@given(st.integers(1, 40))
def test_no_number_of_wrong_passwords_gives_more_than_five_guesses_in_a_lock(failures: int) -> None:
    person = account("guessed", Role.BUYER)
    guesses = 0

    for second in range(failures):
        at = after(seconds=second)
        if person.is_locked(at=at):
            continue
        guesses += 1
        remembered = after_failed_login(person, at=at)
        person = replace(
            person,
            failed_login_attempts=remembered.failed,
            locked_until=remembered.locked_until,
        )

    assert guesses == min(failures, 5)
