"""For staff: the workflow behind a verification, and the way to its history."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects import verification as commands
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
    "/verifications/{verification_id}/workflow",
    summary="See a verification's workflow",
    response_model=Data[WorkflowResponse],
    responses=_ERRORS,
)
async def see_verification(request: Request, account: SignedIn, verification_id: UUID) -> Response:
    """For administrators. The workflow itself is asked, so this needs a running worker."""
    view = await commands.view_verification_workflow(resources(request), account, verification_id)
    return json_response(workflow_response(view))
