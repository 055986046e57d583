"""
How people become accounts, and what becomes of those: registered, invited, confirmed, locked (ADR 0064).

An account is

    unverified  registered by the person; whoever reads the e-mail has not confirmed it
    invited     made by staff; the person has not chosen a password yet
    active      can sign in
    locked      by staff, with a reason; nobody signs in to it
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role
from domain.errors import Conflict, Fault, Forbidden, Invalid

SELF_REGISTERED = frozenset({Role.DEVELOPER, Role.BUYER})
"""Everybody else is invited by staff."""

MESSAGES_PER_HOUR_MAX = 5
"""Of one kind to one account: a stranger who types somebody's e-mail cannot flood them."""

KEPT_FOR = timedelta(days=30)
"""How long is known which mails were asked for, and the hashes of their tokens."""


class AccountStatus(StrEnum):
    UNVERIFIED = "unverified"
    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"


class TokenPurpose(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 -- the name of a purpose
    INVITATION = "invitation"
    CHANGE_EMAIL = "change_email"


LIFETIMES: dict[TokenPurpose, timedelta] = {
    TokenPurpose.VERIFY_EMAIL: timedelta(hours=48),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    TokenPurpose.INVITATION: timedelta(days=7),
    TokenPurpose.CHANGE_EMAIL: timedelta(hours=48),
}


class AccountAct(StrEnum):
    """What staff do to an account."""

    INVITED = "invited"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    ROLE_CHANGED = "role_changed"


@dataclass(frozen=True)
class Member:
    """An account as the rules of this module see it."""

    id: UUID
    role: Role
    email_verified: bool
    invited_at: datetime | None
    locked_at: datetime | None

    @property
    def status(self) -> AccountStatus:
        if self.locked_at is not None:
            return AccountStatus.LOCKED
        if self.email_verified:
            return AccountStatus.ACTIVE
        return AccountStatus.UNVERIFIED if self.invited_at is None else AccountStatus.INVITED

    @property
    def is_active_administrator(self) -> bool:
        return (
            self.role is Role.ADMINISTRATOR
            and self.status is AccountStatus.ACTIVE
            and self.id != REGISTRY_ACCOUNT_ID
        )


@dataclass(frozen=True)
class AccountToken:
    """What the link in a mail is good for; its text is in the mail alone."""

    token_hash: str
    user_id: UUID
    purpose: TokenPurpose
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def is_good(self, *, at: datetime) -> bool:
        return self.used_at is None and at < self.expires_at


DEAD_LINK = "This link is unknown, was used or has expired; ask for another one."


def require_token(
    token: AccountToken | None, purposes: Collection[TokenPurpose], *, at: datetime
) -> AccountToken:
    """
    Raises:
        Invalid: it is unknown, used, expired or for something else; all are one sentence.
    """
    if token is None or token.purpose not in purposes or not token.is_good(at=at):
        raise Invalid(DEAD_LINK, Fault("/token", DEAD_LINK))
    return token


def require_self_registered(role: Role) -> None:
    """
    Raises:
        Forbidden: nobody becomes a verifier or administrator by themselves.
    """
    if role not in SELF_REGISTERED:
        raise Forbidden(f"Nobody registers as {role} by themselves; an administrator invites you.")


def require_may_sign_in(member: Member) -> None:
    """
    Asked after the right password, and never before: nobody else learns of the account's state.

    Raises:
        Forbidden: the e-mail is not confirmed, or staff locked the account.
    """
    if member.locked_at is not None:
        raise Forbidden("Staff of the registry have locked this account; ask them why.")
    if not member.email_verified:
        raise Forbidden(
            "Your e-mail address is not confirmed yet: open the link that we sent to it, or ask for"
            " another one."
        )


def check_lock(
    member: Member, *, lock: bool, actor_id: UUID, administrators: Collection[Member]
) -> bool:
    """
    Whether locking (or, `lock` False, unlocking) changes anything.

    `administrators` are all there are, held until the change is written.

    Raises:
        Forbidden: it is one's own account, or the registry's.
        Conflict: it is the last administrator who can sign in.
    """
    _require_other(member, actor_id, "lock or unlock")
    if lock and member.locked_at is None:
        _require_another(member, administrators)
    return lock != (member.locked_at is not None)


def check_role_change(
    member: Member, role: Role, *, actor_id: UUID, administrators: Collection[Member]
) -> bool:
    """
    Whether the role is another one than before.

    Raises:
        As `check_lock`.
    """
    _require_other(member, actor_id, "change the role of")
    if role is not member.role and role is not Role.ADMINISTRATOR:
        _require_another(member, administrators)
    return role is not member.role


def check_invitation(member: Member) -> None:
    """
    Raises:
        Conflict: the account has a person already, or was not made by an invitation.
    """
    if member.status is not AccountStatus.INVITED:
        raise Conflict(f"This account is {member.status}; only an invitation is sent again.")


def _require_other(member: Member, actor_id: UUID, verb: str) -> None:
    if member.id == actor_id:
        raise Forbidden(f"Nobody may {verb} their own account; another administrator does.")
    if member.id == REGISTRY_ACCOUNT_ID:
        raise Forbidden("The registry's own account stays as it is.")


def _require_another(member: Member, administrators: Collection[Member]) -> None:
    others = [one for one in administrators if one.is_active_administrator and one.id != member.id]
    if member.is_active_administrator and not others:
        raise Conflict("This is the last administrator who can sign in; the registry needs one.")
