"""What the desk of staff shows and the public pages do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.page_queries import read


async def in_flight_by_wallet(connection: AsyncConnection) -> Mapping[str, int]:
    """How many transactions of each address are signed and not confirmed."""
    found = await connection.execute(
        text("""
            SELECT wallet_address, count(*) AS transactions FROM chain_transactions
             WHERE status IN ('signed', 'submitted') GROUP BY wallet_address
        """)
    )
    return {row.wallet_address: row.transactions for row in found}


@dataclass(frozen=True)
class WebhookLine:
    """A webhook, and how many of its deliveries are where."""

    id: UUID
    url: str
    active: bool
    created_at: datetime
    pending: int
    delivered: int
    failed: int


async def webhook_lines(connection: AsyncConnection, *, limit: int) -> Sequence[WebhookLine]:
    """Those that are sent to come first, then the newest."""
    sql = """
        SELECT w.id, w.url, w.active, w.created_at,
               count(*) FILTER (WHERE d.status = 'pending') AS pending,
               count(*) FILTER (WHERE d.status = 'delivered') AS delivered,
               count(*) FILTER (WHERE d.status = 'failed') AS failed
          FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id
         GROUP BY w.id ORDER BY w.active DESC, w.created_at DESC, w.id LIMIT :limit
    """
    return await read(connection, WebhookLine, sql, limit=limit)


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


async def delivery_lines(
    connection: AsyncConnection, *, failed_only: bool, limit: int
) -> Sequence[DeliveryLine]:
    """Of all webhooks together, newest first."""
    condition = "WHERE d.status = 'failed'" if failed_only else ""
    sql = f"""
        SELECT d.id, d.webhook_id, w.url, w.active, e.name AS event_name, d.status, d.attempts,
               d.replays, d.last_status_code, d.last_error, d.created_at, d.last_attempt_at
          FROM webhook_deliveries d
          JOIN webhooks w ON w.id = d.webhook_id
          JOIN outbox_events e ON e.id = d.event_id
         {condition} ORDER BY d.created_at DESC, d.id DESC LIMIT :limit
    """  # noqa: S608 -- the condition is one of the two above
    return await read(connection, DeliveryLine, sql, limit=limit)
