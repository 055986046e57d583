"""The watch on the way to the chain: scheduled each minute, never twice at once, and staff are mailed."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from temporalio.client import (
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleSpec,
)

from activities.chain.watch import ChainWatched
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.chain import watch as chain_watch
from workflows.chain.watch import ChainWatchWorkflow
from workflows.long_running import CHAIN_WATCH, Recurring, schedule


async def watch(stage: Stage) -> ChainWatched:
    handle = await stage.client.start_workflow(
        ChainWatchWorkflow.run,
        id=f"{chain_watch.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    watched = await handle.result()
    await keep_history(handle, f"chain-watch-{'trouble' if watched.troubles else 'quiet'}")
    return watched


async def test_a_quiet_way_to_the_chain_disturbs_nobody(stage: Stage) -> None:
    assert (await watch(stage)).troubles == 0

    assert stage.registry.mailed == []


async def test_staff_are_mailed_about_trouble(stage: Stage) -> None:
    stage.chain.alert_notification_ids = (uuid4(), uuid4())

    await watch(stage)

    assert sorted(stage.registry.mailed) == sorted(stage.chain.alert_notification_ids)


async def test_lists_can_leave_out_runs_that_found_nothing(stage: Stage) -> None:
    """Also of a schedule that an earlier version made, whose runs said nothing of it."""
    known = replace(
        CHAIN_WATCH, schedule_id=f"chain-watch-{uuid4()}", workflow_id=f"watch/{uuid4()}"
    )
    await stage.client.create_schedule(known.schedule_id, made_by_an_earlier_version(known))
    handle = stage.client.get_schedule_handle(known.schedule_id)
    await handle.pause(note="For the night.")
    for _ in range(2):
        await schedule(stage.client, known)
    now = await handle.describe()
    found = [await found_by(stage, handle, 1)]
    stage.chain.alert_notification_ids = (uuid4(),)
    found.append(await found_by(stage, handle, 2))
    await handle.delete()

    assert (now.schedule.state.paused, now.schedule.state.note) == (True, "For the night.")
    assert found == [(known.schedule_id, False), (known.schedule_id, True)]


def made_by_an_earlier_version(recurring: Recurring) -> Schedule:
    action = ScheduleActionStartWorkflow(
        recurring.run, id=recurring.workflow_id, task_queue=policies.REGISTRY_QUEUE
    )
    return Schedule(
        action=action, spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=recurring.every)])
    )


async def found_by(
    stage: Stage, handle: ScheduleHandle, run: int
) -> tuple[str | None, bool | None]:
    """What lists show of the run of that number: its kind, and whether it found anything."""
    await handle.trigger()
    for _ in range(200):
        started = (await handle.describe()).info.recent_actions
        if len(started) >= run:
            break
        await asyncio.sleep(0.05)
    action = started[-1].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    ended = stage.client.get_workflow_handle(
        action.workflow_id, run_id=action.first_execution_run_id
    )
    await ended.result()
    listed = (await ended.describe()).typed_search_attributes
    return listed.get(policies.KIND), listed.get(policies.FOUND)


def test_mail_that_is_late_never_holds_up_the_next_watch() -> None:
    assert policies.ALERT_MAIL["schedule_to_close_timeout"] < chain_watch.EVERY
