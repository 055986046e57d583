"""Publishing the open data: at once when staff ask, by itself when the schedule does."""

from typing import Any
from uuid import uuid4

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.publishing.open_data import ExportPublished
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.publishing import open_data
from workflows.publishing.open_data import ExportStart, ExportWorkflow


async def test_who_asks_for_an_export_hears_of_its_manifest(stage: Stage) -> None:
    export_id = uuid4()
    workflow_id = open_data.workflow_id(export_id)
    start = WithStartWorkflowOperation(
        ExportWorkflow.run,
        ExportStart(export_id=export_id, actor_id=uuid4()),
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle: WorkflowHandle[Any, ExportPublished] = stage.client.get_workflow_handle(
        workflow_id, result_type=ExportPublished
    )
    stage.opened.append(handle)

    published = await stage.client.execute_update_with_start_workflow(
        ExportWorkflow.published, start_workflow_operation=start
    )

    assert published == ExportPublished(export_id=export_id, sha256="ef" * 32)
    assert await handle.result() == published
    await keep_history(handle, "export-asked")


async def test_each_run_of_the_schedule_is_an_export_of_its_own(stage: Stage) -> None:
    runs = [
        await stage.client.execute_workflow(
            ExportWorkflow.run,
            ExportStart(),
            id=f"export-{uuid4()}",
            task_queue=policies.REGISTRY_QUEUE,
        )
        for _ in range(2)
    ]

    assert runs[0].export_id != runs[1].export_id
    assert stage.registry.calls["publish_export"] == 2
