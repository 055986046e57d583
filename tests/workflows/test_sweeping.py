"""Leftovers are swept on a schedule, and notices that nobody mailed are."""

from uuid import uuid4

from activities.sweeping import LeftoversSwept
from tests.workflows.conftest import Stage, keep_history
from workflows import policies, sweeping
from workflows.accounts.notices import NoticesStart, NoticesWorkflow, workflow_id
from workflows.sweeping import SweepWorkflow


async def test_a_run_tells_what_it_swept_and_mails_what_was_left(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        SweepWorkflow.run,
        id=f"{sweeping.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    swept = await handle.result()

    notice_id = stage.registry.notification_id
    assert swept == LeftoversSwept(
        documents=1, uploads=2, requests=3, sign_ins=4, notification_ids=(notice_id,)
    )
    assert notice_id in stage.registry.mailed
    await keep_history(handle, "sweep-done")


async def test_notices_are_mailed(stage: Stage) -> None:
    notice_id = uuid4()
    handle = await stage.client.start_workflow(
        NoticesWorkflow.run,
        NoticesStart(notification_ids=(notice_id,)),
        id=workflow_id(notice_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    await handle.result()

    assert notice_id in stage.registry.mailed
    await keep_history(handle, "notices-mailed")
