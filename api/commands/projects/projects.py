"""Registering a project, and which projects an account may see."""

from datetime import timedelta
from uuid import UUID

from activities.projects.projects import ProjectPayload, RegisterProject
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.projects import ProjectView
from api.commands.addresses import project_address
from api.commands.stored_requests import store_request
from api.commands.workflow_client import (
    Operation,
    WorkflowClient,
    WorkflowStart,
    wallet_workflow_id,
)
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import derived_id, operation_id
from workflows.projects.verification import VerificationStart, VerificationWorkflow, workflow_id


async def register_project(
    parts: Resources, account: Account, key: str, project: ProjectPayload
) -> ProjectView:
    """
    Register a project and open its verification, in one step.

    Raises:
        Forbidden: only suppliers register projects.
        WorkflowUpdateFailedError: with the refusal of `domain.projects` inside.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    account.require(Permission.REGISTER_PROJECT)
    account.require_organisation()
    rules, hour = parts.settings.rules, timedelta(hours=1).total_seconds()
    project_id = operation_id(account.id, "register-project", key)
    verification_id = derived_id(project_id, "verification")
    async with store_request(parts, project_id, account.id, project):
        await WorkflowClient(parts).start_with(
            Operation(project_id, project_address(project_id)),
            WorkflowStart(
                VerificationWorkflow.run,
                VerificationStart(
                    verification_id=verification_id,
                    project_id=project_id,
                    wallet_workflow_id=wallet_workflow_id(parts),
                    assignment_deadline_seconds=rules.assignment_deadline_hours * hour,
                    review_deadline_seconds=rules.review_deadline_hours * hour,
                    countersignature_deadline_seconds=rules.countersignature_deadline_hours * hour,
                    answer_deadline_seconds=rules.finding_answer_deadline_hours * hour,
                ),
                id=workflow_id(verification_id),
                summary="Verification of a project",
                kind="verification",
                project_id=project_id,
                organisation_id=account.acts_for,
            ),
            VerificationWorkflow.register,
            RegisterProject(
                project_id=project_id, verification_id=verification_id, developer_id=account.id
            ),
        )
    return await visible_project(parts, account, project_id)


async def visible_project(parts: Resources, account: Account, project_id: UUID) -> ProjectView:
    """
    Raises:
        NotFound: there is no such project, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_projects.project(connection, project_id, account=account)
    if view is None:
        raise NotFound("There is no such project.")
    return view
