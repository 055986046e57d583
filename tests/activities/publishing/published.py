"""Events and webhooks up to the moment a test begins at."""

from dataclasses import replace
from uuid import UUID

from activities.publishing.webhooks import DeliveryRound, PlanDeliveries, TakeDeliveries
from domain.publishing.events import Event, EventName
from domain.publishing.webhook_signatures import secret_text
from domain.publishing.webhooks import Delivery, Webhook, new_delivery
from tests.activities.registry import WEBHOOK_SECRETS, Registry, run
from tests.factories import ADMINISTRATOR, NOW, named

SECRET = secret_text(b"of a test, 32 bytes of a secret!")
WEBHOOK = Webhook(
    id=named("webhook"),
    url="https://hooks.example/karbonica?token=hidden",
    sealed_secret=WEBHOOK_SECRETS.seal(SECRET, named("webhook")),
    events=(),
    active=True,
    created_by=ADMINISTRATOR.id,
    created_at=NOW,
)
PICKY = replace(WEBHOOK, id=named("picky webhook"), events=(EventName.CREDITS_ISSUED,))
OFF = replace(WEBHOOK, id=named("webhook that is off"), active=False)
EVENT = Event(
    id=named("event"),
    name=EventName.REGISTRY_FROZEN,
    payload={"reason": "An audit", "since": "2026-03-01T12:00:00Z"},
    occurred_at=NOW,
)
DELIVERY_ID = new_delivery(WEBHOOK, EVENT, at=NOW).id
ROUND = DeliveryRound(delivery_id=DELIVERY_ID)
TAKE = TakeDeliveries(rounds=(ROUND,))


async def webhooks_are_set_up(registry: Registry) -> None:
    async with registry.database.transaction() as work:
        for webhook in (WEBHOOK, PICKY, OFF):
            await work.publishing.webhooks.add(webhook)


async def publish(registry: Registry, *events: Event) -> None:
    async with registry.database.transaction() as work:
        for event in events:
            await work.publishing.outbox.add(event)


async def an_event_waits(registry: Registry) -> None:
    await webhooks_are_set_up(registry)
    await publish(registry, EVENT)


async def deliveries_are_planned(registry: Registry) -> None:
    await an_event_waits(registry)
    await run(registry.webhooks.plan_deliveries, PlanDeliveries())


async def seen(registry: Registry, delivery_id: UUID = DELIVERY_ID) -> Delivery:
    async with registry.database.transaction() as work:
        delivery = await work.publishing.deliveries.get(delivery_id)
    assert delivery is not None
    return delivery
