"""Cancelling credits, for staff."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.credits.cancellation import CancelCredits, CancellationPayload
from api.commands.stored_requests import store_request
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.idempotency import OperationKey
from api.http.problem import Code, error_responses
from api.http.resources import resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.credits.credits import visible_credit, visible_transaction
from api.rest.credits.schemas.cancellation import CancellationRequest, CancellationResponse
from api.rest.credits.schemas.credits import SerialInPath, transaction_response
from domain.accounts.roles import Permission
from domain.identifiers import operation_id

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
    sent: CancellationRequest,
) -> Response:
    """
    For administrators: take active or buffer units away for ever. The holder is told.

    A part splits the entry; the remainder stays what it was under a serial of its own.
    """
    await visible_credit(request, serial, account)
    account.require(Permission.CANCEL_CREDITS)
    transaction_id = operation_id(account.id, "cancel", key)
    location = f"/api/v1/transactions/{transaction_id}"
    async with store_request(
        request, transaction_id, account.id, CancellationPayload(reason=sent.reason)
    ):
        await resources(request).workflows.cancel(
            Operation(transaction_id, location),
            CancelCredits(
                transaction_id=transaction_id,
                serial=serial,
                quantity_units=sent.quantity,
                actor_id=account.id,
            ),
        )
    seen = await visible_transaction(request, transaction_id, account)
    return answer(transaction_response(seen), status=201, location=location)
