"""What somebody was told, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engines import PageRequest, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import notifications
from domain.accounts.notifications import NotificationKind


@dataclass(frozen=True)
class NotificationView:
    id: UUID
    kind: NotificationKind
    message: str
    link: str
    read_at: datetime | None
    created_at: datetime


async def notifications_page(
    connection: AsyncConnection, user_id: UUID, part: PageRequest
) -> Sequence[NotificationView]:
    found = await read_page(
        connection,
        select(notifications).where(notifications.c.user_id == user_id),
        part,
        at=notifications.c.created_at,
        id=notifications.c.id,
    )
    return [value_of(NotificationView, row) for row in found]
