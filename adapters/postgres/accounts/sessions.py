"""
Log-ins and sessions: of bearer tokens and of the pages' cookie, which are two kinds of the same.

Tokens are never stored, only their SHA-256.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.holding import HOLDING_ID
from adapters.postgres.rows import columns_of, value_of
from adapters.postgres.tables import sessions, users
from domain.accounts.roles import Account


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
    device_hash: str | None = None


@dataclass(frozen=True)
class SessionView:
    """
    A session that is open, and whose it is.

    Its token is good until `expires_at`; `ends_at` is the moment beyond which the session cannot be
    prolonged by any use (pages) and not refreshed (bearer tokens).
    """

    id: UUID
    family_id: UUID
    account: Account
    name: str
    expires_at: datetime
    ends_at: datetime


# A function of the owner's: nobody is signed in yet, and whoever has the token may see whose it is.
_BY_TOKEN = (
    text(
        "SELECT found.*, found.id::text || found.name AS kept_name"
        " FROM karbonica_find_session(:token_hash, :now) found"
    )
    .bindparams(bindparam("now", type_=DateTime(timezone=True)))
    .columns(kept_name=users.c.name.type)
)


class PostgresSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def login(self, email: str) -> tuple[UUID, str] | None:
        """The account with this log-in name, and its bcrypt hash."""
        found = await self._connection.execute(
            select(users.c.id, users.c.password_hash).where(users.c.email == email)
        )
        row = found.one_or_none()
        return (row.id, row.password_hash) if row else None

    async def lock_account(self, account_id: UUID) -> Account:
        """Held until the commit."""
        found = await self._connection.execute(
            select(*columns_of(users, Account), HOLDING_ID)
            .where(users.c.id == account_id)
            .with_for_update(of=users)
        )
        return value_of(Account, found.mappings().one())

    async def note_login(self, account_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(users).where(users.c.id == account_id).values(last_login_at=at)
        )

    async def open(
        self, session: Session, *, ip_address: str | None, user_agent: str | None
    ) -> None:
        """`ip_address` is a network and `user_agent` a family (domain.accounts.session_origins)."""
        await self._connection.execute(
            insert(sessions).values(
                vars(session) | {"ip_address": ip_address, "user_agent": user_agent}
            )
        )

    async def find(self, token_hash: str, *, at: datetime) -> SessionView | None:
        """
        The session of an access token, unless it has expired or was ended.

        Seen by: whoever holds the token.
        """
        token = {"token_hash": token_hash, "now": at}
        found = await self._connection.execute(_BY_TOKEN, token)
        row = found.mappings().one_or_none()
        if row is None:
            return None
        return SessionView(
            id=row["session_id"],
            family_id=row["family_id"],
            account=value_of(Account, row),
            name=row["kept_name"],
            expires_at=row["access_expires_at"],
            ends_at=row["refresh_expires_at"],
        )

    async def expired_holder(
        self, token_hash: str, *, at: datetime, since: datetime
    ) -> tuple[UUID, str] | None:
        """
        Account and role of whose session ran out after `since`, and was never ended.

        Seen by: whoever holds the token.
        """
        found = await self._connection.execute(
            select(users.c.id, users.c.role)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(
                sessions.c.access_token_hash == token_hash,
                sessions.c.access_expires_at.between(since, at),
                sessions.c.ended_at.is_(None),
                sessions.c.rotated_at.is_(None),
                users.c.locked_at.is_(None),
            )
        )
        row = found.one_or_none()
        return (row.id, row.role) if row else None

    async def prolong(self, session_id: UUID, until: datetime) -> None:
        """Never beyond its end, and never once it was ended."""
        await self._set_sessions(
            (sessions.c.id == session_id)
            & sessions.c.ended_at.is_(None)
            & (sessions.c.refresh_expires_at >= until),
            access_expires_at=until,
        )

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

    async def end_family(self, family_id: UUID, at: datetime) -> bool:
        """False when none of them was open any more."""
        return await self._set_sessions(
            (sessions.c.family_id == family_id) & sessions.c.ended_at.is_(None), ended_at=at
        )

    async def _set_sessions(self, condition: ColumnElement[Any], **columns: object) -> bool:
        """Whether there was any."""
        changed = await self._connection.execute(update(sessions).where(condition).values(columns))
        return changed.rowcount > 0
