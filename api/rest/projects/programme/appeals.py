"""Appeals and grievances: filed, acknowledged, decided; and what of them is for everybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads.appeals import AppealFilter
from api.commands.addresses import appeal_address
from api.commands.projects.programme import appeals as commands
from api.commands.projects.programme.appeals import AppealTexts
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.appeals import (
    AcknowledgementRequest,
    AppealDecisionRequest,
    AppealRequest,
    AppealResponse,
    FiledAppealResponse,
    GrievanceRequest,
    appeal_response,
    filed_appeal_response,
)
from domain.projects.programme.appeals import AppealKind, AppealStatus

router = APIRouter(tags=["Projects"], route_class=IdempotentRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_WRITE_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.UNAVAILABLE,
)


@router.post(
    "/verifications/{verification_id}/appeal",
    status_code=201,
    summary="Appeal against a decision",
    response_model=Data[FiledAppealResponse],
    responses=_WRITE_ERRORS,
)
async def appeal(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: AppealRequest,
) -> Response:
    """
    For whoever acts for the project's supplier, against the approval or rejection of a round, once.

    In time only (409 after; the operator sets how many days). An administrator who had no part in the decision
    answers by `answerBy`. If the appeal is upheld, a rejected round may be resubmitted without any change, and
    somebody else verifies it; the decision itself stays, and stays public.
    """
    texts = AppealTexts(body.public_text, body.confidential_text)
    found = await commands.appeal(resources(request), account, key, verification_id, texts)
    location = appeal_address(found.appeal.id)
    return json_response(filed_appeal_response(found), status=201, location=location)


@router.post(
    "/grievances",
    status_code=201,
    summary="File a grievance",
    response_model=Data[FiledAppealResponse],
    responses=_WRITE_ERRORS,
)
async def file_grievance(
    request: Request, account: SignedIn, key: OperationKey, body: GrievanceRequest
) -> Response:
    """For everybody who has an account: about a project, or about the registry. It is answered by `answerBy`."""
    texts = AppealTexts(body.public_text, body.confidential_text)
    found = await commands.file_grievance(resources(request), account, key, body.project_id, texts)
    location = appeal_address(found.appeal.id)
    return json_response(filed_appeal_response(found), status=201, location=location)


@router.get(
    "/appeals",
    summary="List one's appeals and grievances",
    response_model=DataList[FiledAppealResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_filed_appeals(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(FiledAppealResponse, sort="filedAt")],
    kind: AppealKind | None = None,
    status: AppealStatus | None = None,
) -> Response:
    """What one's organisation has filed; for administrators all. Newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_appeals.filed_appeals_page(
            connection,
            AppealFilter(kind=kind, status=status),
            list_request.page,
            account=account,
        )
    return list_response(
        request,
        list_request,
        rows,
        filed_appeal_response,
        lambda view: (view.appeal.filed_at, view.appeal.id),
    )


@router.get(
    "/appeals/{appeal_id}",
    summary="Read an appeal or grievance whole",
    response_model=Data[FiledAppealResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_filed_appeal(request: Request, account: SignedIn, appeal_id: UUID) -> Response:
    """For who filed it, and administrators; everybody else reads `GET /registry/appeals/{id}`."""
    found = await commands.filed_appeal(resources(request), account, appeal_id)
    return json_response(filed_appeal_response(found))


@router.post(
    "/appeals/{appeal_id}/acknowledge",
    summary="Acknowledge an appeal or grievance",
    response_model=Data[FiledAppealResponse],
    responses=_WRITE_ERRORS,
)
async def acknowledge_appeal(
    request: Request,
    account: SignedIn,
    appeal_id: UUID,
    key: OperationKey,
    body: AcknowledgementRequest,
) -> Response:
    """For administrators. Whoever filed it is told, and the public reads of it from now on."""
    found = await commands.acknowledge_appeal(
        resources(request), account, key, appeal_id, withheld_reason=body.withheld_reason
    )
    return json_response(filed_appeal_response(found))


@router.post(
    "/appeals/{appeal_id}/decide",
    summary="Decide on an appeal or grievance",
    response_model=Data[FiledAppealResponse],
    responses=_WRITE_ERRORS,
)
async def decide_appeal(
    request: Request,
    account: SignedIn,
    appeal_id: UUID,
    key: OperationKey,
    body: AppealDecisionRequest,
) -> Response:
    """
    For an administrator who had no part in what was decided there, and has not filed it (403 says which).

    The reason is public, and nothing of it changes afterwards.
    """
    found = await commands.decide_appeal(
        resources(request),
        account,
        key,
        appeal_id,
        outcome=body.outcome,
        public_reason=body.public_reason,
    )
    return json_response(filed_appeal_response(found))


@public_router.get(
    "/appeals",
    summary="List appeals and grievances",
    response_model=DataList[AppealResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_appeals(
    request: Request,
    list_request: Annotated[ListRequest, page_params(AppealResponse, sort="filedAt")],
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
    kind: AppealKind | None = None,
    status: AppealStatus | None = None,
) -> Response:
    """All of them, with deadlines and outcomes; newest first unless asked otherwise."""
    chosen = AppealFilter(project_id=project_id, kind=kind, status=status)
    async with reading(request) as connection:
        rows = await reads_appeals.appeals_page(connection, chosen, list_request.page)
    body = list_bytes(
        request, list_request, rows, appeal_response, lambda view: (view.filed_at, view.id)
    )
    return public_response(request, body)


@public_router.get(
    "/appeals/{appeal_id}",
    summary="Read an appeal or grievance",
    response_model=Data[AppealResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_appeal(request: Request, appeal_id: UUID) -> Response:
    """What it says for everybody, by when it is answered, and the answer."""
    found = await commands.public_appeal(resources(request), appeal_id)
    return public_response(request, data_bytes(appeal_response(found)))
