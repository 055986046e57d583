"""Reservations: asked for, answered, handed over."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import reservations as reads_reservations
from adapters.postgres.credits.reads.reservations import ReservationFilter, ReservationView
from api.commands.addresses import reservation_address
from api.commands.credits import reservations as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import Resources, reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.movement_signature import WalletSignature
from api.rest.credits.schemas.credits import SerialInPath
from api.rest.credits.schemas.market import (
    ReservationRequest,
    ReservationResponse,
    reservation_response,
)
from domain.accounts.roles import Account
from domain.credits.reservation import ReservationStatus

router = APIRouter(tags=["Credits"], route_class=IdempotentRoute)

_WRITE_ERRORS = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
    Code.CONFLICT,
    Code.UNAVAILABLE,
)
_Answering = Callable[[Resources, Account, str, UUID], Awaitable[ReservationView]]


@router.post(
    "/credits/{serial}/reservations",
    status_code=201,
    summary="Ask for credits",
    response_model=Data[ReservationResponse],
    responses=_WRITE_ERRORS,
)
async def request_reservation(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    body: ReservationRequest,
) -> Response:
    """
    For buyers and suppliers who do not hold the entry. Its holder is told, and accepts or refuses.

    Nothing is set aside by asking: two may ask for the same units, and the first whom the holder accepts has them.
    """
    found = await commands.request_reservation(
        resources(request),
        account,
        key,
        serial,
        quantity_units=body.quantity,
        until=body.until,
        note=body.note,
    )
    location = reservation_address(found.reservation.id)
    return json_response(reservation_response(found), status=201, location=location)


@router.get(
    "/reservations",
    summary="List reservations",
    response_model=DataList[ReservationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_reservations(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(ReservationResponse, sort="requestedAt")],
    status: ReservationStatus | None = None,
) -> Response:
    """What one asked for and was asked for; for staff all. Newest first unless asked otherwise."""
    chosen = ReservationFilter(status)
    async with reading(request) as connection:
        rows = await reads_reservations.reservations_page(
            connection, chosen, list_request.page, account=account
        )
    return list_response(
        request,
        list_request,
        rows,
        reservation_response,
        lambda view: (view.reservation.requested_at, view.reservation.id),
    )


@router.get(
    "/reservations/{reservation_id}",
    summary="Read a reservation",
    response_model=Data[ReservationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_reservation(request: Request, account: SignedIn, reservation_id: UUID) -> Response:
    """For both sides, and staff."""
    found = await commands.visible_reservation(resources(request), account, reservation_id)
    return json_response(reservation_response(found))


@router.post(
    "/reservations/{reservation_id}/accept",
    summary="Accept a reservation",
    response_model=Data[ReservationResponse],
    responses=_WRITE_ERRORS,
)
async def accept_reservation(
    request: Request, account: SignedIn, reservation_id: UUID, key: OperationKey
) -> Response:
    """
    For the holder. The units are set aside under a serial of their own until `until`, then they come back.

    409 where less is left in one piece than was asked for, or the time is up.
    """
    return await _answered(request, account, reservation_id, key, commands.accept_reservation)


@router.post(
    "/reservations/{reservation_id}/refuse",
    summary="Refuse a reservation",
    response_model=Data[ReservationResponse],
    responses=_WRITE_ERRORS,
)
async def refuse_reservation(
    request: Request, account: SignedIn, reservation_id: UUID, key: OperationKey
) -> Response:
    """For the holder, as long as it is not answered."""
    return await _answered(request, account, reservation_id, key, commands.refuse_reservation)


@router.post(
    "/reservations/{reservation_id}/cancel",
    summary="Cancel a reservation",
    response_model=Data[ReservationResponse],
    responses=_WRITE_ERRORS,
)
async def cancel_reservation(
    request: Request, account: SignedIn, reservation_id: UUID, key: OperationKey
) -> Response:
    """For whoever asked, and once it is accepted for the holder too. What was set aside comes back."""
    return await _answered(request, account, reservation_id, key, commands.cancel_reservation)


@router.post(
    "/reservations/{reservation_id}/fulfil",
    summary="Hand over what is reserved",
    response_model=Data[ReservationResponse],
    responses=_WRITE_ERRORS,
)
async def fulfil_reservation(
    request: Request,
    account: SignedIn,
    reservation_id: UUID,
    key: OperationKey,
    sent: WalletSignature,
) -> Response:
    """
    For the holder: a transfer of the reserved entry, whole, to whoever asked.

    POST /credits/{serial}/transfer of the reserved entry to them does the same.
    """
    found = await commands.fulfil_reservation(
        resources(request), account, key, reservation_id, sent=sent
    )
    return json_response(reservation_response(found))


async def _answered(
    request: Request, account: Account, reservation_id: UUID, key: str, answer: _Answering
) -> Response:
    found = await answer(resources(request), account, key, reservation_id)
    return json_response(reservation_response(found))
