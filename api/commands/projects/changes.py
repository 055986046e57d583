"""What a supplier changes of a project: its facts, whether a round goes on, and what a verifier sees of it (ADR 0090)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from activities.projects.changes import (
    ChangeProject,
    ProjectChangesPayload,
    WithdrawalPayload,
    WithdrawRound,
)
from adapters.postgres.projects.reads import changes as reads_changes
from adapters.postgres.projects.reads import rounds as reads_rounds
from adapters.postgres.projects.reads.projects import ProjectView
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.addresses import project_address, verification_address
from api.commands.projects.projects import visible_project
from api.commands.projects.rounds import resubmit
from api.commands.projects.verification import visible_verification
from api.commands.stored_requests import store_request
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import Conflict
from domain.identifiers import operation_id
from domain.projects.changes.project_changes import change_project as checked
from domain.projects.changes.project_changes import require_supplier
from domain.projects.changes.review import changed_since, review_digest
from domain.projects.changes.withdrawal import withdraw as withdrawn
from domain.projects.projects import ProjectStatus
from domain.projects.verification import ENDED_WITHOUT_APPROVAL, VerificationStatus
from workflows.projects.verification import VerificationWorkflow, workflow_id


@dataclass(frozen=True)
class ReviewView:
    """
    What there is to review, by its digest; `changed` is what became other since an earlier one.

    None of `changed`: nobody asked, or the round never had that digest (`known` tells which).
    """

    verification_id: UUID
    digest: str
    changed: Sequence[str] | None
    known: bool


async def change_project(
    parts: Resources, account: Account, project_id: UUID, changes: ProjectChangesPayload
) -> ProjectView:
    """
    Change facts of a project; what they were stays to be read. The same again changes nothing.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only its supplier changes it.
        FactsStand: its state does not allow it; the sentence says what to do.
        Invalid: the project could not be registered with these facts.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.changes` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_project(parts, account, project_id)
    first = (await visible_verification(parts, account, view.verification_id)).verification
    # No run is asked for what cannot be right: that of a decided round may have come to its end.
    now = parts.clock.now()
    same_facts = (
        checked(view.project, first, changes.asked(), actor=account, at=now) is view.project
    )
    if same_facts and changes.methodology_for(first) == first.methodology_version_id:
        return view
    change_id = operation_id(account.id, "change-project", str(uuid4()))
    async with store_request(parts, change_id, account.id, changes):
        await WorkflowClient(parts).update(
            Operation(change_id, project_address(project_id)),
            workflow_id(first.id),
            VerificationWorkflow.change_project,
            ChangeProject(
                operation_id=change_id,
                project_id=project_id,
                verification_id=first.id,
                actor_id=account.id,
            ),
        )
    return await visible_project(parts, account, project_id)


async def withdraw_round(
    parts: Resources, account: Account, key: str, project_id: UUID, *, note: str
) -> VerificationView:
    """
    Withdraw the open round of a project, while it is pending or in review.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only its supplier withdraws.
        AlreadyDecided: its newest round is decided, or waits for a countersignature.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.changes` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    project = (await visible_project(parts, account, project_id)).project
    require_supplier(project, account)
    async with parts.reading() as connection:
        rounds = await reads_rounds.rounds(connection, project_id)
    newest = await visible_verification(parts, account, rounds[-1].id)
    if newest.verification.status is not VerificationStatus.WITHDRAWN:
        # Of a decided round the run may have come to its end; of a withdrawn one it knows whether by this.
        withdrawn(newest.verification, project, note, actor=account, at=parts.clock.now())
    withdrawal_id = operation_id(account.id, "withdraw-round", key)
    async with store_request(parts, withdrawal_id, account.id, WithdrawalPayload(note=note)):
        await WorkflowClient(parts).update(
            Operation(withdrawal_id, verification_address(newest.verification.id)),
            workflow_id(newest.verification.id),
            VerificationWorkflow.withdraw,
            WithdrawRound(
                operation_id=withdrawal_id,
                verification_id=newest.verification.id,
                actor_id=account.id,
            ),
        )
    return await visible_verification(parts, account, newest.verification.id)


async def resubmit_project(
    parts: Resources, account: Account, key: str, project_id: UUID, *, what_changed: str
) -> VerificationView:
    """
    Open a new round for what the newest rejected or withdrawn one was about.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: only its supplier resubmits.
        Conflict: no round of it was rejected or withdrawn.
        Others as for `rounds.resubmit`.
    """
    project = (await visible_project(parts, account, project_id)).project
    require_supplier(project, account)
    async with parts.reading() as connection:
        rounds = await reads_rounds.rounds(connection, project_id)
    ended = [one for one in rounds if one.status in ENDED_WITHOUT_APPROVAL]
    if not ended:
        raise Conflict("No round of this project was rejected or withdrawn.")
    return await resubmit(parts, account, key, ended[-1].id, what_changed=what_changed)


async def review(
    parts: Resources, account: Account, verification_id: UUID, *, since: str | None = None
) -> ReviewView:
    """
    The digest of what there is to review in a round, and what changed since an earlier digest.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
    """
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        reviewed = await reads_changes.reviewed(connection, view.verification)
    changed = None if since is None else changed_since(reviewed, since)
    return ReviewView(
        verification_id,
        review_digest(reviewed),
        changed,
        known=since is None or changed is not None,
    )


def is_changeable(view: ProjectView) -> bool:
    """Whether there is a fact of it that its supplier could change now; a form asks before it is shown."""
    return view.project.status is ProjectStatus.PENDING
