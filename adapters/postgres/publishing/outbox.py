"""Events, written with what they tell of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import outbox_events
from adapters.postgres.write_batching import BatchingConnection
from domain.publishing.events import Event, EventName


class PostgresOutbox:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        self._connection.insert_later(outbox_events, row_of(event), unless_there=True)

    async def get(self, event_id: UUID) -> Event | None:
        found = await self._connection.execute(
            select(outbox_events).where(outbox_events.c.id == event_id)
        )
        row = found.mappings().one_or_none()
        return value_of(Event, row) if row else None

    async def lock_undispatched(self, limit: int) -> Sequence[Event]:
        found = await self._connection.execute(
            select(outbox_events)
            .where(outbox_events.c.dispatched_at.is_(None))
            .order_by(outbox_events.c.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [value_of(Event, row) for row in found.mappings()]

    async def mark_dispatched(self, event_ids: Sequence[UUID], at: datetime) -> None:
        await self._connection.execute(
            update(outbox_events).where(outbox_events.c.id.in_(event_ids)).values(dispatched_at=at)
        )

    async def occurred_between(
        self, since: datetime, until: datetime, names: Sequence[EventName], limit: int
    ) -> Sequence[Event]:
        found = await self._connection.execute(
            select(outbox_events)
            .where(
                outbox_events.c.occurred_at >= since,
                outbox_events.c.occurred_at < until,
                outbox_events.c.name.in_([name.value for name in names]),
            )
            .order_by(outbox_events.c.position)
            .limit(limit)
        )
        return [value_of(Event, row) for row in found.mappings()]
