"""What waits is measured, whatever it is."""

from uuid import uuid4

from temporalio.client import WorkflowHandle

from activities.ingestion.follow_up import IssuesMeasured
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.ingestion.watch import IngestionWatchWorkflow


async def test_each_run_measures_once(stage: Stage) -> None:
    handle: WorkflowHandle[
        IngestionWatchWorkflow, IssuesMeasured
    ] = await stage.client.start_workflow(
        IngestionWatchWorkflow.run,
        id=f"ingestion-watch-{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )

    assert (await handle.result()).groups == 0
    assert stage.registry.calls["measure_issues"] == 1
    await keep_history(handle, "watch-quiet")
