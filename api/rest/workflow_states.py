"""For staff: the workflow behind a verification or a retirement, and the way to its history."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.commands.workflow_calls import WorkflowView
from api.http.authentication import SignedIn
from api.http.problem import Code, error_responses
from api.http.resources import resources
from api.http.responses import answer
from api.http.routing import RegistryRoute
from api.http.schema import Data, ResponseSchema
from api.rest.credits.retirement import visible_retirement
from api.rest.examples.workflow_states import WORKFLOW
from api.rest.projects.verification import visible_verification
from domain.accounts.roles import Permission


class WorkflowResponse(ResponseSchema):
    """Where a workflow is, by its own account."""

    model_config = ConfigDict(json_schema_extra={"examples": [WORKFLOW]})

    workflow_id: str
    status: str = Field(description="What Temporal says: running, completed, failed, ...")
    stage: str = Field(description="What the workflow itself says it waits for.")
    state: dict[str, Any] = Field(description="The whole answer to its `state` query.")
    history_url: str = Field(description="Its history in the Temporal UI.")


router = APIRouter(tags=["Staff"], route_class=RegistryRoute)

_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)


@router.get(
    "/verifications/{verification_id}/workflow",
    summary="See a verification's workflow",
    response_model=Data[WorkflowResponse],
    responses=_ERRORS,
)
async def see_verification(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For administrators. The workflow itself is asked, so this needs a running worker."""
    await visible_verification(request, verification_id, account)
    account.require(Permission.SEE_WORKFLOWS)
    return answer(_response(await resources(request).workflows.verification_seen(verification_id)))


@router.get(
    "/retirements/{retirement_id}/workflow",
    summary="See a retirement's workflow",
    response_model=Data[WorkflowResponse],
    responses=_ERRORS,
)
async def see_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For administrators. The workflow itself is asked, so this needs a running worker."""
    await visible_retirement(request, retirement_id, account)
    account.require(Permission.SEE_WORKFLOWS)
    return answer(_response(await resources(request).workflows.retirement_seen(retirement_id)))


def _response(seen: WorkflowView) -> WorkflowResponse:
    return WorkflowResponse(
        workflow_id=seen.workflow_id,
        status=seen.status,
        stage=seen.state.stage,
        state=seen.state.model_dump(mode="json"),
        history_url=seen.history_url,
    )
