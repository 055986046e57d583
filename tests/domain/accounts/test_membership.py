"""Who may become what, and what nobody may do to themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.membership import (
    DEAD_LINK,
    LIFETIMES,
    AccountStatus,
    AccountToken,
    Member,
    TokenPurpose,
    check_invitation,
    check_lock,
    check_role_change,
    require_may_sign_in,
    require_self_registered,
    require_token,
)
from domain.accounts.messages import AccountMessageKind, written
from domain.accounts.passwords import password_faults
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role
from domain.errors import Conflict, Forbidden, Invalid
from tests.factories import named

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def member(name: str = "somebody", role: Role = Role.ADMINISTRATOR, **changes: object) -> Member:
    made = Member(named(name), role, email_verified=True, invited_at=None, locked_at=None)
    return replace(made, **changes)  # type: ignore[arg-type]  # a table of tests


@pytest.mark.parametrize(
    ("verified", "invited", "locked", "status"),
    [
        (True, None, None, AccountStatus.ACTIVE),
        (True, NOW, None, AccountStatus.ACTIVE),
        (False, None, None, AccountStatus.UNVERIFIED),
        (False, NOW, None, AccountStatus.INVITED),
        (True, None, NOW, AccountStatus.LOCKED),
        (False, NOW, NOW, AccountStatus.LOCKED),
    ],
)
def test_the_state_of_an_account(
    verified: bool, invited: datetime | None, locked: datetime | None, status: AccountStatus
) -> None:
    somebody = member(email_verified=verified, invited_at=invited, locked_at=locked)

    may_sign_in = True
    try:
        require_may_sign_in(somebody)
    except Forbidden:
        may_sign_in = False
    assert somebody.status is status
    assert may_sign_in == (status is AccountStatus.ACTIVE)


def test_developers_and_buyers_register_by_themselves_and_nobody_else() -> None:
    refused = set()
    for role in Role:
        try:
            require_self_registered(role)
        except Forbidden:
            refused.add(role)
    assert refused == {Role.VERIFIER, Role.ADMINISTRATOR}


AGES = (timedelta(0), timedelta(microseconds=-1))
"""Beyond a token's end by so much: it is refused from its end on."""


@pytest.mark.parametrize(
    ("purpose", "asked", "used", "beyond", "good"),
    [
        (purpose, asked, used, beyond, purpose is asked and not used and bool(beyond))
        for purpose, asked, used, beyond in product(TokenPurpose, TokenPurpose, (None, NOW), AGES)
    ],
)
def test_a_link_is_good_for_one_thing_once_within_its_time(
    purpose: TokenPurpose, asked: TokenPurpose, used: datetime | None, beyond: timedelta, good: bool
) -> None:
    token = AccountToken("0" * 64, named("somebody"), purpose, NOW, NOW + LIFETIMES[purpose], used)
    at = token.expires_at + beyond
    if good:
        assert require_token(token, [asked], at=at) is token
    else:
        with pytest.raises(Invalid, match=DEAD_LINK):
            require_token(token, [asked], at=at)


ONESELF, OTHER, LAST = named("oneself"), member("other"), member("last")
UNABLE = [
    member("locked", locked_at=NOW),
    member("invited", email_verified=False, invited_at=NOW),
    member("buyer", Role.BUYER),
    member("registry", id=REGISTRY_ACCOUNT_ID),
]
"""None of them is an administrator who can sign in."""


@pytest.mark.parametrize(
    ("target", "others", "refusal"),
    [
        (member("oneself"), [OTHER], Forbidden),
        (member("registry", id=REGISTRY_ACCOUNT_ID), [OTHER], Forbidden),
        (LAST, [LAST, *UNABLE], Conflict),
    ],
    ids=["oneself", "the registry", "the last one"],
)
def test_nobody_locks_or_demotes_themselves_the_registry_or_the_last_administrator(
    target: Member, others: list[Member], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_lock(target, lock=True, actor_id=ONESELF, administrators=others)
    with pytest.raises(refusal):
        check_role_change(target, Role.BUYER, actor_id=ONESELF, administrators=others)


@pytest.mark.parametrize(
    ("target", "others"),
    [(LAST, [LAST, OTHER, *UNABLE]), (member("verifier", Role.VERIFIER), [])],
    ids=["one of two", "no administrator"],
)
def test_anybody_else_is_locked_and_given_another_role(
    target: Member, others: list[Member]
) -> None:
    assert check_lock(target, lock=True, actor_id=ONESELF, administrators=others)
    assert check_role_change(target, Role.BUYER, actor_id=ONESELF, administrators=others)


def test_what_is_so_already_changes_nothing() -> None:
    assert not check_lock(LAST, lock=False, actor_id=ONESELF, administrators=[LAST])
    assert not check_role_change(LAST, LAST.role, actor_id=ONESELF, administrators=[LAST])
    locked = member(locked_at=NOW)
    assert not check_lock(locked, lock=True, actor_id=ONESELF, administrators=[])
    assert check_lock(locked, lock=False, actor_id=ONESELF, administrators=[])


def test_only_an_invitation_is_sent_again() -> None:
    check_invitation(member(email_verified=False, invited_at=NOW))
    with pytest.raises(Conflict):
        check_invitation(member(invited_at=NOW))


SENT = {
    ("registration", "unverified"): "Confirm your e-mail address",
    ("registration", "active"): "Somebody tried to register with your e-mail address",
    ("registration", "locked"): "Your account is locked",
    ("verify_email", "unverified"): "Confirm your e-mail address",
    ("reset_password", "unverified"): "Confirm your e-mail address",
    ("reset_password", "active"): "Choose a new password",
    ("reset_password", "locked"): "Your account is locked",
    ("invitation", "invited"): "You are invited",
    ("password_changed", "active"): "Your password was changed",
    ("locked", "locked"): "Your account is locked",
    ("unlocked", "active"): "Your account is open again",
    ("role_changed", "active"): "Your role was changed",
    ("change_email", "active"): "Confirm your new e-mail address",
    ("email_change_asked", "active"): "Your account is to have another e-mail address",
    ("email_changed", "active"): "This is your e-mail address now",
}


def test_the_mail_of_each_request_in_each_state() -> None:
    sent = {
        (kind.value, status.value): mail.subject
        for kind, status in product(AccountMessageKind, AccountStatus)
        if (mail := written(kind, status))
    }
    assert sent == SENT


@given(st.text(max_size=80), st.text(max_size=20))
def test_a_password_is_taken_only_when_it_keeps_every_rule(password: str, email: str) -> None:
    taken = not password_faults(password, email=email, is_common=lambda _: False)
    keeps_all = (
        len(password) >= 8
        and len(password.encode()) <= 72
        and "\0" not in password
        and any(c.isupper() for c in password)
        and any(c.islower() for c in password)
        and any(c.isdigit() for c in password)
        and any(not c.isalnum() and not c.isspace() for c in password)
        and password.strip().casefold() != email.strip().casefold()
    )
    assert taken == keeps_all


def test_nothing_that_bcrypt_cannot_take_is_looked_for_among_common_ones() -> None:
    asked: list[str] = []

    def note(typed: str) -> bool:
        asked.append(typed)
        return False

    password_faults("x" * 100, email=None, is_common=note)

    assert asked == []
