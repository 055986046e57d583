"""Retiring credits, and the retirements one made."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.retirement import (
    RetireLine,
    RetireUnits,
)
from adapters.postgres.credits import reads as reads_credits
from adapters.postgres.credits.reads import RetirementFilter, RetirementView
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.idempotency import OperationKey
from api.http.lists import After, ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import public_url, reading, resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.credits.credits import movable_credit
from api.rest.credits.schemas.credits import (
    SerialInPath,
)
from api.rest.credits.schemas.retirement import (
    LinesRequest,
    RetirementRequest,
    RetirementResponse,
    retirement_payload,
    retirement_response,
)
from domain.accounts.roles import Account, Permission
from domain.credits.retirement import (
    require_lines,
)
from domain.errors import Fault, NotFound
from domain.identifiers import Serial, derived_id, operation_id
from workflows.credits.retirement import workflow_id

router = APIRouter(tags=["Retirements"], route_class=IdempotentRoute)


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
    sent: RetirementRequest,
) -> Response:
    """
    For the holder. The units leave circulation at once and for ever.

    The certificate answers from this moment; it is sealed when the record stands on Cardano with
    six confirmations. A part splits the entry; the remainder stays active.
    """
    retirement_id = operation_id(account.id, "retire", key)
    await movable_credit(request, serial, account, derived_id(retirement_id, "transaction"))
    location = f"/api/v1/retirements/{retirement_id}"
    async with store_request(request, retirement_id, account.id, retirement_payload(sent)):
        await resources(request).workflows.retire(
            Operation(retirement_id, location),
            RetireUnits(
                retirement_id=retirement_id,
                serial=serial,
                quantity_units=sent.quantity,
                account_id=account.id,
                waiting_workflow_id=workflow_id(retirement_id),
            ),
        )
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(seen, public_url(request)), status=201, location=location)


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
    request: Request, account: SignedIn, key: OperationKey, sent: LinesRequest
) -> Response:
    """
    For the holder. All lines leave circulation in one moment, or none does.

    There is one certificate; it is sealed when the records of all lines have six confirmations.
    """
    require_lines([(Serial.parse(line.serial), line.quantity) for line in sent.lines])
    await _require_visible(request, sent, account)
    account.require(Permission.HOLD_CREDITS)
    retirement_id = operation_id(account.id, "retire-lines", key)
    location = f"/api/v1/retirements/{retirement_id}"
    async with store_request(request, retirement_id, account.id, retirement_payload(sent)):
        await resources(request).workflows.retire(
            Operation(retirement_id, location),
            RetireUnits(
                retirement_id=retirement_id,
                lines=tuple(
                    RetireLine(serial=line.serial, quantity_units=line.quantity)
                    for line in sent.lines
                ),
                account_id=account.id,
                waiting_workflow_id=workflow_id(retirement_id),
            ),
        )
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(seen, public_url(request)), status=201, location=location)


async def _require_visible(request: Request, sent: LinesRequest, account: Account) -> None:
    """
    Raises:
        NotFound: names every line whose entry this account may not see.
    """
    async with reading(request) as connection:
        serials = [Serial.parse(line.serial) for line in sent.lines]
        found = [await reads_credits.credit(connection, s, account=account) for s in serials]
    faults = [
        Fault(f"/lines/{index}/serial", f"There is no credit entry {serial}.")
        for index, (serial, entry) in enumerate(zip(serials, found, strict=True))
        if entry is None
    ]
    if faults:
        raise NotFound("There is no such credit entry.", *faults)


@router.get(
    "/retirements",
    summary="List my retirements",
    response_model=DataList[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_retirements(
    request: Request,
    account: SignedIn,
    asked: Annotated[ListRequest, page_params(RetirementResponse, sort="retiredAt")],
) -> Response:
    """The retirements one made; for staff all of them."""
    async with reading(request) as connection:
        rows = await reads_credits.retirements_page(
            connection, RetirementFilter(), asked.part, account=account
        )

    def as_response(seen: RetirementView) -> RetirementResponse:
        return retirement_response(seen, public_url(request))

    return answer_list(request, asked, rows, as_response, retirement_position)


@router.get(
    "/retirements/{retirement_id}",
    summary="Read my retirement",
    response_model=Data[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, account: SignedIn, retirement_id: UUID) -> Response:
    """For the one who retired and staff, with the chain record inside."""
    seen = await visible_retirement(request, retirement_id, account)
    return answer(retirement_response(seen, public_url(request)))


async def visible_retirement(
    request: Request, retirement_id: UUID, account: Account | None
) -> RetirementView:
    """
    Raises:
        NotFound: there is no such retirement, or this account may not see it.
    """
    async with reading(request) as connection:
        seen = await reads_credits.retirement(connection, retirement_id, account=account)
    if seen is None:
        raise NotFound("There is no such retirement.")
    return seen


def retirement_position(seen: RetirementView) -> After:
    return seen.retirement.retired_at, seen.retirement.id
