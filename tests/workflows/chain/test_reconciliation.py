"""The comparison with the chain: scheduled, never twice at once, and staff hear of a difference."""

from uuid import uuid4

from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.chain import reconciliation as reconcile
from workflows.chain.reconciliation import ReconcileWorkflow


async def compare(stage: Stage) -> bool:
    handle = await stage.client.start_workflow(
        ReconcileWorkflow.run,
        id=f"{reconcile.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    compared = await handle.result()
    await keep_history(handle, f"reconcile-{'agrees' if compared.agrees else 'differs'}")
    return compared.agrees


async def test_a_chain_that_agrees_disturbs_nobody(stage: Stage) -> None:
    assert await compare(stage)

    assert stage.registry.mailed == []


async def test_staff_are_mailed_about_a_difference(stage: Stage) -> None:
    stage.chain.differing = (stage.registry.notification_id,)

    assert not await compare(stage)

    assert stage.registry.mailed == [stage.registry.notification_id]
