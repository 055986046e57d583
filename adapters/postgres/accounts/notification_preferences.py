"""How people hear of what they are told, written and read by those who tell them; and their digests."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.ports.accounts import Digest
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    digests,
    notification_preferences,
    notification_settings,
    notifications,
    users,
)
from domain.accounts.notices.kinds import NoticeChannel
from domain.accounts.notices.preferences import (
    DEFAULT_DIGEST_HOUR,
    DEFAULT_TIME_ZONE,
    NotificationPreferences,
)
from domain.accounts.notices.unsubscribing import KEY_BYTES
from domain.accounts.notifications import Notification, NotificationKind

_KEPT = (
    notifications.c.digest_wanted_at.is_not(None),
    notifications.c.digest_id.is_(None),
    notifications.c.mailed_at.is_(None),
)
_MAILED = (NoticeChannel.MAIL, NoticeChannel.DIGEST)


async def preferences_of(connection: AsyncConnection, user_id: UUID) -> NotificationPreferences:
    """Seen by: the account itself."""
    found = await connection.execute(
        select(
            func.coalesce(notification_settings.c.time_zone, DEFAULT_TIME_ZONE),
            func.coalesce(notification_settings.c.digest_hour, DEFAULT_DIGEST_HOUR),
            users.c.mails_notifications,
        )
        .select_from(users.outerjoin(notification_settings))
        .where(users.c.id == user_id)
    )
    time_zone, digest_hour, mails = found.one()
    chosen = await connection.execute(
        select(notification_preferences.c.kind, notification_preferences.c.channel).where(
            notification_preferences.c.user_id == user_id
        )
    )
    channels = {NotificationKind(kind): NoticeChannel(channel) for kind, channel in chosen}
    return NotificationPreferences(time_zone, digest_hour, channels, mails_good_news=mails)


async def unsubscribe_key_of(connection: AsyncConnection, user_id: UUID) -> bytes | None:
    """Seen by: nobody; it checks links in mails."""
    found = await connection.execute(
        select(notification_settings.c.unsubscribe_key).where(
            notification_settings.c.user_id == user_id
        )
    )
    return found.scalar_one_or_none()


class PostgresNotificationPreferences:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, user_id: UUID) -> NotificationPreferences:
        return await preferences_of(self._connection, user_id)

    async def unsubscribe_key(self, user_id: UUID) -> bytes:
        await self._connection.execute(self._fresh(user_id).on_conflict_do_nothing())
        key = await unsubscribe_key_of(self._connection, user_id)
        if key is None:
            raise RuntimeError("a key that was just written is there")
        return key

    async def choose(self, user_id: UUID, chosen: NotificationPreferences) -> None:
        settings = {"time_zone": chosen.time_zone, "digest_hour": chosen.digest_hour}
        await self._connection.execute(
            self._fresh(user_id)
            .values(**settings)
            .on_conflict_do_update(index_elements=["user_id"], set_=settings)
        )
        await self._connection.execute(
            delete(notification_preferences).where(notification_preferences.c.user_id == user_id)
        )
        rows = [
            {"user_id": user_id, "kind": kind.value, "channel": channel.value}
            for kind, channel in chosen.channels.items()
        ]
        if rows:
            await self._connection.execute(insert(notification_preferences), rows)
        await self._drop_kept(user_id, await self.of(user_id))

    async def set_channel(
        self, user_id: UUID, kinds: Sequence[NotificationKind], channel: NoticeChannel
    ) -> None:
        if not kinds:
            return
        rows = [
            {"user_id": user_id, "kind": kind.value, "channel": channel.value} for kind in kinds
        ]
        await self._connection.execute(
            insert(notification_preferences).on_conflict_do_update(
                index_elements=["user_id", "kind"], set_={"channel": channel.value}
            ),
            rows,
        )
        await self._drop_kept(user_id, await self.of(user_id))

    async def _drop_kept(self, user_id: UUID, wanted: NotificationPreferences) -> None:
        """What waits for a digest and is not wanted by mail any more waits no longer."""
        unwanted = [kind for kind in NotificationKind if wanted.channel(kind) not in _MAILED]
        await self._connection.execute(
            update(notifications)
            .where(notifications.c.user_id == user_id, notifications.c.kind.in_(unwanted), *_KEPT)
            .values(digest_wanted_at=None)
        )

    async def keep_for_digest(self, notification_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(notifications)
            .where(
                notifications.c.id == notification_id, notifications.c.digest_wanted_at.is_(None)
            )
            .values(digest_wanted_at=at)
        )

    async def waiting_for_digest(
        self, *, limit: int
    ) -> Sequence[tuple[UUID, NotificationPreferences, date | None]]:
        last = (
            select(func.max(digests.c.day))
            .where(digests.c.user_id == notifications.c.user_id)
            .scalar_subquery()
        )
        found = await self._connection.execute(
            select(notifications.c.user_id, last)
            .where(*_KEPT)
            .group_by(notifications.c.user_id)
            .order_by(func.min(notifications.c.digest_wanted_at), notifications.c.user_id)
            .limit(limit)
        )
        return [(user_id, await self.of(user_id), day) for user_id, day in found.all()]

    async def plan_digest(self, digest: Digest) -> bool:
        added = await self._connection.execute(
            insert(digests)
            .values(
                id=digest.id, user_id=digest.user_id, day=digest.day, planned_at=digest.planned_at
            )
            .on_conflict_do_nothing()
        )
        if not added.rowcount:
            return False
        await self._connection.execute(
            update(notifications)
            .where(notifications.c.user_id == digest.user_id, *_KEPT)
            .values(digest_id=digest.id)
        )
        return True

    async def unmailed_digests(self, since: datetime) -> Sequence[UUID]:
        found = await self._connection.execute(
            select(digests.c.id)
            .where(digests.c.mailed_at.is_(None), digests.c.planned_at >= since)
            .order_by(digests.c.planned_at, digests.c.id)
        )
        return list(found.scalars())

    async def unmailed_digest(
        self, digest_id: UUID
    ) -> tuple[Digest, Sequence[Notification]] | None:
        found = await self._connection.execute(
            select(digests).where(digests.c.id == digest_id, digests.c.mailed_at.is_(None))
        )
        row = found.mappings().one_or_none()
        if row is None:
            return None
        told = await self._connection.execute(
            select(notifications)
            .where(notifications.c.digest_id == digest_id)
            .order_by(notifications.c.created_at, notifications.c.id)
        )
        return value_of(Digest, row), [value_of(Notification, one) for one in told.mappings()]

    async def mark_digest_mailed(self, digest_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(digests).where(digests.c.id == digest_id).values(mailed_at=at)
        )
        await self._connection.execute(
            update(notifications).where(notifications.c.digest_id == digest_id).values(mailed_at=at)
        )

    @staticmethod
    def _fresh(user_id: UUID) -> Insert:
        return insert(notification_settings).values(
            user_id=user_id, unsubscribe_key=secrets.token_bytes(KEY_BYTES)
        )
