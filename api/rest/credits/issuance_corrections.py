"""Corrections of issuances: recorded by staff, made good, and told to everybody beside all cancellations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads.notices import cancellations as reads_cancellations
from adapters.postgres.credits.reads.notices import issuance_corrections as reads_corrections
from api.commands.addresses import issuance_correction_address
from api.commands.credits import issuance_corrections as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.schemas.issuance_corrections import (
    HandInRequest,
    IssuanceCorrectionLine,
    IssuanceCorrectionRequest,
    IssuanceCorrectionResponse,
    RegistryCancellation,
    cancellation_response,
    correction_line,
    issuance_correction_response,
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
ProjectId = Annotated[UUID | None, Query(alias="projectId")]


@router.post(
    "/verifications/{verification_id}/corrections",
    status_code=201,
    tags=["Staff"],
    summary="Correct an issuance",
    response_model=Data[IssuanceCorrectionResponse],
    responses=_WRITE_ERRORS,
)
async def correct_issuance(
    request: Request,
    account: SignedIn,
    verification_id: UUID,
    key: OperationKey,
    body: IssuanceCorrectionRequest,
) -> Response:
    """
    For administrators; another one countersigns first (202 names the proposal). The reason is public.

    Of what was issued in error the supplier's own units and the buffer's share are cancelled. What was moved or
    retired stays as it is: the supplier owes as many units, by `dueAt`. Certificates that rest on the issuance
    have a correction beside them.
    """
    whole = await commands.correct_issuance(
        resources(request),
        account,
        key,
        verification_id,
        vintage=body.vintage,
        quantity_units=body.quantity,
        reason=body.reason,
    )
    location = issuance_correction_address(whole.correction.id)
    return json_response(issuance_correction_response(whole), status=201, location=location)


@router.post(
    "/corrections/{correction_id}/replacements",
    status_code=201,
    tags=["Credits"],
    summary="Replace what was issued in error",
    response_model=Data[IssuanceCorrectionResponse],
    responses=_WRITE_ERRORS,
)
async def hand_in(
    request: Request, account: SignedIn, correction_id: UUID, key: OperationKey, body: HandInRequest
) -> Response:
    """Cancel units of one's own in the place of those that had moved on; administrators also others' and the buffer's."""
    whole = await commands.hand_in(
        resources(request),
        account,
        key,
        correction_id,
        serial=body.serial,
        quantity_units=body.quantity,
        reason=body.reason,
    )
    location = issuance_correction_address(correction_id)
    return json_response(issuance_correction_response(whole), status=201, location=location)


@router.get(
    "/registry/corrections",
    tags=["Public registry"],
    summary="List all corrections of issuances",
    response_model=DataList[IssuanceCorrectionLine],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_corrections(
    request: Request,
    list_request: Annotated[ListRequest, page_params(IssuanceCorrectionLine, sort="recordedAt")],
    project_id: ProjectId = None,
) -> Response:
    """What was ever issued in error, and what is owed for it; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_corrections.issuance_corrections_page(
            connection, project_id, list_request.page
        )
    body = list_bytes(
        request, list_request, rows, correction_line, lambda view: (view.recorded_at, view.id)
    )
    return public_response(request, body)


@router.get(
    "/registry/corrections/{correction_id}",
    tags=["Public registry"],
    summary="Read a correction of an issuance",
    response_model=Data[IssuanceCorrectionResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_correction(request: Request, correction_id: UUID) -> Response:
    """With the cancellations that were made for it."""
    whole = await commands.issuance_correction(resources(request), correction_id)
    return public_response(request, data_bytes(issuance_correction_response(whole)))


@router.get(
    "/registry/cancellations",
    tags=["Public registry"],
    summary="List all cancellations",
    response_model=DataList[RegistryCancellation],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_cancellations(
    request: Request,
    list_request: Annotated[ListRequest, page_params(RegistryCancellation, sort="cancelledAt")],
    project_id: ProjectId = None,
) -> Response:
    """Everything that was ever taken away, with the reason and what for; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_cancellations.cancellations_page(
            connection, project_id, list_request.page
        )
    body = list_bytes(
        request,
        list_request,
        rows,
        cancellation_response,
        lambda view: (view.cancelled_at, view.id),
    )
    return public_response(request, body)
