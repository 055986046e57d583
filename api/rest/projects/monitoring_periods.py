"""Monitoring periods of a project: opening a round for one, resubmitting a rejected one, and their list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import rounds as reads_rounds
from api.commands.addresses import verification_address
from api.commands.projects import rounds as commands
from api.commands.projects.projects import visible_project
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.monitoring_periods import (
    MonitoringPeriodRequest,
    ResubmissionRequest,
    RoundResponse,
    round_response,
)
from api.rest.projects.schemas.verification import VerificationResponse, verification_response
from domain.projects.verification import MonitoringPeriod

router = APIRouter(tags=["Verification"], route_class=IdempotentRoute)

_OPENING_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)


@router.post(
    "/projects/{project_id}/monitoring-periods",
    status_code=201,
    summary="Open a monitoring period",
    response_model=Data[VerificationResponse],
    responses=_OPENING_ERRORS,
    dependencies=[PERMITTED],
)
async def open_monitoring_period(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    key: OperationKey,
    body: MonitoringPeriodRequest,
) -> Response:
    """
    For the supplier of a verified project. The period gets a verification of its own, with its own evidence.

    One round is open at a time, and no day is verified twice (409); a gap between periods is allowed.
    """
    view = await commands.open_monitoring_period(
        resources(request),
        account,
        key,
        project_id,
        MonitoringPeriod(body.first_day, body.last_day),
        what_changed=body.what_changed,
        methodology_version_id=body.methodology_version_id,
    )
    return json_response(
        verification_response(view),
        status=201,
        location=verification_address(view.verification.id),
    )


@router.get(
    "/projects/{project_id}/monitoring-periods",
    summary="List a project's monitoring periods",
    response_model=DataList[RoundResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def list_monitoring_periods(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(RoundResponse, sort="submittedAt", newest_first=False)
    ],
) -> Response:
    """For whoever works on the project: every round of a monitoring period, also those that were rejected."""
    await visible_project(resources(request), account, project_id)
    async with reading(request) as connection:
        rows = await reads_rounds.monitoring_periods_page(connection, project_id, list_request.page)
    return list_response(
        request, list_request, rows, round_response, lambda view: (view.submitted_at, view.id)
    )


@router.post(
    "/verifications/{verification_id}/resubmit",
    status_code=201,
    summary="Resubmit what was rejected",
    response_model=Data[VerificationResponse],
    responses=_OPENING_ERRORS,
    dependencies=[PERMITTED],
)
async def resubmit(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: ResubmissionRequest,
) -> Response:
    """
    For the project's supplier: a new round for what was rejected, with what changed since.

    The rejection stays as it is, and public. A project whose first verification was rejected is pending
    again.
    """
    view = await commands.resubmit(
        resources(request),
        account,
        key,
        verification_id,
        what_changed=body.what_changed,
        methodology_version_id=body.methodology_version_id,
    )
    return json_response(
        verification_response(view),
        status=201,
        location=verification_address(view.verification.id),
    )
