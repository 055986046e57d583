"""For staff: the workflow behind a retirement, and the way to its history."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.credits import retirement as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.credits.schemas.workflow import WorkflowResponse, workflow_response

router = APIRouter(tags=["Staff"], route_class=RegistryRoute)


_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)


@router.get(
    "/retirements/{retirement_id}/workflow",
    summary="See a retirement's workflow",
    response_model=Data[WorkflowResponse],
    responses=_ERRORS,
)
async def see_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For administrators. The workflow itself is asked, so this needs a running worker."""
    view = await commands.view_retirement_workflow(resources(request), account, retirement_id)
    return json_response(workflow_response(view))
