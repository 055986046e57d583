"""Webhooks and what was sent to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import outbox_events, webhook_deliveries, webhooks
from domain.publishing.events import EventName
from domain.publishing.webhooks import Delivery, DeliveryStatus, Webhook


class PostgresWebhooks:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, webhook: Webhook) -> None:
        await self._connection.execute(
            insert(webhooks).values(_columns(webhook)).on_conflict_do_nothing()
        )

    async def get(self, webhook_id: UUID) -> Webhook | None:
        return await self._one(select(webhooks).where(webhooks.c.id == webhook_id))

    async def lock(self, webhook_id: UUID) -> Webhook | None:
        return await self._one(
            select(webhooks).where(webhooks.c.id == webhook_id).with_for_update()
        )

    async def active(self) -> Sequence[Webhook]:
        found = await self._connection.execute(
            select(webhooks).where(webhooks.c.active).order_by(webhooks.c.created_at, webhooks.c.id)
        )
        return [webhook_from(row) for row in found.mappings()]

    async def save(self, webhook: Webhook) -> None:
        columns = _columns(webhook)
        await self._connection.execute(
            update(webhooks)
            .where(webhooks.c.id == webhook.id)
            .values({name: columns[name] for name in ("secret", "events", "active")})
        )
        # Where deliveries go is changed by a function of the owner's, which asks who wants it.
        await self._connection.execute(
            select(func.karbonica_set_webhook_url(webhooks.c.id, webhook.url)).where(
                webhooks.c.id == webhook.id, webhooks.c.url != webhook.url
            )
        )

    async def _one(self, query: Select[Any]) -> Webhook | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return webhook_from(row) if row else None


class PostgresDeliveries:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            await self._connection.execute(
                insert(webhook_deliveries).on_conflict_do_nothing(),
                [row_of(delivery) for delivery in deliveries],
            )

    async def get(self, delivery_id: UUID) -> Delivery | None:
        return await self._one(
            select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
        )

    async def lock(self, delivery_id: UUID) -> Delivery | None:
        return await self._one(
            select(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery_id)
            .with_for_update()
        )

    async def save(self, delivery: Delivery) -> None:
        await self._connection.execute(
            update(webhook_deliveries)
            .where(webhook_deliveries.c.id == delivery.id)
            .values(row_of(delivery))
        )

    async def untaken(self, limit: int) -> Sequence[Delivery]:
        found = await self._connection.execute(
            select(webhook_deliveries)
            .join(outbox_events, outbox_events.c.id == webhook_deliveries.c.event_id)
            .where(
                webhook_deliveries.c.taken_at.is_(None),
                webhook_deliveries.c.status == DeliveryStatus.PENDING.value,
            )
            .order_by(outbox_events.c.position, webhook_deliveries.c.created_at)
            .limit(limit)
        )
        return [value_of(Delivery, row) for row in found.mappings()]

    async def _one(self, query: Select[Any]) -> Delivery | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return value_of(Delivery, row) if row else None


def webhook_from(row: RowMapping) -> Webhook:
    events = tuple(EventName(name) for name in row["events"])
    return value_of(Webhook, row, events=events, sealed_secret=row["secret"])


def _columns(webhook: Webhook) -> dict[str, Any]:
    columns = row_of(webhook) | {"events": [name.value for name in webhook.events]}
    return columns | {"secret": columns.pop("sealed_secret")}
