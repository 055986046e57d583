"""Looks at folders go on while there is more, and each file that was taken is read by a run of its own."""

from uuid import uuid4

from temporalio.client import WorkflowHandle

from activities.ingestion.folders import FoldersLooked
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.ingestion import submissions
from workflows.ingestion.folders import IngestionFoldersWorkflow


async def test_what_was_taken_is_read_and_what_was_told_meanwhile_is_looked_for(
    stage: Stage,
) -> None:
    first, second = uuid4(), uuid4()
    stage.registry.looks = [
        FoldersLooked(taken=1, to_read=(first,), is_more=True),
        # The first once more: whoever died left it, and it is read once.
        FoldersLooked(taken=1, refused=1, to_read=(first, second), notification_ids=(uuid4(),)),
    ]
    handle: WorkflowHandle[
        IngestionFoldersWorkflow, FoldersLooked
    ] = await stage.client.start_workflow(
        IngestionFoldersWorkflow.run,
        id=f"ingestion-folders-{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
        start_signal="told",
    )

    looked = await handle.result()

    assert (looked.taken, looked.refused) == (2, 1)
    for one in (first, second):
        await stage.client.get_workflow_handle(submissions.workflow_id(one)).result()
    assert stage.registry.calls["read_submission"] == 2
    assert stage.registry.calls["look_at_folders"] == 2
    await keep_history(handle, "folders-taken")
