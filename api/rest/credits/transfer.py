"""Transferring credits to another account."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from temporalio.client import WorkflowUpdateFailedError

from activities.credits.transfer import TransferCredits
from api.commands.workflow_calls import Operation
from api.http.authentication import SignedIn
from api.http.error_mapping import refusal_in
from api.http.idempotency import OperationKey
from api.http.problem import Code, error_responses
from api.http.resources import resources
from api.http.responses import answer
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.credits.credits import movable_credit, visible_transaction
from api.rest.credits.schemas.credits import SerialInPath, TransactionResponse, transaction_response
from api.rest.credits.schemas.transfer import TransferRequest
from domain.errors import Fault, RecipientUnavailable
from domain.identifiers import operation_id
from workflows.credits.transfer import workflow_id

router = APIRouter(tags=["Credits"], route_class=IdempotentRoute)


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
    sent: TransferRequest,
) -> Response:
    """
    For the holder. The units are the recipient's at once, under a new serial.

    A part splits the entry; the remainder stays active under a serial of its own.
    """
    transaction_id = operation_id(account.id, "transfer", key)
    await movable_credit(request, serial, account, transaction_id)
    recipient_id = await _recipient(request, sent, transaction_id)
    if recipient_id is not None:
        with _pointing_at_what_was_sent(sent):
            await resources(request).workflows.transfer(
                Operation(transaction_id, f"/api/v1/transactions/{transaction_id}"),
                TransferCredits(
                    transaction_id=transaction_id,
                    serial=serial,
                    quantity_units=sent.quantity,
                    sender_id=account.id,
                    recipient_id=recipient_id,
                    waiting_workflow_id=workflow_id(transaction_id),
                ),
            )
    seen = await visible_transaction(request, transaction_id, account)
    location = f"/api/v1/transactions/{transaction_id}"
    return answer(transaction_response(seen), status=201, location=location)


async def _recipient(request: Request, sent: TransferRequest, transaction_id: UUID) -> UUID | None:
    """
    E-mail addresses stay here; workflows know accounts by their ids only.

    None when the transfer has happened already, whosever the address is by now.

    Raises:
        RecipientUnavailable: nobody has that address.
        RegistryFrozen: nobody has it, but a refusal is kept for ever and this is no time for one.
    """
    if sent.recipient_id is not None:
        return sent.recipient_id
    async with resources(request).database.transaction() as work:
        if await work.credits.entries.transaction(transaction_id) is not None:
            return None
        recipient = await work.accounts.accounts.by_email(sent.recipient_email or "")
        if recipient is None:
            await work.credits.registry_state.require_open()
            detail = "That account cannot receive credits."
            raise RecipientUnavailable(detail, Fault("/recipientEmail", detail))
    return recipient.id


@contextmanager
def _pointing_at_what_was_sent(sent: TransferRequest) -> Iterator[None]:
    """The rules know recipients by their ids; a fault is one of the field that was sent."""
    try:
        yield
    except WorkflowUpdateFailedError as failed:
        refusal = refusal_in(failed)
        if refusal is None or sent.recipient_email is None:
            raise
        raise type(refusal)(refusal.detail, *map(_of_the_email, refusal.faults)) from failed


def _of_the_email(fault: Fault) -> Fault:
    if fault.pointer != "/recipientId":
        return fault
    return Fault("/recipientEmail", fault.detail)
