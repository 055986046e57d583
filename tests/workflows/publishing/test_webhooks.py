"""Events on their way: started once each, tried for a day, and never lost with the dispatcher."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from activities.publishing.webhooks import DeliverEvent, DeliveryEnded, DeliveryRound
from domain.publishing.webhooks import GIVE_UP_AFTER, DeliveryStatus
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.publishing.webhooks import (
    DISPATCHER_ID,
    DispatcherStart,
    WebhookDeliveryWorkflow,
    WebhookDispatcherWorkflow,
    delivery_workflow_id,
)


def test_retries_begin_quickly_slow_down_and_end_after_a_day() -> None:
    policy = policies.DELIVER["retry_policy"]
    assert policy.maximum_interval is not None
    pauses, pause = [policy.initial_interval], policy.initial_interval
    while sum(pauses, timedelta()) < policies.DELIVER["schedule_to_close_timeout"]:
        pause = min(pause * policy.backoff_coefficient, policy.maximum_interval)
        pauses.append(pause)

    assert [pause.total_seconds() for pause in pauses[:4]] == [2, 4, 8, 16]
    assert pauses[-1] == timedelta(hours=1)
    assert policies.DELIVER["schedule_to_close_timeout"] == timedelta(hours=24)
    assert policy.maximum_attempts == 0


@asynccontextmanager
async def open_dispatcher(
    stage: Stage,
) -> AsyncIterator[WorkflowHandle[WebhookDispatcherWorkflow, None]]:
    handle = await stage.client.start_workflow(
        WebhookDispatcherWorkflow.run,
        DispatcherStart(),
        id=f"{DISPATCHER_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    yield handle
    # A planner that waits would keep the worker from stopping.
    await handle.terminate()
    stage.webhooks.has_an_end = True


def delivery_of(stage: Stage, started: DeliveryRound) -> WorkflowHandle[object, DeliveryEnded]:
    return stage.client.get_workflow_handle(
        delivery_workflow_id(started), result_type=DeliveryEnded
    )


def rounds(count: int) -> list[DeliveryRound]:
    return [DeliveryRound(delivery_id=uuid4()) for _ in range(count)]


async def test_each_planned_delivery_is_started_and_noted(stage: Stage) -> None:
    waiting = rounds(3)
    stage.webhooks.waiting = list(waiting)

    async with open_dispatcher(stage) as dispatcher:
        await _until(lambda: stage.webhooks.taken == waiting)
        ended = [await delivery_of(stage, started).result() for started in waiting]
        await keep_history(dispatcher, "dispatcher-three-deliveries")

    assert [end.status for end in ended] == [DeliveryStatus.DELIVERED] * 3
    assert stage.webhooks.attempts == {started.delivery_id: 1 for started in waiting}


async def test_a_round_that_was_started_but_not_noted_is_not_started_again(stage: Stage) -> None:
    """The database goes away between the two: the delivery may have ended meanwhile, or not."""
    stage.webhooks.waiting = rounds(1)
    stage.webhooks.take_fails = 2

    async with open_dispatcher(stage):
        await _until(lambda: not stage.webhooks.waiting)
        stage.webhooks.waiting = list(stage.webhooks.taken)
        await _until(lambda: not stage.webhooks.waiting)

    assert len(stage.webhooks.taken) == 2


async def test_a_delivery_under_way_is_met_rather_than_doubled(stage: Stage) -> None:
    (started,) = rounds(1)
    stage.webhooks.refusals = 10_000
    stage.webhooks.waiting = [started]
    async with open_dispatcher(stage):
        await _until(lambda: stage.webhooks.taken == [started])
        first = await delivery_of(stage, started).describe()

        stage.webhooks.waiting = [started]
        await _until(lambda: stage.webhooks.taken == [started, started])

        second = await delivery_of(stage, started).describe()
        stage.opened.append(delivery_of(stage, started))
        assert (first.run_id, second.status) == (second.run_id, WorkflowExecutionStatus.RUNNING)


async def test_a_replay_runs_beside_what_has_ended(stage: Stage) -> None:
    (first,) = rounds(1)
    again = first.model_copy(update={"replays": 1})
    stage.webhooks.waiting = [first]
    async with open_dispatcher(stage):
        await delivery_result(stage, first)

        stage.webhooks.waiting = [again]
        await delivery_result(stage, again)

    assert stage.webhooks.attempts == {first.delivery_id: 2}


async def test_a_refused_delivery_is_tried_again(stage: Stage) -> None:
    stage.webhooks.refusals = 1
    handle = await start_delivery(stage)

    ended = await handle.result()

    assert ended.status is DeliveryStatus.DELIVERED
    assert stage.webhooks.attempts[ended.delivery_id] == 2
    assert stage.webhooks.given_up == []
    await keep_history(handle, "delivery-second-attempt")


async def test_after_a_day_a_delivery_is_given_up(stage: Stage) -> None:
    stage.webhooks.refusals = 10_000
    stage.webhooks.pause = timedelta(hours=5)
    handle = await start_delivery(stage)

    passing = asyncio.create_task(
        stage.env.fast_forward(handle, GIVE_UP_AFTER + timedelta(minutes=1))
    )
    ended = await handle.result()

    passing.cancel()
    assert ended.status is DeliveryStatus.FAILED
    assert stage.webhooks.given_up == [ended.delivery_id]
    assert stage.webhooks.attempts[ended.delivery_id] == 5
    await keep_history(handle, "delivery-given-up")


async def test_the_dispatcher_continues_as_new_without_losing_a_delivery(stage: Stage) -> None:
    waiting = rounds(12)
    async with open_dispatcher(stage) as dispatcher:
        first_run = dispatcher.first_execution_run_id
        for started in waiting:
            stage.webhooks.waiting.append(started)
            await _until(lambda: not stage.webhooks.waiting)

        assert stage.webhooks.taken == waiting
        assert (await dispatcher.describe()).run_id != first_run
        for started in waiting:
            await delivery_result(stage, started)


async def start_delivery(
    stage: Stage,
) -> WorkflowHandle[WebhookDeliveryWorkflow, DeliveryEnded]:
    (started,) = rounds(1)
    handle = await stage.client.start_workflow(
        WebhookDeliveryWorkflow.run,
        DeliverEvent(delivery_id=started.delivery_id),
        id=delivery_workflow_id(started),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    return handle


async def delivery_result(stage: Stage, started: DeliveryRound) -> DeliveryEnded:
    await _until(lambda: started in stage.webhooks.taken)
    return await delivery_of(stage, started).result()


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")
