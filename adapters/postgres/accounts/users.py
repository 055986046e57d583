"""Accounts as staff see them, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.holding import LEGAL_NAME
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import account_acts, account_tokens, users
from domain.accounts.membership import AccountAct, AccountStatus, TokenPurpose
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Role

SEARCHED_MAX = 20_000
"""Accounts that a search by words opens: a fifth of a second's work."""


@dataclass(frozen=True)
class UserFilter:
    """
    `words`: all of them stand somewhere in name, e-mail or organisation, in any case.

    Names and e-mails are sealed, so that the accounts are opened one by one to be searched, the newest
    `SEARCHED_MAX` of them; a whole e-mail is found among all (ADR 0072).
    """

    words: str | None = None
    role: Role | None = None
    status: AccountStatus | None = None


@dataclass(frozen=True)
class UserView:
    """`invitation_expires_at` is of the newest invitation that was mailed and not used."""

    id: UUID
    email: str
    name: str
    company: str | None
    role: Role
    status: AccountStatus
    locked_at: datetime | None
    invitation_expires_at: datetime | None
    last_login_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class ActView:
    """What somebody of staff (`actor_name`) did to an account, and why."""

    act: AccountAct
    role: Role
    reason: str | None
    actor_name: str
    at: datetime


# As `Member.status` (domain/accounts/membership.py).
_STATUS = case(
    (users.c.locked_at.is_not(None), AccountStatus.LOCKED.value),
    (users.c.email_verified, AccountStatus.ACTIVE.value),
    (users.c.invited_at.is_(None), AccountStatus.UNVERIFIED.value),
    else_=AccountStatus.INVITED.value,
)
_INVITED_UNTIL = (
    select(func.max(account_tokens.c.expires_at))
    .where(
        account_tokens.c.user_id == users.c.id,
        account_tokens.c.purpose == TokenPurpose.INVITATION.value,
        account_tokens.c.used_at.is_(None),
    )
    .scalar_subquery()
)
_USERS = select(
    users,
    LEGAL_NAME,
    _STATUS.label("status"),
    _INVITED_UNTIL.label("invitation_expires_at"),
).where(users.c.id != REGISTRY_ACCOUNT_ID)


async def users_page(
    connection: AsyncConnection, wanted: UserFilter, page: PageRequest
) -> Sequence[UserView]:
    """Seen by: staff."""
    by = (users.c.created_at, users.c.id)
    query = _filtered(wanted)
    if wanted.words:
        query = query.where(users.c.id.in_(await _ids_with(connection, wanted, wanted.words)))
    rows = await read_page(connection, query, page, by)
    return [_view(row) for row in rows]


async def user(connection: AsyncConnection, user_id: UUID) -> UserView | None:
    """Seen by: staff."""
    row = await read_one(connection, _USERS.where(users.c.id == user_id))
    return _view(row) if row else None


async def acts_on(connection: AsyncConnection, user_id: UUID, *, limit: int) -> Sequence[ActView]:
    """
    The newest first.

    Seen by: staff.
    """
    found = await connection.execute(
        select(account_acts, users.c.name.label("actor_name"))
        .join(users, users.c.id == account_acts.c.actor_id)
        .where(account_acts.c.user_id == user_id)
        .order_by(account_acts.c.at.desc(), account_acts.c.id)
        .limit(limit)
    )
    return [value_of(ActView, row) for row in found.mappings()]


async def _ids_with(connection: AsyncConnection, wanted: UserFilter, words: str) -> Sequence[UUID]:
    searched = (
        _filtered(wanted)
        .with_only_columns(users.c.id, users.c.name, users.c.email, LEGAL_NAME)
        .order_by(users.c.created_at.desc(), users.c.id)
        .limit(SEARCHED_MAX)
    )
    typed = [word.casefold() for word in words.split()]
    found = [
        row.id
        for row in await connection.execute(searched)
        if _has_all(typed, f"{row.name}\n{row.email}\n{row.legal_name or ''}".casefold())
    ]
    by_email = await connection.execute(select(users.c.id).where(users.c.email == words.strip()))
    return [*found, *by_email.scalars()]


def _has_all(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)


def _view(row: RowMapping) -> UserView:
    return value_of(UserView, row, company=row["legal_name"])


def _filtered(wanted: UserFilter) -> Select[Any]:
    query = _USERS
    if wanted.role is not None:
        query = query.where(users.c.role == wanted.role.value)
    if wanted.status is not None:
        query = query.where(_STATUS.in_([wanted.status.value]))
    return query
