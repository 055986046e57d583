"""What staff see of a workflow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from api.commands.workflow_client import WorkflowClient, no_answer, raise_as_ours
from api.http.error_mapping import Unavailable
from workflows.credits import retirement
from workflows.credits.retirement import RetirementState, RetirementWorkflow
from workflows.projects import verification
from workflows.projects.verification import VerificationState, VerificationWorkflow

QUERY_SECONDS = 5


@dataclass(frozen=True)
class WorkflowView:
    """What staff see of a workflow; `state` is its own answer to the `state` query."""

    workflow_id: str
    status: str
    state: VerificationState | RetirementState
    history_url: str


class StateQueries(WorkflowClient):
    """Queries for what a workflow says of itself; Unavailable when no worker answers."""

    async def verification_seen(self, verification_id: UUID) -> WorkflowView:
        handle = self._client.get_workflow_handle(verification.workflow_id(verification_id))
        limit = timedelta(seconds=QUERY_SECONDS)
        return await self._view(
            handle, lambda: handle.query(VerificationWorkflow.state, rpc_timeout=limit)
        )

    async def retirement_seen(self, retirement_id: UUID) -> WorkflowView:
        handle = self._client.get_workflow_handle(retirement.workflow_id(retirement_id))
        limit = timedelta(seconds=QUERY_SECONDS)
        return await self._view(
            handle, lambda: handle.query(RetirementWorkflow.state, rpc_timeout=limit)
        )

    async def _view(
        self,
        handle: WorkflowHandle[Any, Any],
        ask: Callable[[], Awaitable[VerificationState | RetirementState]],
    ) -> WorkflowView:
        try:
            description = await handle.describe(rpc_timeout=timedelta(seconds=QUERY_SECONDS))
            state = await ask()
        except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as silent:
            raise _no_worker() from silent
        except RPCError as error:
            if error.status in {RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED}:
                raise _no_worker() from error
            raise_as_ours(error)
        except RuntimeError as never_connected:
            raise no_answer() from never_connected
        status = description.status.name.lower() if description.status else "unknown"
        return WorkflowView(handle.id, status, state, self._history_url(handle.id))

    def _history_url(self, workflow_id: str) -> str:
        namespace = quote(self._settings.temporal.temporal_namespace, safe="")
        return (
            f"{self._settings.temporal.temporal_ui_url.rstrip('/')}/namespaces/{namespace}"
            f"/workflows/{quote(workflow_id, safe='')}"
        )


def _no_worker() -> Unavailable:
    return Unavailable("No worker answers at the moment; the workflow itself is safe.")
