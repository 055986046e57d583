"""The ledger's own check: scheduled, never twice at once, and staff hear of a difference."""

from uuid import uuid4

from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.credits import ledger_check as conservation
from workflows.credits.ledger_check import ConservationWorkflow


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
