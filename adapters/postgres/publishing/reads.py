"""Webhooks, their deliveries and the events, as staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engines import Part, read_one, read_part
from adapters.postgres.publishing.webhooks import webhook_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import outbox_events, webhook_deliveries, webhooks
from domain.publishing.events import EventName
from domain.publishing.webhooks import DeliveryStatus, Webhook


@dataclass(frozen=True)
class DeliverySeen:
    """A line of a webhook's log; `attempts` counts all, also those before a replay."""

    id: UUID
    event_id: UUID
    event_name: EventName
    status: DeliveryStatus
    attempts: int
    replays: int
    last_status_code: int | None
    last_error: str | None
    created_at: datetime
    last_attempt_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class EventSeen:
    id: UUID
    name: EventName
    payload: Mapping[str, Any]
    occurred_at: datetime


async def webhooks_part(connection: AsyncConnection, part: Part) -> Sequence[Webhook]:
    found = await read_part(
        connection, select(webhooks), part, at=webhooks.c.created_at, id=webhooks.c.id
    )
    return [webhook_from(row) for row in found]


async def deliveries_part(
    connection: AsyncConnection, webhook_id: UUID, part: Part, status: DeliveryStatus | None
) -> Sequence[DeliverySeen]:
    query = _deliveries().where(webhook_deliveries.c.webhook_id == webhook_id)
    if status is not None:
        query = query.where(webhook_deliveries.c.status == status.value)
    found = await read_part(
        connection,
        query,
        part,
        at=webhook_deliveries.c.created_at,
        id=webhook_deliveries.c.id,
    )
    return [value_of(DeliverySeen, row) for row in found]


async def delivery_seen(connection: AsyncConnection, delivery_id: UUID) -> DeliverySeen | None:
    row = await read_one(connection, _deliveries().where(webhook_deliveries.c.id == delivery_id))
    return value_of(DeliverySeen, row) if row else None


async def events_part(
    connection: AsyncConnection, part: Part, name: EventName | None
) -> Sequence[EventSeen]:
    query = select(outbox_events)
    if name is not None:
        query = query.where(outbox_events.c.name == name.value)
    found = await read_part(
        connection, query, part, at=outbox_events.c.occurred_at, id=outbox_events.c.id
    )
    return [value_of(EventSeen, row) for row in found]


def _deliveries() -> Select[Any]:
    return select(webhook_deliveries, outbox_events.c.name.label("event_name")).join(
        outbox_events, outbox_events.c.id == webhook_deliveries.c.event_id
    )
