"""Consultations: what everybody reads and says, and what supplier, verifier and staff do with it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.projects.reads import consultations as reads_consultations
from api.commands.addresses import consultation_address
from api.commands.projects import consultations as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.middleware.rate_limits import address_of
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList
from api.rest.projects.schemas.consultations import (
    CommentAnswerRequest,
    CommentHidingRequest,
    CommentRequest,
    ConsultationLine,
    ConsultationRequest,
    ConsultationResponse,
    consultation_line,
    consultation_response,
)
from domain.projects.programme.consultations import COMMENTS_MAX

router = APIRouter(tags=["Projects"], route_class=IdempotentRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_STEP_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
)
CommentNumber = Annotated[int, Path(ge=1, le=COMMENTS_MAX, description="Of the comment.")]


@public_router.get(
    "/consultations",
    summary="List consultations",
    response_model=DataList[ConsultationLine],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_consultations(
    request: Request,
    list_request: Annotated[ListRequest, page_params(ConsultationLine, sort="openedAt")],
) -> Response:
    """On which projects the public is or was heard."""
    now = resources(request).clock.now()
    async with reading(request) as connection:
        rows = await reads_consultations.consultations_page(connection, list_request.page)
    body = list_bytes(
        request,
        list_request,
        rows,
        lambda view: consultation_line(view, now),
        lambda view: (view.opened_at, view.id),
    )
    return public_response(request, body)


@public_router.get(
    "/projects/{project_id}/consultation",
    summary="Read a project's consultation",
    response_model=Data[ConsultationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_consultation(request: Request, project_id: UUID) -> Response:
    """With all comments by number, and what supplier or verifier answered."""
    parts = resources(request)
    whole = await commands.found_consultation(parts, project_id)
    return public_response(request, data_bytes(consultation_response(whole, parts.clock.now())))


@public_router.post(
    "/projects/{project_id}/consultation/comments",
    status_code=201,
    summary="Comment on a project",
    response_model=Data[ConsultationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND, Code.CONFLICT),
)
async def comment(request: Request, project_id: UUID, body: CommentRequest) -> Response:
    """
    For everybody, without an account, on the days of the consultation (409 on others).

    It is public at once and stays; the very same words of the same name are one comment. An address may
    send a few a minute.
    """
    parts = resources(request)
    whole = await commands.comment(
        parts,
        project_id,
        name=body.name or None,
        text=body.text,
        address=address_of(request.scope),
    )
    return json_response(
        consultation_response(whole, parts.clock.now()),
        status=201,
        location=consultation_address(project_id),
    )


@router.post(
    "/projects/{project_id}/consultation",
    status_code=201,
    summary="Open a consultation",
    response_model=Data[ConsultationResponse],
    responses=_STEP_ERRORS,
)
async def open_consultation(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    key: OperationKey,
    body: ConsultationRequest,
) -> Response:
    """
    For administrators, once for each project, before it is decided on. Supplier and verifier are told.

    The project is approved after the last day, once every comment is answered or hidden (409 before).
    """
    parts = resources(request)
    whole = await commands.open_consultation(
        parts, account, key, project_id, opens_on=body.opens_on, closes_on=body.closes_on
    )
    return json_response(
        consultation_response(whole, parts.clock.now()),
        status=201,
        location=consultation_address(project_id),
    )


@router.post(
    "/projects/{project_id}/consultation/comments/{number}/answer",
    status_code=201,
    summary="Answer a comment",
    response_model=Data[ConsultationResponse],
    responses=_STEP_ERRORS,
)
async def answer_comment(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    number: CommentNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: CommentAnswerRequest,
) -> Response:
    """For whoever acts for the project's supplier, and for its verifier; once, for everybody to read."""
    parts = resources(request)
    whole = await commands.answer(parts, account, project_id, number, text=body.text)
    return json_response(consultation_response(whole, parts.clock.now()), status=201)


@router.post(
    "/projects/{project_id}/consultation/comments/{number}/hide",
    summary="Hide a comment",
    response_model=Data[ConsultationResponse],
    responses=_STEP_ERRORS,
)
async def hide_comment(
    request: Request,
    account: SignedIn,
    project_id: UUID,
    number: CommentNumber,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    body: CommentHidingRequest,
) -> Response:
    """For administrators. The comment is kept; everybody reads the reason in its place."""
    parts = resources(request)
    whole = await commands.hide(parts, account, project_id, number, reason=body.reason)
    return json_response(consultation_response(whole, parts.clock.now()))
