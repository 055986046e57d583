"""Risk assessments of a project, and the tool that points are given by."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.commands.projects.assurance import risk_assessment as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data
from api.rest.projects.schemas.assurance.risk_assessment import (
    RiskAssessmentRequest,
    RiskAssessmentsResponse,
    RiskRefusalRequest,
    RiskToolResponse,
    risk_response,
    risk_tool_response,
)
from domain.projects.programme.risk_assessment import RiskOutcome
from domain.projects.programme.risk_tool import TOOL

router = APIRouter(tags=["Projects"], route_class=IdempotentRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_READ = (
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)
AssessmentNumber = Annotated[int, Path(ge=1, le=10_000, description="Of the assessment.")]


@public_router.get(
    "/risk-tool",
    summary="Read the reversal risk tool",
    response_model=Data[RiskToolResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def read_tool(request: Request) -> Response:
    """Factors, the most that each may be, and which share of each issuance follows from the sum."""
    return public_response(request, data_bytes(risk_tool_response(TOOL)))


@router.get(
    "/projects/{project_id}/risk-assessments",
    summary="Read a project's risk assessments",
    response_model=Data[RiskAssessmentsResponse],
    responses=error_responses(*_READ),
)
async def read_assessments(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For the supplier, staff and whoever works on the project: all of them by number, with their reasons."""
    view = await commands.visible_assessments(resources(request), account, project_id)
    return json_response(risk_response(view))


@router.post(
    "/projects/{project_id}/risk-assessments",
    status_code=201,
    summary="Assess a project's risk of reversal",
    response_model=Data[RiskAssessmentsResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def assess(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    key: OperationKey,
    body: RiskAssessmentRequest,
) -> Response:
    """
    For the verifier of the newest round and for administrators; of forests, soils and coasts alone.

    It counts once an administrator other than whoever entered it countersigns; one waits at a time (409).
    """
    view = await commands.assess(resources(request), account, key, project_id, body.scored())
    return json_response(risk_response(view), status=201)


@router.post(
    "/projects/{project_id}/risk-assessments/{number}/countersign",
    summary="Countersign a risk assessment",
    response_model=Data[RiskAssessmentsResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def countersign(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    number: AssessmentNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
) -> Response:
    """For an administrator who has not entered it. From now on each issuance gives the share that follows."""
    view = await commands.decide(
        resources(request), account, project_id, number, RiskOutcome.COUNTERSIGNED, None
    )
    return json_response(risk_response(view))


@router.post(
    "/projects/{project_id}/risk-assessments/{number}/refuse",
    summary="Refuse a risk assessment",
    response_model=Data[RiskAssessmentsResponse],
    responses=error_responses(*_READ, Code.CONFLICT),
)
async def refuse(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    number: AssessmentNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: RiskRefusalRequest,
) -> Response:
    """For an administrator who has not entered it, with a reason. It stays, and counts for nothing."""
    view = await commands.decide(
        resources(request), account, project_id, number, RiskOutcome.REFUSED, body.reason
    )
    return json_response(risk_response(view))
