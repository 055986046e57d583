"""Releasing the buffer to the projects it came from, for staff."""

from activities.credits.buffer import ReleaseBuffer, ReleasePayload
from adapters.postgres.credits.reads.transactions import TransactionView
from api.commands.addresses import transaction_address
from api.commands.credits.credits import visible_credit, visible_transaction
from api.commands.proposals import proposal_limits, require_second_person
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission
from domain.identifiers import operation_id
from workflows.credits.buffer import BufferReleaseStart, BufferReleaseWorkflow, workflow_id


async def release_buffer(
    parts: Resources, account: Account, key: str, serial: str, quantity_units: int, reason: str
) -> TransactionView:
    """
    Make `quantity_units` (of 0.01 t) of a buffer entry active and the project's; the reason is public.

    Raises:
        NotFound: there is no such entry, or this account may not see it.
        Forbidden: only staff release.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.buffer` inside.
        AwaitsCountersignature, Conflict: as `require_second_person`, above the limit.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    await visible_credit(parts, account, serial)
    account.require(Permission.CANCEL_CREDITS)
    transaction_id = operation_id(account.id, "release-buffer", key)
    if proposal_limits(parts).need_for_quantity(ProposalKind.BUFFER_RELEASE, quantity_units):
        await require_second_person(
            parts,
            account,
            transaction_id,
            ProposalKind.BUFFER_RELEASE,
            subject=serial,
            quantity_units=quantity_units,
            reason=reason,
            key=key,
        )
    async with store_request(parts, transaction_id, account.id, ReleasePayload(reason=reason)):
        await WorkflowClient(parts).start_with(
            Operation(transaction_id, transaction_address(transaction_id)),
            WorkflowStart(
                BufferReleaseWorkflow.run,
                BufferReleaseStart(transaction_id=transaction_id),
                id=workflow_id(transaction_id),
                summary="Release of buffer credits",
                kind="buffer_release",
            ),
            BufferReleaseWorkflow.release,
            ReleaseBuffer(
                transaction_id=transaction_id,
                serial=serial,
                quantity_units=quantity_units,
                actor_id=account.id,
            ),
        )
    return await visible_transaction(parts, account, transaction_id)
