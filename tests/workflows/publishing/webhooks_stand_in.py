"""Stand-ins for what webhooks need: rounds that wait, and receivers that refuse."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.publishing.webhooks import (
    NOT_ACCEPTED,
    DeliverEvent,
    DeliveriesPlanned,
    DeliveriesTaken,
    DeliveryEnded,
    DeliveryRound,
    GiveUpDelivery,
    PlanDeliveries,
    TakeDeliveries,
)
from domain.publishing.webhooks import DeliveryStatus


class WebhooksStandIn:
    """
    Receivers refuse the first `refusals` attempts; noting rounds fails `take_fails` times.

    `pause` makes the time between attempts longer, because skipping each takes a second.
    """

    def __init__(self) -> None:
        self.waiting: list[DeliveryRound] = []
        self.taken: list[DeliveryRound] = []
        self.attempts: Counter[UUID] = Counter()
        self.given_up: list[UUID] = []
        self.refusals = 0
        self.take_fails = 0
        self.has_an_end = False
        self.pause: timedelta | None = None

    def registry_activities(self) -> list[Callable[..., Any]]:
        return [self.plan_deliveries, self.take_deliveries, self.give_up_delivery]

    def notify_activities(self) -> list[Callable[..., Any]]:
        return [self.deliver_event]

    @activity.defn
    async def plan_deliveries(self, request: PlanDeliveries) -> DeliveriesPlanned:
        while not self.waiting and not self.has_an_end:
            activity.heartbeat()
            await asyncio.sleep(0.05)
        return DeliveriesPlanned(rounds=tuple(self.waiting))

    @activity.defn
    async def take_deliveries(self, request: TakeDeliveries) -> DeliveriesTaken:
        if self.take_fails:
            self.take_fails -= 1
            raise ConnectionError("the database went away")
        self.taken += request.rounds
        self.waiting = [started for started in self.waiting if started not in request.rounds]
        return DeliveriesTaken(count=len(request.rounds))

    @activity.defn
    async def deliver_event(self, request: DeliverEvent) -> DeliveryEnded:
        self.attempts[request.delivery_id] += 1
        if self.attempts[request.delivery_id] <= self.refusals:
            raise ApplicationError(
                "The receiver answered 500.", type=NOT_ACCEPTED, next_retry_delay=self.pause
            )
        return DeliveryEnded(delivery_id=request.delivery_id, status=DeliveryStatus.DELIVERED)

    @activity.defn
    async def give_up_delivery(self, request: GiveUpDelivery) -> DeliveryEnded:
        self.given_up.append(request.delivery_id)
        return DeliveryEnded(delivery_id=request.delivery_id, status=DeliveryStatus.FAILED)
