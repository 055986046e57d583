"""Sending events to a webhook once more, for staff."""

from datetime import datetime
from uuid import UUID

from activities.ports.database import UnitOfWork
from adapters.postgres.publishing.reads import webhooks as reads_webhooks
from adapters.postgres.publishing.reads.webhooks import DeliveryView
from api.commands.publishing.webhooks import audit, found
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import operation_id
from domain.publishing.events import Event, EventName
from domain.publishing.webhooks import (
    SUBSCRIBABLE,
    DeliveryStatus,
    Webhook,
    new_delivery,
    replay,
    require_active,
)

REPLAY_EVENTS_MAX = 1000
"""One transaction holds them all; a longer span is sent in parts."""


async def ping_webhook(
    parts: Resources, account: Account, key: str, webhook_id: UUID
) -> DeliveryView:
    """
    Send `webhook.ping` to this webhook alone.

    Raises:
        Forbidden: only staff manage webhooks.
        NotFound: there is no such webhook.
        Conflict: it is switched off.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    now = parts.clock.now()
    ping = Event(
        id=operation_id(account.id, "ping-webhook", key),
        name=EventName.WEBHOOK_PING,
        payload={"webhookId": str(webhook_id)},
        occurred_at=now,
    )
    async with parts.database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        require_active(webhook)
        delivery = new_delivery(webhook, ping, at=now)
        if await work.publishing.outbox.get(ping.id) is None:
            await work.publishing.outbox.add(ping)
            # Nobody but this webhook is to get it, so that there is nothing left to plan.
            await work.publishing.outbox.mark_dispatched([ping.id], now)
            await work.publishing.deliveries.add([delivery])
            audit(parts, work, "pinged", account, webhook_id)
    return await _delivery(parts, delivery.id)


async def replay_delivery(
    parts: Resources, account: Account, key: str, webhook_id: UUID, delivery_id: UUID
) -> DeliveryView:
    """
    Send one delivery once more; the event keeps its id.

    Raises:
        Forbidden: only staff manage webhooks.
        NotFound: there is no such webhook, or no such delivery to it.
        Conflict: the webhook is switched off, or the delivery is still on its way.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    operation = f"replay/{operation_id(account.id, 'replay-delivery', key)}"
    async with parts.database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        delivery = await work.publishing.deliveries.lock(delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFound("There is no such delivery.")
        if await work.requests.activity_results.claim(operation):
            require_active(webhook)
            await work.publishing.deliveries.save(replay(delivery))
            audit(parts, work, "replayed", account, webhook_id)
            await work.requests.activity_results.finish(operation, {"events": 1})
    return await _delivery(parts, delivery_id)


async def replay_span(
    parts: Resources,
    account: Account,
    key: str,
    webhook_id: UUID,
    since: datetime,
    until: datetime,
) -> int:
    """
    Send what the webhook wants of the span, and count it; what is still on its way is left alone.

    Raises:
        Forbidden: only staff manage webhooks.
        NotFound: there is no such webhook.
        Conflict: it is switched off.
        Invalid: the span holds more than REPLAY_EVENTS_MAX events.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    operation = f"replay/{operation_id(account.id, 'replay-span', key)}"
    async with parts.database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        if await work.requests.activity_results.claim(operation):
            require_active(webhook)
            count = await _replay_span(parts, work, webhook, since, until)
            audit(parts, work, "replayed", account, webhook_id)
            await work.requests.activity_results.finish(operation, {"events": count})
        replayed = await work.requests.activity_results.result(operation)
    events: int = replayed["events"]
    return events


async def _replay_span(
    parts: Resources, work: UnitOfWork, webhook: Webhook, since: datetime, until: datetime
) -> int:
    names = webhook.events or SUBSCRIBABLE
    events = await work.publishing.outbox.occurred_between(
        since, until, names, REPLAY_EVENTS_MAX + 1
    )
    if len(events) > REPLAY_EVENTS_MAX:
        detail = f"Choose a shorter span: this one holds more than {REPLAY_EVENTS_MAX} events"
        raise Invalid(detail, Fault("/to", detail))
    now, count = parts.clock.now(), 0
    for event in events:
        first = new_delivery(webhook, event, at=now)
        delivery = await work.publishing.deliveries.lock(first.id)
        if delivery is None:
            await work.publishing.deliveries.add([first])
        elif delivery.status is DeliveryStatus.PENDING:
            continue
        else:
            await work.publishing.deliveries.save(replay(delivery))
        count += 1
    return count


async def _delivery(parts: Resources, delivery_id: UUID) -> DeliveryView:
    async with parts.reading() as connection:
        view = await reads_webhooks.delivery_view(connection, delivery_id)
    if view is None:
        raise NotFound("There is no such delivery.")
    return view
