"""What the desk of staff shows and the public pages do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read


async def in_flight_by_wallet(connection: AsyncConnection) -> Mapping[str, int]:
    """How many transactions of each address are signed and not confirmed."""
    found = await connection.execute(
        text("""
            SELECT wallet_address, count(*) AS transactions FROM chain_transactions
             WHERE status IN ('signed', 'submitted') GROUP BY wallet_address
        """)
    )
    return {row.wallet_address: row.transactions for row in found}


DELIVERED_COUNTED_MAX = 1_000
"""Deliveries that arrived are kept for ever, and nobody needs to know how many of them there are."""


@dataclass(frozen=True)
class WebhookLine:
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


WEBHOOK_LINES = """
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


async def webhook_lines(connection: AsyncConnection, *, limit: int) -> Sequence[WebhookLine]:
    """Those that are sent to come first, then the newest."""
    return await read(
        connection, WebhookLine, WEBHOOK_LINES, limit=limit, counted=DELIVERED_COUNTED_MAX
    )


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery with where it goes; `active` is whether anything is sent there at present."""

    id: UUID
    webhook_id: UUID
    url: str
    active: bool
    event_name: str
    status: str
    attempts: int
    replays: int
    last_status_code: int | None
    last_error: str | None
    created_at: datetime
    last_attempt_at: datetime | None


_LINE = """
    SELECT d.id, d.webhook_id, w.url, w.active, e.name AS event_name, d.status, d.attempts,
           d.replays, d.last_status_code, d.last_error, d.created_at, d.last_attempt_at
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


async def delivery_lines(
    connection: AsyncConnection, *, failed_only: bool, limit: int
) -> Sequence[DeliveryLine]:
    """Of all webhooks together, newest first."""
    sql = FAILED_DELIVERIES if failed_only else NEWEST_DELIVERIES
    return await read(connection, DeliveryLine, sql, limit=limit)
