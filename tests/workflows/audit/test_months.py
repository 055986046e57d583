"""The audit log's upkeep comes back on schedules, and ends."""

from datetime import date
from uuid import uuid4

from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.audit import months
from workflows.audit.months import AuditMonthsState, AuditMonthsWorkflow, AuditQueueWorkflow


async def test_a_run_says_how_many_entries_it_chained(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        AuditQueueWorkflow.run,
        id=f"{months.QUEUE_SCHEDULE_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == 5
    await keep_history(handle, "audit-queue-chained")


async def test_months_are_made_and_the_old_ones_archived_one_by_one(stage: Stage) -> None:
    stage.registry.old_months = [date(2015, 3, 1), date(2015, 4, 1)]
    handle = await stage.client.start_workflow(
        AuditMonthsWorkflow.run,
        id=f"{months.MONTHS_SCHEDULE_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == AuditMonthsState(added=1, archived=2)
    await keep_history(handle, "audit-months-archived")
