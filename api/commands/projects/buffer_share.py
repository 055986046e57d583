"""Setting what of a project's issuances goes into the buffer, for staff."""

from decimal import Decimal
from uuid import UUID

from activities.projects.buffer_share import BufferSharePayload, SetBufferShare
from adapters.postgres.projects.reads import buffer_shares as reads_buffer_shares
from api.commands.addresses import project_address
from api.commands.projects.projects import visible_project
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import AlreadyDecided
from domain.identifiers import operation_id
from domain.projects.buffer_share import BufferShare, ReversalRisk
from domain.projects.projects import ProjectStatus
from workflows.projects.verification import VerificationWorkflow, workflow_id


async def set_buffer_share(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    *,
    reversal_risk: ReversalRisk,
    percent: Decimal | None,
    reason: str,
) -> BufferShare:
    """
    Rate a pending project's risk of reversal; `percent` None follows the registry's table.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only staff rate.
        AlreadyDecided: the project is approved or rejected, and its share with it.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.buffer_share` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_project(parts, account, project_id)
    account.require(Permission.SET_BUFFER_SHARE)
    if view.project.status is not ProjectStatus.PENDING:
        status = view.project.status
        raise AlreadyDecided(f"This project is {status}; its buffer share is decided.")
    rating_id = operation_id(account.id, "set-buffer-share", key)
    async with store_request(parts, rating_id, account.id, BufferSharePayload(reason=reason)):
        await WorkflowClient(parts).update(
            Operation(rating_id, project_address(project_id)),
            workflow_id(view.verification_id),
            VerificationWorkflow.set_buffer_share,
            SetBufferShare(
                operation_id=rating_id,
                project_id=project_id,
                reversal_risk=reversal_risk,
                percent=percent,
                actor_id=account.id,
            ),
        )
    async with parts.reading() as connection:
        return await reads_buffer_shares.buffer_share(connection, view.project)
