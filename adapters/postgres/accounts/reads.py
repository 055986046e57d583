"""What an account sees of itself, read: its profile, and what it was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import notifications, users
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Role


@dataclass(frozen=True)
class NotificationView:
    id: UUID
    kind: NotificationKind
    message: str
    link: str
    read_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class ProfileView:
    id: UUID
    email: str
    name: str
    company: str | None
    role: Role
    wallet_address: str | None
    email_verified: bool
    created_at: datetime


async def profile(connection: AsyncConnection, account_id: UUID) -> ProfileView:
    """Seen by: the account itself."""
    found = await connection.execute(select(users).where(users.c.id == account_id))
    return value_of(ProfileView, found.mappings().one())


async def notifications_page(
    connection: AsyncConnection, user_id: UUID, page: PageRequest
) -> Sequence[NotificationView]:
    """Seen by: the account that was told."""
    query = select(notifications).where(notifications.c.user_id == user_id)
    by = (notifications.c.created_at, notifications.c.id)
    return [value_of(NotificationView, row) for row in await read_page(connection, query, page, by)]
