"""Cancelling credits, for staff."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.addresses import transaction_address
from api.commands.credits import cancellation as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.credits.schemas.cancellation import CancellationRequest, CancellationResponse
from api.rest.credits.schemas.credits import SerialInPath, transaction_response

router = APIRouter(tags=["Staff"], route_class=IdempotentRoute)


@router.post(
    "/credits/{serial}/cancel",
    status_code=201,
    summary="Cancel credits",
    response_model=Data[CancellationResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
        Code.UNAVAILABLE,
    ),
)
async def cancel_credits(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    body: CancellationRequest,
) -> Response:
    """
    For administrators: take active or buffer units away for ever. The holder is told.

    A part splits the entry; the remainder stays what it was under a serial of its own.
    """
    transaction = await commands.cancel_credits(
        resources(request), account, key, serial, body.quantity, body.reason
    )
    location = transaction_address(transaction.transaction.id)
    return json_response(transaction_response(transaction), status=201, location=location)
