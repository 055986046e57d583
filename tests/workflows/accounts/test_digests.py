"""Digests that are due are each mailed, those of earlier runs too."""

from uuid import uuid4

from activities.accounts.digests import DigestsPlanned
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.accounts import digests
from workflows.accounts.digests import DigestsWorkflow


async def test_every_digest_that_is_due_is_handed_over_by_its_id_alone(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        DigestsWorkflow.run,
        id=f"{digests.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    planned = await handle.result()

    due = (stage.registry.record_id, stage.registry.notification_id)
    assert planned == DigestsPlanned(digest_ids=due)
    assert sorted(stage.registry.mailed) == sorted(due)
    await keep_history(handle, "digests-mailed")
