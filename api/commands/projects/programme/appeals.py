"""Filing appeals and grievances, and answering them."""

from dataclasses import dataclass
from uuid import UUID

from activities.payloads import Payload
from activities.projects.programme.appeals import (
    AcknowledgeAppeal,
    AppealAnswerPayload,
    AppealPayload,
    DecideAppeal,
    FileAppeal,
)
from adapters.postgres.projects.reads import appeals as reads_appeals
from adapters.postgres.projects.reads import projects as reads_projects
from adapters.postgres.projects.reads.appeals import AppealView, FiledAppealView
from api.commands.addresses import appeal_address
from api.commands.projects.verification import visible_verification
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import AppealSettled, Conflict, NotFound
from domain.identifiers import operation_id
from domain.projects.programme.appeals import AppealKind, Outcome
from workflows.projects.programme.appeals import AppealStart, AppealWorkflow, workflow_id


@dataclass(frozen=True)
class AppealTexts:
    """What is said for everybody, and for staff alone (None: nothing)."""

    public: str
    confidential: str | None = None


async def appeal(
    parts: Resources, account: Account, key: str, verification_id: UUID, texts: AppealTexts
) -> FiledAppealView:
    """
    Appeal against what was decided on a round, for its supplier.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: the account does not act for the supplier.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.programme.appeals.appeal` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_verification(parts, account, verification_id)
    account.require(Permission.APPEAL)
    request = FileAppeal(
        appeal_id=operation_id(account.id, "appeal", key),
        kind=AppealKind.APPEAL,
        project_id=view.verification.project_id,
        verification_id=verification_id,
        account_id=account.id,
    )
    number = view.verification.number
    return await _file(parts, account, request, texts, f"Appeal against round {number}")


async def file_grievance(
    parts: Resources, account: Account, key: str, project_id: UUID | None, texts: AppealTexts
) -> FiledAppealView:
    """
    Complain of a project, or of the registry (None), as anybody with an account.

    Raises:
        NotFound: there is no such project.
        WorkflowUpdateFailedError, OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.FILE_GRIEVANCE)
    if project_id is not None:
        async with parts.reading() as connection:
            if await reads_projects.public_project(connection, project_id) is None:
                raise NotFound("There is no such project.")
    request = FileAppeal(
        appeal_id=operation_id(account.id, "grievance", key),
        kind=AppealKind.GRIEVANCE,
        project_id=project_id,
        verification_id=None,
        account_id=account.id,
    )
    about = "a project" if project_id else "the registry"
    return await _file(parts, account, request, texts, f"Grievance about {about}")


async def acknowledge_appeal(
    parts: Resources, account: Account, key: str, appeal_id: UUID, *, withheld_reason: str | None
) -> FiledAppealView:
    """
    Say that it is looked into; the public reads of it from now on, or why its text is withheld.

    Raises:
        Forbidden: only staff acknowledge.
        NotFound: there is no such appeal.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.programme.appeals.acknowledge` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.DECIDE_APPEAL)
    answer_id = operation_id(account.id, f"acknowledge/{appeal_id}", key)
    request = AcknowledgeAppeal(operation_id=answer_id, appeal_id=appeal_id, account_id=account.id)
    return await _answer(
        parts, account, appeal_id, AppealWorkflow.acknowledge, answer_id, request, withheld_reason
    )


async def decide_appeal(
    parts: Resources,
    account: Account,
    key: str,
    appeal_id: UUID,
    *,
    outcome: Outcome,
    public_reason: str,
) -> FiledAppealView:
    """
    Uphold or dismiss it, with a reason for everybody.

    Raises:
        Forbidden: only staff decide, and nobody what they had a part in.
        NotFound: there is no such appeal.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.programme.appeals.decide` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    account.require(Permission.DECIDE_APPEAL)
    answer_id = operation_id(account.id, f"decide/{appeal_id}", key)
    request = DecideAppeal(
        operation_id=answer_id, appeal_id=appeal_id, outcome=outcome, account_id=account.id
    )
    return await _answer(
        parts, account, appeal_id, AppealWorkflow.decide, answer_id, request, public_reason
    )


async def filed_appeal(parts: Resources, account: Account, appeal_id: UUID) -> FiledAppealView:
    """
    Raises:
        NotFound: there is no such appeal, or it is somebody else's.
    """
    async with parts.reading() as connection:
        found = await reads_appeals.filed_appeal(connection, appeal_id, account=account)
    if found is None:
        raise NotFound("There is no such appeal.")
    return found


async def public_appeal(parts: Resources, appeal_id: UUID) -> AppealView:
    """
    Raises:
        NotFound: there is no such appeal.
    """
    async with parts.reading() as connection:
        found = await reads_appeals.public_appeal(connection, appeal_id)
    if found is None:
        raise NotFound("There is no such appeal.")
    return found


async def _file(
    parts: Resources, account: Account, request: FileAppeal, texts: AppealTexts, summary: str
) -> FiledAppealView:
    said = AppealPayload(public_text=texts.public, confidential_text=texts.confidential)
    async with store_request(parts, request.appeal_id, account.id, said):
        await WorkflowClient(parts).start_with(
            Operation(request.appeal_id, appeal_address(request.appeal_id)),
            WorkflowStart(
                AppealWorkflow.run,
                AppealStart(appeal_id=request.appeal_id),
                id=workflow_id(request.appeal_id),
                summary=summary,
                kind=request.kind.value,
                project_id=request.project_id,
                organisation_id=account.acts_for,
            ),
            AppealWorkflow.file,
            request,
        )
    return await filed_appeal(parts, account, request.appeal_id)


async def _answer(
    parts: Resources,
    account: Account,
    appeal_id: UUID,
    update: object,
    answer_id: UUID,
    request: Payload,
    reason: str | None,
) -> FiledAppealView:
    before = await filed_appeal(parts, account, appeal_id)
    try:
        async with store_request(parts, answer_id, account.id, AppealAnswerPayload(reason=reason)):
            await WorkflowClient(parts).update(
                Operation(answer_id, appeal_address(appeal_id)),
                workflow_id(appeal_id),
                update,
                request,
            )
    except (Conflict, NotFound):
        # The workflow of one that is decided has ended; the row says more of it than that.
        if before.appeal.is_settled:
            raise AppealSettled(
                f"This {before.appeal.kind} was {before.appeal.status} already."
            ) from None
        raise
    return await filed_appeal(parts, account, appeal_id)
