"""Transferring credits to another account."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.commands.addresses import transaction_address
from api.commands.credits import transfer as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import json_response
from api.http.routing import MovementRoute
from api.http.schema import Data
from api.rest.credits.movement_signature import WalletSignature
from api.rest.credits.schemas.credits import SerialInPath, TransactionResponse, transaction_response
from api.rest.credits.schemas.transfer import TransferRequest

router = APIRouter(tags=["Credits"], route_class=MovementRoute)


@router.post(
    "/credits/{serial}/transfer",
    status_code=201,
    summary="Transfer credits",
    response_model=Data[TransactionResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
        Code.CONFLICT,
    ),
)
async def transfer_credits(
    request: Request,
    account: SignedIn,
    serial: SerialInPath,
    key: OperationKey,
    body: TransferRequest,
    sent: WalletSignature,
) -> Response:
    """
    For the holder. The units are the recipient's at once, under a new serial.

    A part splits the entry; the remainder stays active under a serial of its own. A registry may ask
    for a fresh signature of the holder's wallet where much is moved: 401, with what to sign.
    """
    # One of the two is there: the schema says so.
    recipient = body.recipient_id or body.recipient_email or ""
    transaction = await commands.transfer_credits(
        resources(request), account, key, serial, body.quantity, recipient, sent=sent
    )
    location = transaction_address(transaction.transaction.id)
    return json_response(transaction_response(transaction), status=201, location=location)
