"""Publishing events: planning who gets them, sending one, and giving up."""

import asyncio
from dataclasses import replace
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities import lookups
from activities.audit_and_notify import audit
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.publishing import SealedSecrets, WebhookSender
from domain.publishing import webhook_signatures as signatures
from domain.publishing import webhooks as rules
from domain.publishing.events import Event
from domain.publishing.webhooks import Delivery, DeliveryStatus, ReceiverResponse, Webhook

BATCH = 50
"""Events planned and deliveries started at a time: few enough for one workflow task."""

NOT_ACCEPTED = "NotAccepted"


class PlanDeliveries(Payload):
    pass


class DeliveryRound(Payload):
    """A delivery is sent in rounds: the first one, and another for each replay."""

    delivery_id: UUID
    replays: int = 0


class DeliveriesPlanned(Payload):
    """What no workflow has taken on yet; empty when the wait was cut short."""

    rounds: tuple[DeliveryRound, ...] = ()


class TakeDeliveries(Payload):
    rounds: tuple[DeliveryRound, ...]


class DeliveriesTaken(Payload):
    count: int


class DeliverEvent(Payload):
    delivery_id: UUID


class GiveUpDelivery(Payload):
    delivery_id: UUID


class DeliveryEnded(Payload):
    delivery_id: UUID
    status: DeliveryStatus


class WebhookActivities:
    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        secrets: SealedSecrets,
        clock: Clock,
        *,
        poll_seconds: float,
    ) -> None:
        """`poll_seconds` is the pause between two readings of the outbox."""
        self._database = database
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._poll_seconds = poll_seconds

    @activity.defn
    async def plan_deliveries(self, request: PlanDeliveries) -> DeliveriesPlanned:  # noqa: ARG002 -- one model in
        """
        Wait for events, and plan one delivery for each webhook that wants one (domain.publishing.webhooks.plan).

        Answers with every delivery that nobody has taken on, so that what was planned before a
        crash is found again. Heartbeats on every turn; ends early when its worker is shutting down.
        """
        while True:
            activity.heartbeat()
            async with self._database.transaction() as work:
                await self._plan(work)
                waiting = await work.publishing.deliveries.untaken(BATCH)
            if waiting:
                return DeliveriesPlanned(
                    rounds=tuple(
                        DeliveryRound(delivery_id=delivery.id, replays=delivery.replays)
                        for delivery in waiting
                    )
                )
            if await self._shutting_down():
                return DeliveriesPlanned()

    @activity.defn
    async def take_deliveries(self, request: TakeDeliveries) -> DeliveriesTaken:
        """Note that a workflow has each of these rounds, so that they are not started again."""
        count = 0
        async with self._database.transaction() as work:
            for taken in request.rounds:
                delivery = await work.publishing.deliveries.lock(taken.delivery_id)
                # A replay that came meanwhile is a round of its own, which nobody has yet.
                if delivery is None or delivery.replays != taken.replays:
                    continue
                count += 1
                if delivery.taken_at is None:
                    taken_at = self._clock.now()
                    await work.publishing.deliveries.save(replace(delivery, taken_at=taken_at))
        return DeliveriesTaken(count=count)

    @activity.defn
    async def deliver_event(self, request: DeliverEvent) -> DeliveryEnded:
        """
        Send an event once, and note what came of it.

        A crash between sending and noting it sends it again; receivers tell by the event's id.

        Raises:
            ApplicationError: of type `NotAccepted`, when it is worth another try. It says nothing of
                where the event went, because histories are read by many.
        """
        async with self._database.transaction() as work:
            delivery, webhook, event = await _parts(work, request.delivery_id)
            if delivery.status is DeliveryStatus.PENDING and not webhook.active:
                delivery = rules.give_up(delivery, "The webhook was switched off.")
                await work.publishing.deliveries.save(delivery)
        if delivery.status is not DeliveryStatus.PENDING:
            return DeliveryEnded(delivery_id=delivery.id, status=delivery.status)
        response = await self._send(webhook, event)
        status = await self._note(request.delivery_id, response)
        if status is DeliveryStatus.PENDING:
            raise ApplicationError(
                response.error or "The receiver did not accept it.",
                type=NOT_ACCEPTED,
                # A receiver that is away is no failure of ours: no metric, no warning in the log.
                category=ApplicationErrorCategory.BENIGN,
            )
        return DeliveryEnded(delivery_id=request.delivery_id, status=status)

    @activity.defn
    async def give_up_delivery(self, request: GiveUpDelivery) -> DeliveryEnded:
        """Mark a delivery failed when its time is up; staff can replay it."""
        async with self._database.transaction() as work:
            delivery = lookups.found(
                await work.publishing.deliveries.lock(request.delivery_id), "delivery"
            )
            ended = rules.give_up(delivery)
            await work.publishing.deliveries.save(ended)
        return DeliveryEnded(delivery_id=ended.id, status=ended.status)

    async def _plan(self, work: UnitOfWork) -> None:
        events = await work.publishing.outbox.lock_undispatched(BATCH)
        if not events:
            return
        now = self._clock.now()
        await work.publishing.deliveries.add(
            rules.plan(events, await work.publishing.webhooks.active(), at=now)
        )
        await work.publishing.outbox.mark_dispatched([event.id for event in events], now)

    async def _send(self, webhook: Webhook, event: Event) -> ReceiverResponse:
        body = rules.envelope(event)
        secret = self._secrets.open(webhook.sealed_secret, webhook.id)
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Karbonica-Registry",
            **signatures.signature_headers(event.id, body, secret=secret, at=now),
            **signatures.former_headers(event, body, secret=secret, at=now),
        }
        return await self._sender.send(webhook.url, body, headers)

    async def _note(self, delivery_id: UUID, response: ReceiverResponse) -> DeliveryStatus:
        now = self._clock.now()
        async with self._database.transaction() as work:
            delivery = lookups.found(await work.publishing.deliveries.lock(delivery_id), "delivery")
            after = rules.after_attempt(delivery, response, at=now)
            await work.publishing.deliveries.save(after)
            if response.status_code == rules.GONE:
                webhook = lookups.found(
                    await work.publishing.webhooks.lock(after.webhook_id), "webhook"
                )
                await work.publishing.webhooks.save(replace(webhook, active=False))
                if webhook.active:
                    audit(
                        work,
                        "webhook.deactivated",
                        ("webhook", webhook.id),
                        actor_id=None,
                        before={"active": True},
                        after={"active": False},
                        at=now,
                    )
        return after.status

    async def _shutting_down(self) -> bool:
        """Rest until the next reading; true when the worker is to stop meanwhile."""
        try:
            await asyncio.wait_for(activity.wait_for_worker_shutdown(), self._poll_seconds)
        except TimeoutError:
            return False
        return True


async def _parts(work: UnitOfWork, delivery_id: UUID) -> tuple[Delivery, Webhook, Event]:
    delivery = lookups.found(await work.publishing.deliveries.lock(delivery_id), "delivery")
    webhook = lookups.found(await work.publishing.webhooks.get(delivery.webhook_id), "webhook")
    event = lookups.found(await work.publishing.outbox.get(delivery.event_id), "event")
    return delivery, webhook, event
