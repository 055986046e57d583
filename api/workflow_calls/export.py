"""The call that publishes the open data."""

from uuid import UUID

from temporalio.client import WithStartWorkflowOperation

from api.workflow_calls.asking import Asking, Operation
from workflows import export
from workflows.export import ExportStart, ExportWorkflow


class ExportCalls(Asking):
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
