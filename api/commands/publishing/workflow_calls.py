"""The call that publishes the open data."""

from uuid import UUID

from temporalio.client import WithStartWorkflowOperation

from api.commands.workflow_client import Operation, WorkflowClient
from workflows.publishing import open_data as export
from workflows.publishing.open_data import ExportStart, ExportWorkflow


class ExportCalls(WorkflowClient):
    """The call that publishes the open data."""

    async def publish_export(self, operation: Operation, actor_id: UUID) -> None:
        start = WithStartWorkflowOperation(
            ExportWorkflow.run,
            ExportStart(export_id=operation.id, actor_id=actor_id),
            id=export.workflow_id(operation.id),
            static_summary="Publishes the open data",
            **self._start_options("export"),
        )
        await self._finish_with_start(
            operation,
            self._client.execute_update_with_start_workflow(
                ExportWorkflow.published,
                start_workflow_operation=start,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )
