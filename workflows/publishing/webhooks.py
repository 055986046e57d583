"""
Events on their way to the webhooks that want them.

One dispatcher, for ever (continue-as-new): it waits for deliveries in one long activity, because a
timer loop would write a history where nothing happens. Each delivery is a workflow of its own, so
that a receiver that is away for a day holds up nobody else.
"""

import asyncio

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.publishing.webhooks import (
        DeliverEvent,
        DeliveryEnded,
        DeliveryRound,
        GiveUpDelivery,
        PlanDeliveries,
        TakeDeliveries,
        WebhookActivities,
    )
    from workflows import policies

DISPATCHER_ID = "webhooks/dispatcher"


def delivery_workflow_id(started: DeliveryRound) -> str:
    """A replay is a run of its own, so that it is never mistaken for the one that has ended."""
    again = f"/{started.replays}" if started.replays else ""
    return f"webhook-delivery/{started.delivery_id}{again}"


class DispatcherStart(Payload):
    pass


@workflow.defn(
    # It never ends by itself; a new version takes over where it continues as new or is upgraded.
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class WebhookDispatcherWorkflow:
    @workflow.run
    async def run(self, start: DispatcherStart) -> None:
        while not workflow.info().is_continue_as_new_suggested():
            planned = await workflow.execute_activity_method(
                WebhookActivities.plan_deliveries, PlanDeliveries(), **policies.WATCH_OUTBOX
            )
            if not planned.rounds:
                continue
            await asyncio.gather(*(_start(waiting) for waiting in planned.rounds))
            await workflow.execute_activity_method(
                WebhookActivities.take_deliveries,
                TakeDeliveries(rounds=planned.rounds),
                **policies.DATABASE,
            )
        workflow.continue_as_new(start)


@workflow.defn(
    # It may last a day, which is longer than an old version should be kept running.
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class WebhookDeliveryWorkflow:
    @workflow.run
    async def run(self, request: DeliverEvent) -> DeliveryEnded:
        try:
            return await workflow.execute_activity_method(
                WebhookActivities.deliver_event, request, **policies.DELIVER
            )
        except ActivityError as given_up:
            workflow.logger.info("A delivery is given up: %s", given_up.cause)
            return await workflow.execute_activity_method(
                WebhookActivities.give_up_delivery,
                GiveUpDelivery(delivery_id=request.delivery_id),
                **policies.DATABASE,
            )


async def _start(waiting: DeliveryRound) -> None:
    try:
        await workflow.start_child_workflow(
            WebhookDeliveryWorkflow.run,
            DeliverEvent(delivery_id=waiting.delivery_id),
            id=delivery_workflow_id(waiting),
            # The dispatcher continues as new while deliveries go on.
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary="Delivery of an event to a webhook",
        )
    except WorkflowAlreadyStartedError:
        # It was started before a crash, and only not noted.
        return
