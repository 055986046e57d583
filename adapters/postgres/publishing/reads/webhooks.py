"""Webhooks, their deliveries and the events, read. All of it is for staff who manage webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.publishing.webhooks import webhook_from
from adapters.postgres.queries import PageRequest, read, read_one, read_page
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


async def webhooks_page(connection: AsyncConnection, page: PageRequest) -> Sequence[Webhook]:
    """Seen by: staff who manage webhooks, which the route asks for."""
    by = (webhooks.c.created_at, webhooks.c.id)
    found = await read_page(connection, select(webhooks), page, by)
    return [webhook_from(row) for row in found]


async def deliveries_page(
    connection: AsyncConnection, webhook_id: UUID, page: PageRequest, status: DeliveryStatus | None
) -> Sequence[DeliveryView]:
    """Seen by: staff who manage webhooks, which the route asks for."""
    query = _deliveries().where(webhook_deliveries.c.webhook_id == webhook_id)
    if status is not None:
        query = query.where(webhook_deliveries.c.status == status.value)
    by = (webhook_deliveries.c.created_at, webhook_deliveries.c.id)
    found = await read_page(connection, query, page, by)
    return [value_of(DeliveryView, row) for row in found]


async def delivery_view(connection: AsyncConnection, delivery_id: UUID) -> DeliveryView | None:
    """Seen by: staff who manage webhooks, which the route asks for."""
    row = await read_one(connection, _deliveries().where(webhook_deliveries.c.id == delivery_id))
    return value_of(DeliveryView, row) if row else None


async def events_page(
    connection: AsyncConnection, page: PageRequest, name: EventName | None
) -> Sequence[EventView]:
    """Seen by: staff who manage webhooks, which the route asks for."""
    query = select(outbox_events)
    if name is not None:
        query = query.where(outbox_events.c.name == name.value)
    by = (outbox_events.c.occurred_at, outbox_events.c.id)
    found = await read_page(connection, query, page, by)
    return [value_of(EventView, row) for row in found]


DELIVERED_COUNTED_MAX = 1_000
"""Deliveries that arrived are kept for ever, and nobody needs to know how many of them there are."""


@dataclass(frozen=True)
class WebhookSummaryView:
    """A webhook, and how many of its deliveries are where; `delivered` ends at `DELIVERED_COUNTED_MAX`."""

    id: UUID
    url: str
    active: bool
    created_at: datetime
    pending: int
    delivered: int
    failed: int

    @property
    def delivered_more(self) -> bool:
        return self.delivered >= DELIVERED_COUNTED_MAX


WEBHOOK_SUMMARIES = """
    WITH shown AS (
        SELECT id, url, active, created_at FROM webhooks
         ORDER BY active DESC, created_at DESC, id LIMIT :limit
    ), undelivered AS (
        SELECT webhook_id, count(*) FILTER (WHERE status = 'pending') AS pending,
               count(*) FILTER (WHERE status = 'failed') AS failed
          FROM webhook_deliveries WHERE status <> 'delivered' GROUP BY webhook_id
    )
    SELECT w.id, w.url, w.active, w.created_at, coalesce(u.pending, 0) AS pending, d.delivered,
           coalesce(u.failed, 0) AS failed
      FROM shown w LEFT JOIN undelivered u ON u.webhook_id = w.id
      CROSS JOIN LATERAL (
          SELECT count(*) AS delivered FROM (
              SELECT FROM webhook_deliveries
               WHERE webhook_id = w.id AND status = 'delivered'
               ORDER BY created_at DESC, id DESC LIMIT :counted
          ) newest
      ) d
     ORDER BY w.active DESC, w.created_at DESC, w.id
"""


async def webhook_summaries(
    connection: AsyncConnection, *, limit: int
) -> Sequence[WebhookSummaryView]:
    """
    Those that are sent to come first, then the newest.

    Seen by: staff who manage webhooks, which the page asks for.
    """
    return await read(
        connection,
        WebhookSummaryView,
        WEBHOOK_SUMMARIES,
        limit=limit,
        counted=DELIVERED_COUNTED_MAX,
    )


@dataclass(frozen=True)
class AddressedDeliveryView(DeliveryView):
    """A delivery with where it goes; `active` is whether anything is sent there at present."""

    webhook_id: UUID
    url: str
    active: bool


_LINE = """
    SELECT d.id, d.webhook_id, w.url, w.active, d.event_id, e.name AS event_name, d.status, d.attempts,
           d.replays, d.last_status_code, d.last_error, d.created_at, d.last_attempt_at,
           d.delivered_at
"""
_NEWEST_FIRST = "ORDER BY d.created_at DESC, d.id DESC LIMIT :limit"

FAILED_DELIVERIES = f"""
    {_LINE} FROM webhook_deliveries d
      JOIN webhooks w ON w.id = d.webhook_id
      JOIN outbox_events e ON e.id = d.event_id
     WHERE d.status = 'failed' {_NEWEST_FIRST}
"""

# The newest of each webhook, and of those the newest: there is an index of each webhook's.
NEWEST_DELIVERIES = f"""
    {_LINE} FROM webhooks w
      CROSS JOIN LATERAL (
          SELECT * FROM webhook_deliveries d WHERE d.webhook_id = w.id {_NEWEST_FIRST}
      ) d
      JOIN outbox_events e ON e.id = d.event_id
     {_NEWEST_FIRST}
"""  # noqa: S608 -- its parts are the two above


async def newest_deliveries(
    connection: AsyncConnection, *, failed_only: bool, limit: int
) -> Sequence[AddressedDeliveryView]:
    """
    Of all webhooks together, newest first.

    Seen by: staff who manage webhooks, which the page asks for.
    """
    sql = FAILED_DELIVERIES if failed_only else NEWEST_DELIVERIES
    return await read(connection, AddressedDeliveryView, sql, limit=limit)


def _deliveries() -> Select[Any]:
    return select(webhook_deliveries, outbox_events.c.name.label("event_name")).join(
        outbox_events, outbox_events.c.id == webhook_deliveries.c.event_id
    )
