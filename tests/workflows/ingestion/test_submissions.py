"""A file that came in is read, then settled, and its sender is told by mail."""

from typing import Any
from uuid import uuid4

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.ingestion.submissions import SubmissionFinished
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.ingestion import submissions
from workflows.ingestion.submissions import IngestionStart, IngestionWorkflow


async def test_who_sends_a_file_in_hears_what_became_of_it(stage: Stage) -> None:
    ingestion_id = uuid4()
    workflow_id = submissions.workflow_id(ingestion_id)
    start = WithStartWorkflowOperation(
        IngestionWorkflow.run,
        IngestionStart(ingestion_id=ingestion_id),
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle: WorkflowHandle[Any, SubmissionFinished] = stage.client.get_workflow_handle(
        workflow_id, result_type=SubmissionFinished
    )
    stage.opened.append(handle)

    finished = await stage.client.execute_update_with_start_workflow(
        IngestionWorkflow.finished, start_workflow_operation=start
    )

    assert finished.status == "accepted"
    assert await handle.result() == finished
    assert stage.registry.mailed == list(finished.notification_ids)
    await keep_history(handle, "ingestion-accepted")
