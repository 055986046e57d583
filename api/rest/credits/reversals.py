"""Reversals: recording one, for staff; and for everybody what was lost and what stands for it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import reversals as reads_reversals
from api.commands.addresses import reversal_address
from api.commands.credits import reversals as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.reversals import (
    ReversalRequest,
    ReversalResponse,
    TouchedResponse,
    reversal_response,
    touched_response,
)

router = APIRouter(route_class=IdempotentRoute)


@router.post(
    "/projects/{project_id}/reversals",
    status_code=201,
    tags=["Staff"],
    summary="Record a reversal",
    response_model=Data[ReversalResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
        Code.UNAVAILABLE,
    ),
)
async def record_reversal(
    request: Request, account: SignedIn, project_id: UUID, key: OperationKey, body: ReversalRequest
) -> Response:
    """
    For administrators. The loss is covered from the buffer: the project's own first, then others'.

    Holders of touched retirements are told, and the certificates' pages say so. Sealed
    certificates themselves never change.
    """
    reversal = await commands.record_reversal(
        resources(request),
        account,
        key,
        project_id,
        quantity_units=body.quantity,
        vintage=body.vintage,
        cause=body.cause,
        avoidable=body.avoidable,
    )
    location = reversal_address(reversal.reversal.id)
    return json_response(reversal_response(reversal), status=201, location=location)


@router.get(
    "/registry/reversals",
    tags=["Public registry"],
    summary="List all reversals",
    response_model=DataList[ReversalResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_reversals(
    request: Request,
    list_request: Annotated[ListRequest, page_params(ReversalResponse, sort="recordedAt")],
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
) -> Response:
    """Every loss that was reported, and what stands for it; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_reversals.reversals_page(connection, project_id, list_request.page)
    body = list_bytes(
        request,
        list_request,
        rows,
        reversal_response,
        lambda r: (r.reversal.recorded_at, r.reversal.id),
    )
    return public_response(request, body)


@router.get(
    "/registry/reversals/{reversal_id}",
    tags=["Public registry"],
    summary="Read a reversal",
    response_model=Data[ReversalResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_reversal(request: Request, reversal_id: UUID) -> Response:
    """What was lost, which certificates it touches, and which cancelled units stand for them."""
    return public_response(
        request,
        data_bytes(reversal_response(await commands.reversal(resources(request), reversal_id))),
    )


@router.get(
    "/registry/reversals/{reversal_id}/certificates",
    tags=["Public registry"],
    summary="List the certificates that a reversal touches",
    response_model=DataList[TouchedResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def list_touched_certificates(
    request: Request,
    reversal_id: UUID,
    list_request: Annotated[
        ListRequest, page_params(TouchedResponse, sort="retiredAt", newest_first=False)
    ],
) -> Response:
    """Every certificate once, with what of it is lost and what stands for it; in order of retirement."""
    await commands.reversal(resources(request), reversal_id)
    async with reading(request) as connection:
        rows = await reads_reversals.certificates_page(connection, reversal_id, list_request.page)
    body = list_bytes(
        request, list_request, rows, touched_response, lambda c: (c.retired_at, c.retirement_id)
    )
    return public_response(request, body)
