"""What staff see of a workflow."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.payloads import Payload
from adapters.outages import NoAnswer
from api.commands.workflow_client import no_answer, raise_as_ours
from api.http.errors.error_mapping import Unavailable
from api.http.resources import Resources

QUERY_SECONDS = 5


@dataclass(frozen=True)
class WorkflowView:
    """What staff see of a workflow; `state` is its own answer to the `state` query."""

    workflow_id: str
    status: str
    stage: str
    state: Payload
    history_url: str | None


async def view_workflow(parts: Resources, workflow_id: str, state_query: Any) -> WorkflowView:
    """
    Ask a workflow for its state; `state_query` is its query method, whose answer has a `stage`.

    Raises:
        NotFound: there is no such workflow any more.
        Unavailable: Temporal or the workers do not answer.
    """
    handle = parts.temporal.get_workflow_handle(workflow_id)
    limit = timedelta(seconds=QUERY_SECONDS)
    try:
        async with parts.breakers.temporal.call():
            description = await handle.describe(rpc_timeout=limit)
            state = await handle.query(state_query, rpc_timeout=limit)
    except NoAnswer as silent:
        raise no_answer() from silent
    except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as silent:
        raise _no_worker() from silent
    except RPCError as error:
        if error.status in {RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED}:
            raise _no_worker() from error
        raise_as_ours(error)
    except RuntimeError as never_connected:
        raise no_answer() from never_connected
    status = description.status.name.lower() if description.status else "unknown"
    return WorkflowView(workflow_id, status, state.stage, state, history_url(parts, workflow_id))


def history_url(parts: Resources, workflow_id: str) -> str | None:
    """Where the Temporal UI shows the history of a workflow; None where no address of it is set."""
    settings = parts.settings
    if not settings.temporal.temporal_ui_url:
        return None
    namespace = quote(settings.temporal.temporal_namespace, safe="")
    return (
        f"{settings.temporal.temporal_ui_url.rstrip('/')}/namespaces/{namespace}"
        f"/workflows/{quote(workflow_id, safe='')}"
    )


def _no_worker() -> Unavailable:
    return Unavailable("No worker answers at the moment; the workflow itself is safe.")
