"""Sessions of the pages: whose they are, and how long they go on while somebody works."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import value_of
from adapters.postgres.tables import sessions, users
from domain.accounts.roles import Account


@dataclass(frozen=True)
class PageSession:
    """It ends at `expires_at` unless it is used before, and at `ends_at` whatever happens."""

    id: UUID
    family_id: UUID
    account: Account
    name: str
    expires_at: datetime
    ends_at: datetime


class PostgresPageSessions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, token_hash: str, *, at: datetime) -> PageSession | None:
        """The session of a token, unless it has expired or was ended."""
        found = await self._connection.execute(
            select(
                users,
                sessions.c.id.label("session_id"),
                sessions.c.family_id,
                sessions.c.access_expires_at,
                sessions.c.refresh_expires_at,
            )
            .join(users, sessions.c.user_id == users.c.id)
            .where(
                sessions.c.access_token_hash == token_hash,
                sessions.c.access_expires_at > at,
                sessions.c.ended_at.is_(None),
            )
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        return PageSession(
            id=row["session_id"],
            family_id=row["family_id"],
            account=value_of(Account, row),
            name=row["name"],
            expires_at=row["access_expires_at"],
            ends_at=row["refresh_expires_at"],
        )

    async def prolong(self, session_id: UUID, until: datetime) -> None:
        """Never beyond its end, and never once it was ended."""
        await self._connection.execute(
            update(sessions)
            .where(
                sessions.c.id == session_id,
                sessions.c.ended_at.is_(None),
                sessions.c.refresh_expires_at >= until,
            )
            .values(access_expires_at=until)
        )
