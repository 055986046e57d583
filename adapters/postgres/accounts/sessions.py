"""Log-ins and sessions. Tokens are never stored, only their SHA-256."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import sessions, users
from domain.accounts.roles import Account, LoginAttempts, Role


@dataclass(frozen=True)
class Profile:
    """What an account's owner sees of it."""

    id: UUID
    email: str
    name: str
    company: str | None
    role: Role
    wallet_address: str | None
    email_verified: bool
    created_at: datetime


@dataclass(frozen=True)
class Session:
    """One pair of tokens; all that were rotated from one log-in share `family_id`."""

    id: UUID
    user_id: UUID
    family_id: UUID
    access_token_hash: str
    refresh_token_hash: str
    access_expires_at: datetime
    refresh_expires_at: datetime
    rotated_at: datetime | None = None
    ended_at: datetime | None = None


# Made once: every signed-in request asks this.
_ACCOUNT_FOR = (
    select(users)
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(
        sessions.c.access_token_hash == bindparam("token_hash"),
        sessions.c.access_expires_at > bindparam("now"),
        sessions.c.ended_at.is_(None),
    )
)


class PostgresSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def login(self, email: str) -> tuple[UUID, str] | None:
        """The account with this log-in name, and its bcrypt hash."""
        found = await self._connection.execute(
            select(users.c.id, users.c.password_hash).where(users.c.email == email.lower())
        )
        row = found.one_or_none()
        return (row.id, row.password_hash) if row else None

    async def lock_account(self, account_id: UUID) -> Account:
        """Held until the commit, so that two failures at once are counted as two."""
        found = await self._connection.execute(
            select(users).where(users.c.id == account_id).with_for_update()
        )
        return value_of(Account, found.mappings().one())

    async def save_attempts(self, account_id: UUID, attempts: LoginAttempts) -> None:
        await self._set_user(
            account_id,
            failed_login_attempts=attempts.failed,
            locked_until=attempts.locked_until,
        )

    async def note_login(self, account_id: UUID, at: datetime) -> None:
        await self._set_user(
            account_id, failed_login_attempts=0, locked_until=None, last_login_at=at
        )

    async def profile(self, account_id: UUID) -> Profile:
        found = await self._connection.execute(select(users).where(users.c.id == account_id))
        return value_of(Profile, found.mappings().one())

    async def open(
        self, session: Session, *, ip_address: str | None, user_agent: str | None
    ) -> None:
        await self._connection.execute(
            insert(sessions).values(
                vars(session) | {"ip_address": ip_address, "user_agent": user_agent}
            )
        )

    async def account_for(self, access_token_hash: str, *, at: datetime) -> Account | None:
        """Whose access token this is, unless it has expired or its session has ended."""
        token = {"token_hash": access_token_hash, "now": at}
        found = await self._connection.execute(_ACCOUNT_FOR, token)
        row = found.mappings().one_or_none()
        return value_of(Account, row) if row else None

    async def lock_by_refresh_token(self, refresh_token_hash: str) -> Session | None:
        """Held until the commit, so that one refresh token is never rotated twice."""
        found = await self._connection.execute(
            select(sessions)
            .where(sessions.c.refresh_token_hash == refresh_token_hash)
            .with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Session, row) if row else None

    async def mark_rotated(self, session_id: UUID, at: datetime) -> None:
        await self._set_sessions(sessions.c.id == session_id, rotated_at=at)

    async def end_family(self, family_id: UUID, at: datetime) -> None:
        await self._set_sessions(
            (sessions.c.family_id == family_id) & sessions.c.ended_at.is_(None), ended_at=at
        )

    async def _set_user(self, account_id: UUID, **columns: object) -> None:
        await self._connection.execute(
            update(users).where(users.c.id == account_id).values(columns)
        )

    async def _set_sessions(self, condition: ColumnElement[Any], **columns: object) -> None:
        await self._connection.execute(update(sessions).where(condition).values(columns))
