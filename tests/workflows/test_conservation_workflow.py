"""The ledger's own check: scheduled, never twice at once, and staff hear of a difference."""

from uuid import uuid4

from temporalio.client import ScheduleOverlapPolicy

from tests.workflows.conftest import Stage, keep_history
from worker import schedule_checks
from workflows import conservation, policies
from workflows.conservation import ConservationWorkflow


async def check(stage: Stage) -> bool:
    handle = await stage.client.start_workflow(
        ConservationWorkflow.run,
        id=f"{conservation.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    checked = await handle.result()
    await keep_history(handle, f"conservation-{'held' if checked.holds else 'broken'}")
    return checked.holds


async def test_a_ledger_that_holds_disturbs_nobody(stage: Stage) -> None:
    assert await check(stage)

    assert (stage.registry.calls["check_ledger"], stage.registry.mailed) == (1, [])


async def test_staff_are_mailed_about_a_difference(stage: Stage) -> None:
    stage.registry.ledger_holds = False

    assert not await check(stage)

    assert stage.registry.mailed == [stage.registry.notification_id]


async def test_however_many_workers_start_there_is_one_schedule(stage: Stage) -> None:
    await schedule_checks(stage.client)
    await schedule_checks(stage.client)

    handle = stage.client.get_schedule_handle(conservation.SCHEDULE_ID)
    schedule = (await handle.describe()).schedule
    await handle.delete()

    (interval,) = schedule.spec.intervals
    assert interval.every == conservation.EVERY
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
