"""A workflow as JSON, for staff."""

from typing import Any

from pydantic import ConfigDict, Field

from api.commands.workflow_states import WorkflowView
from api.http.schema import ResponseSchema
from api.rest.credits.examples.workflow import WORKFLOW


class WorkflowResponse(ResponseSchema):
    """Where a workflow is, by its own account."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORKFLOW]})

    workflow_id: str
    status: str = Field(description="What Temporal says: running, completed, failed, ...")
    stage: str = Field(description="What the workflow itself says it waits for.")
    state: dict[str, Any] = Field(description="The whole answer to its `state` query.")
    history_url: str | None = Field(
        description="Its history in the Temporal UI; null where no address of it is set."
    )


def workflow_response(view: WorkflowView) -> WorkflowResponse:
    return WorkflowResponse(
        workflow_id=view.workflow_id,
        status=view.status,
        stage=view.stage,
        state=view.state.model_dump(mode="json"),
        history_url=view.history_url,
    )
