"""Recording a reversal, for staff; and the reversal as everybody may read it."""

from uuid import UUID

from activities.credits.reversal import RecordReversal, ReversalPayload
from adapters.postgres.credits.reads import reversals as reads_reversals
from adapters.postgres.credits.reads.reversals import ReversalView
from api.commands.addresses import reversal_address
from api.commands.projects.projects import visible_project
from api.commands.proposals import proposal_limits, require_second_person
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.proposals import ProposalKind
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from workflows.credits.reversal import ReversalStart, ReversalWorkflow, workflow_id


async def record_reversal(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    *,
    quantity_units: int,
    vintage: int | None,
    cause: str,
    avoidable: bool,
) -> ReversalView:
    """
    Record a loss of `quantity_units` (of 0.01 t), of all vintages where none is named.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only staff record reversals.
        WorkflowUpdateFailedError: with the refusal of `domain.credits.reversal` inside.
        AwaitsCountersignature, Conflict: as `require_second_person`, above the limit.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    await visible_project(parts, account, project_id)
    account.require(Permission.CANCEL_CREDITS)
    reversal_id = operation_id(account.id, "reverse", key)
    if proposal_limits(parts).need_for_quantity(ProposalKind.REVERSAL, quantity_units):
        await require_second_person(
            parts,
            account,
            reversal_id,
            ProposalKind.REVERSAL,
            subject=str(project_id),
            quantity_units=quantity_units,
            reason=cause,
            terms={"vintage": vintage, "avoidable": avoidable},
            key=key,
        )
    async with store_request(parts, reversal_id, account.id, ReversalPayload(cause=cause)):
        await WorkflowClient(parts).start_with(
            Operation(reversal_id, reversal_address(reversal_id)),
            WorkflowStart(
                ReversalWorkflow.run,
                ReversalStart(reversal_id=reversal_id),
                id=workflow_id(reversal_id),
                summary="Reversal, until the holders are told",
                kind="reversal",
                project_id=project_id,
            ),
            ReversalWorkflow.record,
            RecordReversal(
                reversal_id=reversal_id,
                project_id=project_id,
                quantity_units=quantity_units,
                vintage=vintage,
                avoidable=avoidable,
                actor_id=account.id,
            ),
        )
    return await reversal(parts, reversal_id)


async def reversal(parts: Resources, reversal_id: UUID) -> ReversalView:
    """
    Raises:
        NotFound: there is no such reversal.
    """
    async with parts.reading() as connection:
        view = await reads_reversals.reversal(connection, reversal_id)
    if view is None:
        raise NotFound("There is no such reversal.")
    return view
