"""Transferring credits to another account."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from starlette.requests import Request
from starlette.responses import Response

from activities.transfer import TransferCredits
from api.answers import answer
from api.authentication import SignedIn
from api.examples.ledger import TRANSFER_SENT
from api.fields import Text, TonnesSent, refuse
from api.idempotency import OperationKey
from api.ledger import (
    SerialInPath,
    TransactionShape,
    movable_credit,
    transaction_shape,
    visible_transaction,
)
from api.problems import Code, error_responses
from api.resources import resources
from api.routing import IdempotentRoute
from api.shapes import Body, Data
from api.workflow_calls import Operation
from domain.errors import RecipientUnavailable
from domain.identifiers import operation_id
from workflows.transfer import workflow_id


class TransferSent(Body):
    """How much to whom; the recipient by `recipientId` or by `recipientEmail`."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRANSFER_SENT]})

    quantity: TonnesSent
    recipient_email: Annotated[str, Text(255)] | None = None
    # After the e-mail, so that the check below sees both.
    recipient_id: Annotated[UUID | None, Field(validate_default=True)] = None

    @field_validator("recipient_id")
    @classmethod
    def _one_recipient(cls, recipient_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "recipient_email" not in info.data:
            return recipient_id
        if (recipient_id is None) == (info.data["recipient_email"] is None):
            raise refuse("Name the recipient by either recipientId or recipientEmail")
        return recipient_id


router = APIRouter(tags=["Credits"], route_class=IdempotentRoute)


@router.post(
    "/credits/{serial}/transfer",
    status_code=201,
    summary="Transfer credits",
    response_model=Data[TransactionShape],
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
    sent: TransferSent,
) -> Response:
    """
    For the holder. The units are the recipient's at once, under a new serial.

    A part splits the entry; the remainder stays active under a serial of its own.
    """
    transaction_id = operation_id(account.id, "transfer", key)
    await movable_credit(request, serial, account, transaction_id)
    await resources(request).workflows.transfer(
        Operation(transaction_id, f"/api/v1/transactions/{transaction_id}"),
        TransferCredits(
            transaction_id=transaction_id,
            serial=serial,
            quantity_units=sent.quantity,
            sender_id=account.id,
            recipient_id=await _recipient(request, sent),
            waiting_workflow_id=workflow_id(transaction_id),
        ),
    )
    seen = await visible_transaction(request, transaction_id, account)
    location = f"/api/v1/transactions/{transaction_id}"
    return answer(transaction_shape(seen), status=201, location=location)


async def _recipient(request: Request, sent: TransferSent) -> UUID:
    """E-mail addresses stay here; workflows know accounts by their ids only."""
    if sent.recipient_id is not None:
        return sent.recipient_id
    async with resources(request).database.transaction() as work:
        recipient = await work.accounts.by_email(sent.recipient_email or "")
    if recipient is None:
        raise RecipientUnavailable("That account cannot receive credits.")
    return recipient.id
