"""What an account sees of itself, read: its profile, and what it was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.holding import LEGAL_NAME
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import notification_preferences, notifications, sessions, users
from domain.accounts.notices.kinds import NoticeChannel
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
    mails_notifications: bool
    created_at: datetime
    pending_email: str | None = None


@dataclass(frozen=True)
class OpenSessionView:
    """
    A log-in with everything that was renewed of it; `id` stays the same when its tokens are renewed.

    `renewed_at` is when its newest tokens were given, `ends_at` when it is over without renewal.
    """

    id: UUID
    ip_address: str | None
    user_agent: str | None
    opened_at: datetime
    renewed_at: datetime
    ends_at: datetime


async def profile(connection: AsyncConnection, account_id: UUID) -> ProfileView:
    """Seen by: the account itself."""
    found = await connection.execute(select(users, LEGAL_NAME).where(users.c.id == account_id))
    row = found.mappings().one()
    return value_of(ProfileView, row, company=row["legal_name"])


_MINE = sessions.alias("mine")
_OPENED_AT = (
    select(func.min(_MINE.c.created_at))
    .where(_MINE.c.family_id == sessions.c.family_id)
    .scalar_subquery()
)
_OPEN_SESSIONS = select(
    sessions.c.family_id.label("id"),
    sessions.c.ip_address,
    sessions.c.user_agent,
    _OPENED_AT.label("opened_at"),
    sessions.c.created_at.label("renewed_at"),
    sessions.c.refresh_expires_at.label("ends_at"),
).where(sessions.c.ended_at.is_(None), sessions.c.rotated_at.is_(None))


async def open_sessions(
    connection: AsyncConnection, account_id: UUID, *, at: datetime, limit: int
) -> Sequence[OpenSessionView]:
    """
    The newest first.

    Seen by: the account itself.
    """
    found = await connection.execute(
        _OPEN_SESSIONS.where(sessions.c.user_id == account_id, sessions.c.refresh_expires_at > at)
        .order_by(sessions.c.created_at.desc(), sessions.c.id)
        .limit(limit)
    )
    return [value_of(OpenSessionView, row) for row in found.mappings()]


_SHOWN = ~(
    select(notification_preferences.c.kind)
    .where(
        notification_preferences.c.user_id == notifications.c.user_id,
        notification_preferences.c.kind == notifications.c.kind,
        notification_preferences.c.channel == NoticeChannel.NONE.value,
    )
    .exists()
)
"""What somebody does not want to hear of at all is not shown, for as long as they do not."""


async def notification(
    connection: AsyncConnection, notification_id: UUID, user_id: UUID
) -> NotificationView | None:
    """Seen by: the account that was told."""
    row = await read_one(
        connection,
        select(notifications).where(
            notifications.c.id == notification_id, notifications.c.user_id == user_id
        ),
    )
    return value_of(NotificationView, row) if row else None


async def unread_count(connection: AsyncConnection, user_id: UUID) -> int:
    """Seen by: the account that was told."""
    found = await connection.execute(
        select(func.count())
        .select_from(notifications)
        .where(notifications.c.user_id == user_id, notifications.c.read_at.is_(None), _SHOWN)
    )
    return int(found.scalar_one())


async def notifications_page(
    connection: AsyncConnection, user_id: UUID, page: PageRequest, *, unread: bool | None = None
) -> Sequence[NotificationView]:
    """
    Those that are read, those that are not, or (None) both.

    Seen by: the account that was told.
    """
    query = select(notifications).where(notifications.c.user_id == user_id, _SHOWN)
    if unread is not None:
        query = query.where(notifications.c.read_at.is_(None) == unread)
    by = (notifications.c.created_at, notifications.c.id)
    return [value_of(NotificationView, row) for row in await read_page(connection, query, page, by)]
