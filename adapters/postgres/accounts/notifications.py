"""Notifications, written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import notifications
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.notifications import Notification, NotificationKind

_ADD_ALL = insert(notifications).on_conflict_do_nothing()


class PostgresNotifications:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def add(self, notification: Notification) -> None:
        self._connection.insert_later(notifications, row_of(notification), unless_there=True)

    async def add_all(self, added: Sequence[Notification]) -> None:
        if added:
            await self._connection.execute(_ADD_ALL, [row_of(one) for one in added])

    async def unmailed(self, notification_id: UUID) -> Notification | None:
        found = await self._connection.execute(
            select(notifications).where(
                notifications.c.id == notification_id,
                notifications.c.mailed_at.is_(None),
                notifications.c.digest_wanted_at.is_(None),
            )
        )
        row = found.mappings().one_or_none()
        return value_of(Notification, row) if row else None

    async def unmailed_of(self, kind: NotificationKind, since: datetime) -> Sequence[UUID]:
        found = await self._connection.execute(
            select(notifications.c.id)
            .where(
                notifications.c.kind == kind.value,
                notifications.c.created_at >= since,
                notifications.c.mailed_at.is_(None),
            )
            .order_by(notifications.c.created_at, notifications.c.id)
        )
        return list(found.scalars())

    async def mark_mailed(self, notification_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(notifications).where(notifications.c.id == notification_id).values(mailed_at=at)
        )

    async def mark_read(self, notification_id: UUID, user_id: UUID, at: datetime) -> bool:
        found = await self._connection.execute(
            update(notifications)
            .where(notifications.c.id == notification_id, notifications.c.user_id == user_id)
            .values(read_at=func.coalesce(notifications.c.read_at, at))
        )
        return bool(found.rowcount)

    async def mark_all_read(self, user_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(notifications)
            .where(notifications.c.user_id == user_id, notifications.c.read_at.is_(None))
            .values(read_at=at)
        )
