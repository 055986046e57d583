"""Cancelling credits, for staff."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from activities.cancellation import CancelCredits, CancellationDraft
from api.answers import answer
from api.authentication import SignedIn
from api.drafts import drafted
from api.examples.ledger import CANCELLATION, CANCELLATION_SENT
from api.fields import Text, TonnesSent
from api.idempotency import OperationKey
from api.ledger import (
    SerialInPath,
    TransactionShape,
    transaction_shape,
    visible_credit,
    visible_transaction,
)
from api.problems import Code, error_responses
from api.resources import resources
from api.routing import IdempotentRoute
from api.shapes import Body, Data
from api.workflow_calls import Operation
from domain.accounts import Permission
from domain.cancellation import REASON_LENGTH_MAX
from domain.identifiers import operation_id


class CancellationSent(Body):
    """How much of the entry, and why; the reason is public and names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCELLATION_SENT]})

    quantity: TonnesSent
    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]


class CancellationShape(TransactionShape):
    """A movement of units out of the registry's circulation, for ever."""

    model_config = ConfigDict(json_schema_extra={"examples": [CANCELLATION]})


router = APIRouter(tags=["Staff"], route_class=IdempotentRoute)


@router.post(
    "/credits/{serial}/cancel",
    status_code=201,
    summary="Cancel credits",
    response_model=Data[CancellationShape],
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
    sent: CancellationSent,
) -> Response:
    """
    For administrators: take active or buffer units away for ever. The holder is told.

    A part splits the entry; the remainder stays what it was under a serial of its own.
    """
    await visible_credit(request, serial, account)
    account.require(Permission.CANCEL_CREDITS)
    transaction_id = operation_id(account.id, "cancel", key)
    location = f"/api/v1/transactions/{transaction_id}"
    async with drafted(request, transaction_id, account.id, CancellationDraft(reason=sent.reason)):
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
    return answer(transaction_shape(seen), status=201, location=location)
