"""Opening a later round of a project: for a monitoring period, or for what was rejected or withdrawn."""

from datetime import timedelta
from uuid import UUID

from activities.projects.rounds import OpenRound, RoundPayload
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.addresses import verification_address
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.commands.stored_requests import store_request
from api.commands.workflow_client import (
    Operation,
    WorkflowClient,
    WorkflowStart,
    wallet_workflow_id,
)
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.identifiers import operation_id
from domain.projects.monitoring_periods import require_within_crediting_period
from domain.projects.verification import MonitoringPeriod
from workflows.projects.verification import VerificationStart, VerificationWorkflow, workflow_id


async def open_monitoring_period(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    period: MonitoringPeriod,
    *,
    what_changed: str | None,
    methodology_version_id: UUID | None = None,
) -> VerificationView:
    """
    Open a round for a monitoring period; its verification is pending, and staff are told.

    Without `methodology_version_id` it is verified by what the round before it was.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only suppliers open rounds.
        Invalid: the period is outside the crediting period.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.monitoring_periods` inside.
        OutcomeUnknown, Unavailable: as for every workflow.
    """
    project = await visible_project(parts, account, project_id)
    account.require(Permission.OPEN_ROUND)
    # No run is started for what cannot be right; the activity has the last word all the same.
    require_within_crediting_period(project.project, period)
    request = OpenRound(
        verification_id=operation_id(account.id, "open-round", key),
        project_id=project_id,
        actor_id=account.id,
        first_day=period.first_day,
        last_day=period.last_day,
        methodology_version_id=methodology_version_id,
    )
    return await _open(parts, account, request, what_changed, f"Monitoring period {period}")


async def resubmit(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    *,
    what_changed: str,
    methodology_version_id: UUID | None = None,
) -> VerificationView:
    """
    Open a new round for what a rejected or withdrawn one was about; `methodology_version_id` as for a
    monitoring period.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Others as for `open_monitoring_period`.
    """
    ended = (await visible_verification(parts, account, verification_id)).verification
    account.require(Permission.OPEN_ROUND)
    request = OpenRound(
        verification_id=operation_id(account.id, "open-round", key),
        project_id=ended.project_id,
        actor_id=account.id,
        resubmits=ended.id,
        methodology_version_id=methodology_version_id,
    )
    summary = f"Resubmission of round {ended.number}, {ended.subject}"
    return await _open(parts, account, request, what_changed, summary)


async def _open(
    parts: Resources,
    account: Account,
    request: OpenRound,
    what_changed: str | None,
    summary: str,
) -> VerificationView:
    rules, hour = parts.settings.rules, timedelta(hours=1).total_seconds()
    round_id = request.verification_id
    async with store_request(parts, round_id, account.id, RoundPayload(what_changed=what_changed)):
        await WorkflowClient(parts).start_with(
            Operation(round_id, verification_address(round_id)),
            WorkflowStart(
                VerificationWorkflow.run,
                VerificationStart(
                    verification_id=round_id,
                    project_id=request.project_id,
                    wallet_workflow_id=wallet_workflow_id(parts),
                    assignment_deadline_seconds=rules.assignment_deadline_hours * hour,
                    review_deadline_seconds=rules.review_deadline_hours * hour,
                    countersignature_deadline_seconds=rules.countersignature_deadline_hours * hour,
                    answer_deadline_seconds=rules.finding_answer_deadline_hours * hour,
                ),
                id=workflow_id(round_id),
                summary=summary,
                kind="verification",
                project_id=request.project_id,
                organisation_id=account.acts_for,
            ),
            VerificationWorkflow.open_round,
            request,
        )
    return await visible_verification(parts, account, round_id)
