"""Making a loss good: replacing what was lost, and giving up what is suspended when nobody does."""

from uuid import UUID

from activities.credits.obligation import CancelSuspended, ObligationPayload, ReplaceLoss
from activities.payloads import Payload
from adapters.postgres.credits.reads import obligations as reads_obligations
from adapters.postgres.credits.reads.obligations import ObligationView
from adapters.postgres.projects.reads import projects as reads_projects
from api.commands.addresses import obligation_address
from api.commands.credits.credits import visible_credit
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, NotFound
from domain.identifiers import operation_id
from workflows.credits.obligation import ObligationStart, ObligationWorkflow, workflow_id


async def replace_loss(
    parts: Resources,
    account: Account,
    key: str,
    reversal_id: UUID,
    *,
    serial: str,
    quantity_units: int,
    reason: str,
) -> ObligationView:
    """
    Cancel `quantity_units` (of 0.01 t) of an entry in the place of what a loss left uncovered.

    Raises:
        NotFound: nothing is owed for such a loss, or no entry of this account's has that serial.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.obligation` inside.
        Conflict: the whole loss is made good already.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    before = await obligation(parts, reversal_id)
    await visible_credit(parts, account, serial)
    transaction_id = operation_id(account.id, "replace", key)
    async with store_request(parts, transaction_id, account.id, ObligationPayload(reason=reason)):
        await _ask(
            parts,
            before,
            transaction_id,
            ObligationWorkflow.replace,
            ReplaceLoss(
                transaction_id=transaction_id,
                reversal_id=reversal_id,
                serial=serial,
                quantity_units=quantity_units,
                actor_id=account.id,
            ),
        )
        async with parts.reading() as connection:
            done = await reads_obligations.is_made_good_by(connection, transaction_id)
        if not done:
            raise _settled()
    return await obligation(parts, reversal_id)


async def cancel_suspended(
    parts: Resources, account: Account, key: str, reversal_id: UUID, *, reason: str
) -> ObligationView:
    """
    Take away for ever what is suspended for a loss whose obligation is overdue.

    Raises:
        NotFound: nothing is owed, or nothing suspended, for such a loss.
        Forbidden: only staff cancel.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.obligation` inside.
        Conflict: the whole loss is made good already.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    before = await obligation(parts, reversal_id)
    account.require(Permission.CANCEL_CREDITS)
    cancellation_id = operation_id(account.id, "cancel-suspended", key)
    async with store_request(parts, cancellation_id, account.id, ObligationPayload(reason=reason)):
        await _ask(
            parts,
            before,
            cancellation_id,
            ObligationWorkflow.cancel_suspended,
            CancelSuspended(
                operation_id=cancellation_id, reversal_id=reversal_id, actor_id=account.id
            ),
        )
    after = await obligation(parts, reversal_id)
    if before.status == "settled" and after == before and not before.suspended_units:
        raise _settled()
    return after


async def obligation(parts: Resources, reversal_id: UUID) -> ObligationView:
    """
    Raises:
        NotFound: there is no such loss, or the buffer covered all of it.
    """
    async with parts.reading() as connection:
        found = await reads_obligations.obligation(connection, reversal_id)
    if found is None:
        raise NotFound("Nothing is owed for such a reversal.")
    return found


async def require_project(parts: Resources, project_id: UUID) -> None:
    """
    Raises:
        NotFound: there is no such project.
    """
    async with parts.reading() as connection:
        if await reads_projects.project(connection, project_id, account=None) is None:
            raise NotFound("There is no such project.")


async def _ask(
    parts: Resources, owed: ObligationView, id: UUID, update: object, request: Payload
) -> None:
    """Obligations of losses that were recorded by an earlier version have no workflow until now."""
    await WorkflowClient(parts).start_with(
        Operation(id, obligation_address(owed.reversal_id)),
        WorkflowStart(
            ObligationWorkflow.run,
            ObligationStart(reversal_id=owed.reversal_id, due_at=owed.due_at),
            id=workflow_id(owed.reversal_id),
            summary="Obligation, until the loss is made good",
            kind="obligation",
            status="open",
            project_id=owed.project_id,
        ),
        update,
        request,
    )


def _settled() -> Conflict:
    return Conflict("This obligation is settled: all of it is made good.")
