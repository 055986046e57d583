"""What somebody was told, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engines import Part, read_part
from adapters.postgres.rows import value_of
from adapters.postgres.tables import notifications
from domain.accounts.notifications import NotificationKind


@dataclass(frozen=True)
class NotificationSeen:
    id: UUID
    kind: NotificationKind
    message: str
    link: str
    read_at: datetime | None
    created_at: datetime


async def notifications_part(
    connection: AsyncConnection, user_id: UUID, part: Part
) -> Sequence[NotificationSeen]:
    found = await read_part(
        connection,
        select(notifications).where(notifications.c.user_id == user_id),
        part,
        at=notifications.c.created_at,
        id=notifications.c.id,
    )
    return [value_of(NotificationSeen, row) for row in found]
