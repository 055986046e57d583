"""Retiring credits, and the retirements one made."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.retirement import RetireLine
from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.credits.reads.retirements import RetirementFilter, RetirementView
from adapters.postgres.queries import Position
from api.commands.addresses import retirement_address
from api.commands.credits import retirement as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import public_url, reading, resources
from api.http.responses import json_response
from api.http.routing import MovementRoute
from api.http.schema import Data, DataList
from api.rest.credits.movement_signature import WalletSignature
from api.rest.credits.schemas.credits import SerialInPath
from api.rest.credits.schemas.retirement import (
    LinesRequest,
    RetirementRequest,
    RetirementResponse,
    retirement_payload,
    retirement_response,
)

router = APIRouter(tags=["Retirements"], route_class=MovementRoute)


@router.post(
    "/credits/{serial}/retire",
    status_code=201,
    summary="Retire credits",
    response_model=Data[RetirementResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def retire_credits(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    body: RetirementRequest,
    sent: WalletSignature,
) -> Response:
    """
    For the holder. The units leave circulation at once and for ever.

    The certificate answers from this moment; it is sealed when the record stands on Cardano with
    six confirmations. A part splits the entry; the remainder stays active. A registry may ask for a
    fresh signature of the holder's wallet where much is retired: 401, with what to sign.
    """
    retirement = await commands.retire_entry(
        resources(request),
        account,
        key,
        RetireLine(serial=serial, quantity_units=body.quantity),
        retirement_payload(body),
        sent=sent,
    )
    return _answer_retired(request, retirement)


@router.post(
    "/retirements",
    status_code=201,
    summary="Retire credits of several entries",
    response_model=Data[RetirementResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def retire_several(
    request: Request,
    account: SignedIn,
    key: OperationKey,
    body: LinesRequest,
    sent: WalletSignature,
) -> Response:
    """
    For the holder. All lines leave circulation in one moment, or none does.

    There is one certificate; it is sealed when the records of all lines have six confirmations.
    """
    retirement = await commands.retire_lines(
        resources(request),
        account,
        key,
        [RetireLine(serial=line.serial, quantity_units=line.quantity) for line in body.lines],
        retirement_payload(body),
        sent=sent,
    )
    return _answer_retired(request, retirement)


def _answer_retired(request: Request, view: RetirementView) -> Response:
    return json_response(
        retirement_response(view, public_url(request)),
        status=201,
        location=retirement_address(view.retirement.id),
    )


@router.get(
    "/retirements",
    summary="List my retirements",
    response_model=DataList[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_retirements(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(RetirementResponse, sort="retiredAt")],
) -> Response:
    """The retirements one made; for staff all of them."""
    async with reading(request) as connection:
        rows = await reads_retirements.retirements_page(
            connection, RetirementFilter(), list_request.page, account=account
        )

    def as_response(view: RetirementView) -> RetirementResponse:
        return retirement_response(view, public_url(request))

    return list_response(request, list_request, rows, as_response, retirement_position)


@router.get(
    "/retirements/{retirement_id}",
    summary="Read my retirement",
    response_model=Data[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For the one who retired and staff, with the chain record inside."""
    view = await commands.visible_retirement(resources(request), account, retirement_id)
    return json_response(retirement_response(view, public_url(request)))


def retirement_position(view: RetirementView) -> Position:
    return view.retirement.retired_at, view.retirement.id
