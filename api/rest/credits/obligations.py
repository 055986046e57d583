"""Obligations: what losses leave owed, for everybody; and making them good."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import obligations as reads_obligations
from api.commands.addresses import obligation_address
from api.commands.credits import obligations as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.obligations import (
    CancelSuspendedRequest,
    ObligationResponse,
    ReplacementRequest,
    obligation_response,
)

router = APIRouter(route_class=IdempotentRoute)

_WRITE_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.UNAVAILABLE,
)


@router.post(
    "/reversals/{reversal_id}/replacements",
    status_code=201,
    tags=["Credits"],
    summary="Replace what was lost",
    response_model=Data[ObligationResponse],
    responses=_WRITE_ERRORS,
)
async def replace_loss(
    request: Request,
    account: SignedIn,
    reversal_id: UUID,
    key: OperationKey,
    body: ReplacementRequest,
) -> Response:
    """
    Cancel units in the place of what a loss left uncovered: one's own active ones.

    Administrators may also take anybody's, and the buffer's. As many suspended units become active
    again as are more than what is still owed.
    """
    owed = await commands.replace_loss(
        resources(request),
        account,
        key,
        reversal_id,
        serial=body.serial,
        quantity_units=body.quantity,
        reason=body.reason,
    )
    location = obligation_address(reversal_id)
    return json_response(obligation_response(owed), status=201, location=location)


@router.post(
    "/reversals/{reversal_id}/cancel-suspended",
    tags=["Staff"],
    summary="Cancel what is suspended for a loss",
    response_model=Data[ObligationResponse],
    responses=_WRITE_ERRORS,
)
async def cancel_suspended(
    request: Request,
    account: SignedIn,
    reversal_id: UUID,
    key: OperationKey,
    body: CancelSuspendedRequest,
) -> Response:
    """For administrators, once the obligation is overdue. The units are gone for ever; holders are told."""
    owed = await commands.cancel_suspended(
        resources(request), account, key, reversal_id, reason=body.reason
    )
    return json_response(obligation_response(owed))


@router.get(
    "/registry/reversals/{reversal_id}/obligation",
    tags=["Public registry"],
    summary="Read what is owed for a loss",
    response_model=Data[ObligationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_obligation(request: Request, reversal_id: UUID) -> Response:
    """404 where the buffer covered the whole loss: nothing is, or ever was, owed for it."""
    owed = await commands.obligation(resources(request), reversal_id)
    return public_response(request, data_bytes(obligation_response(owed)))


@router.get(
    "/registry/projects/{project_id}/obligations",
    tags=["Public registry"],
    summary="List what a project owes for losses",
    response_model=DataList[ObligationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def list_obligations(
    request: Request,
    project_id: UUID,
    list_request: Annotated[ListRequest, page_params(ObligationResponse, sort="recordedAt")],
) -> Response:
    """Every loss that the buffer did not cover, settled ones too; newest first unless asked otherwise."""
    await commands.require_project(resources(request), project_id)
    async with reading(request) as connection:
        rows = await reads_obligations.obligations_page(connection, project_id, list_request.page)
    body = list_bytes(
        request, list_request, rows, obligation_response, lambda o: (o.recorded_at, o.reversal_id)
    )
    return public_response(request, body)
