"""Transferring credits to another account."""

from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from activities.credits.transfer import TransferCredits
from adapters.postgres.credits.reads.transactions import TransactionView
from adapters.postgres.identity import SYSTEM, done_as
from api.commands.addresses import transaction_address
from api.commands.credits.credits import movable_credit, visible_transaction
from api.commands.credits.movement_signature import require_signature
from api.commands.faults import faults_moved
from api.commands.fresh_signatures import SentSignature
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.accounts.signed_movements import MovementKind, MovementLine, SignedMovement
from domain.errors import Fault, RecipientUnavailable
from domain.identifiers import operation_id
from workflows.credits.transfer import TransferStage, TransferStart, TransferWorkflow, workflow_id


async def transfer_credits(
    parts: Resources,
    account: Account,
    key: str,
    serial: str,
    quantity_units: int,
    recipient: UUID | str,
    *,
    sent: SentSignature,
) -> TransactionView:
    """
    Move `quantity_units` (of 0.01 t) of an entry to another account: its id, or its e-mail address.

    Raises:
        NotFound, Forbidden, NotActive, RegistryFrozen: as for `movable_credit`.
        SignatureNeeded: as `require_signature`.
        RecipientUnavailable: nobody has that address.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.transfer` inside.
        Refusal: the same where an e-mail address was given, with its faults about that.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    transaction_id = operation_id(account.id, "transfer", key)
    entry = await movable_credit(parts, account, serial, transaction_id)
    line = MovementLine(serial, quantity_units)
    movement = SignedMovement(MovementKind.TRANSFER, (line,), recipient=str(recipient), terms={})
    await require_signature(parts, account, sent, movement)
    recipient_id: UUID | None
    naming: AbstractContextManager[None]
    if isinstance(recipient, UUID):
        recipient_id, naming = recipient, nullcontext()
    else:
        recipient_id = await _by_email(parts, recipient, transaction_id)
        naming = faults_moved(_of_the_email)
    if recipient_id is not None:
        with naming:
            await WorkflowClient(parts).start_with(
                Operation(transaction_id, transaction_address(transaction_id)),
                WorkflowStart(
                    TransferWorkflow.run,
                    TransferStart(brief=True, tells_end=True),
                    id=workflow_id(transaction_id),
                    summary="Transfer, until it stands on the chain",
                    kind="transfer",
                    status=TransferStage.WAITING_FOR_CHAIN,
                    project_id=entry.project_id,
                    organisation_id=account.acts_for,
                ),
                TransferWorkflow.transfer,
                TransferCredits(
                    transaction_id=transaction_id,
                    serial=serial,
                    quantity_units=quantity_units,
                    sender_id=account.id,
                    recipient_id=recipient_id,
                    waiting_workflow_id=workflow_id(transaction_id),
                ),
            )
    return await visible_transaction(parts, account, transaction_id)


@done_as(SYSTEM)
async def _by_email(parts: Resources, email: str, transaction_id: UUID) -> UUID | None:
    """
    E-mail addresses stay here; workflows know accounts by their ids only.

    None when the transfer has happened already, whosever the address is by now.

    Raises:
        RecipientUnavailable: nobody has that address.
        RegistryFrozen: nobody has it, but a refusal is kept for ever and this is no time for one.
    """
    async with parts.database.transaction() as work:
        if await work.credits.entries.transaction(transaction_id) is not None:
            return None
        recipient = await work.accounts.accounts.by_email(email)
        if recipient is None:
            await work.credits.registry_state.require_open()
            detail = "That account cannot receive credits."
            raise RecipientUnavailable(detail, Fault("/recipientEmail", detail))
    return recipient.acts_for


def _of_the_email(fault: Fault) -> Fault:
    """The rules know recipients by their ids; a fault is one of the field that was sent."""
    if fault.pointer != "/recipientId":
        return fault
    return Fault("/recipientEmail", fault.detail)
