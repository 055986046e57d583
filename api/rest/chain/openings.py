"""Showing whose account a chain record commits to, to whoever holds that account."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import openings as reads_openings
from api.commands.credits.credits import visible_transaction
from api.commands.credits.retirement import visible_retirement
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.chain.schemas.openings import OpeningResponse, opening_response
from domain.accounts.roles import Account

router = APIRouter(tags=["Credits"], route_class=RegistryRoute)
_ERRORS = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)


@router.get(
    "/transactions/{transaction_id}/openings",
    summary="Open the commitments of a transaction's chain record",
    response_model=Data[list[OpeningResponse]],
    responses=_ERRORS,
)
async def read_transaction_openings(
    request: Request, account: SignedIn, transaction_id: UUID
) -> Response:
    """
    For both parties, each of whom sees its own, and staff, who see all.

    Empty where the record names the account itself, as records did before they had commitments.
    """
    await visible_transaction(resources(request), account, transaction_id)
    return await _openings(request, account, transaction_id)


@router.get(
    "/retirements/{retirement_id}/openings",
    summary="Open the commitments of a retirement's chain records",
    response_model=Data[list[OpeningResponse]],
    responses=_ERRORS,
)
async def read_retirement_openings(
    request: Request, account: SignedIn, retirement_id: UUID
) -> Response:
    """
    For the one who retired, and staff: one for each line.

    With an opening and the certificate anybody can see who retired; `make verify-opening` compares them.
    """
    await visible_retirement(resources(request), account, retirement_id)
    return await _openings(request, account, retirement_id)


async def _openings(request: Request, account: Account, movement_id: UUID) -> Response:
    async with reading(request) as connection:
        found = await reads_openings.openings(connection, movement_id, account=account)
    shapes = [opening_response(view).model_dump_json(by_alias=True).encode() for view in found]
    return Response(
        b'{"data":[%s]}' % b",".join(shapes),
        headers={"Cache-Control": PRIVATE},
        media_type=MEDIA_TYPE,
    )
