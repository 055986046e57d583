"""Webhooks, their deliveries and the events, as staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.engines import PageRequest, read_one, read_page
from adapters.postgres.publishing.webhooks import webhook_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import outbox_events, webhook_deliveries, webhooks
from domain.publishing.events import EventName
from domain.publishing.webhooks import DeliveryStatus, Webhook


@dataclass(frozen=True)
class DeliveryView:
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
class EventView:
    id: UUID
    name: EventName
    payload: Mapping[str, Any]
    occurred_at: datetime


async def webhooks_page(connection: AsyncConnection, part: PageRequest) -> Sequence[Webhook]:
    found = await read_page(
        connection, select(webhooks), part, at=webhooks.c.created_at, id=webhooks.c.id
    )
    return [webhook_from(row) for row in found]


async def deliveries_page(
    connection: AsyncConnection, webhook_id: UUID, part: PageRequest, status: DeliveryStatus | None
) -> Sequence[DeliveryView]:
    query = _deliveries().where(webhook_deliveries.c.webhook_id == webhook_id)
    if status is not None:
        query = query.where(webhook_deliveries.c.status == status.value)
    found = await read_page(
        connection,
        query,
        part,
        at=webhook_deliveries.c.created_at,
        id=webhook_deliveries.c.id,
    )
    return [value_of(DeliveryView, row) for row in found]


async def delivery_view(connection: AsyncConnection, delivery_id: UUID) -> DeliveryView | None:
    row = await read_one(connection, _deliveries().where(webhook_deliveries.c.id == delivery_id))
    return value_of(DeliveryView, row) if row else None


async def events_page(
    connection: AsyncConnection, part: PageRequest, name: EventName | None
) -> Sequence[EventView]:
    query = select(outbox_events)
    if name is not None:
        query = query.where(outbox_events.c.name == name.value)
    found = await read_page(
        connection, query, part, at=outbox_events.c.occurred_at, id=outbox_events.c.id
    )
    return [value_of(EventView, row) for row in found]


def _deliveries() -> Select[Any]:
    return select(webhook_deliveries, outbox_events.c.name.label("event_name")).join(
        outbox_events, outbox_events.c.id == webhook_deliveries.c.event_id
    )
