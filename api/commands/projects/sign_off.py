"""What would be signed by a decision, looked at before it is made: facts, documents and their digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads.verifications import VerificationView
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import visible_verification
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.projects.approvals import Approval, approve, reviewed_digest
from domain.projects.documents import Document
from domain.projects.projects import Project
from domain.projects.verification import Verification, require_decidable


@dataclass(frozen=True)
class SignOffPreview:
    """
    `digest` is SHA-256 (hex) of the project's facts and the round's documents, and of an approval of
    what is approved; `approved` is what the approval would make of the verification, None of a rejection.
    """

    verification: Verification
    project: Project
    documents: Sequence[Document]
    digest: str
    approved: Verification | None


async def preview_approval(
    parts: Resources, account: Account, verification_id: UUID, approval: Approval
) -> SignOffPreview:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Others as `domain.projects.approvals.approve`; and as of its activity, that it needs a word on likely
            duplicates.
    """
    view, project, documents = await _reviewed(parts, account, verification_id)
    approved = approve(
        view.verification,
        approval,
        project=project,
        documents=documents,
        actor=account,
        needs_countersignature=False,
        at=parts.clock.now(),
    )
    if approved.sign_off_digest is None:
        raise RuntimeError("an approval has a digest")
    return SignOffPreview(view.verification, project, documents, approved.sign_off_digest, approved)


async def preview_rejection(
    parts: Resources, account: Account, verification_id: UUID
) -> SignOffPreview:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, AlreadyDecided, NotInReview: it is not theirs to decide, or not now.
    """
    view, project, documents = await _reviewed(parts, account, verification_id)
    require_decidable(view.verification, account)
    digest = reviewed_digest(view.verification, project, documents)
    return SignOffPreview(view.verification, project, documents, digest, None)


async def what_changed(
    parts: Resources, account: Account, verification_id: UUID, since: datetime
) -> list[str]:
    """A sentence for each document that came since a moment, the newest last, and one for changed facts."""
    _, project, documents = await _reviewed(parts, account, verification_id)
    found = [
        f"Document added: {document.name}"
        for document in documents
        if document.completed_at is not None and document.completed_at > since
    ]
    if project.updated_at > since:
        found.insert(0, "The project's facts were changed.")
    return found


async def _reviewed(
    parts: Resources, account: Account, verification_id: UUID
) -> tuple[VerificationView, Project, Sequence[Document]]:
    view = await visible_verification(parts, account, verification_id)
    project = await visible_project(parts, account, view.verification.project_id)
    async with parts.reading() as connection:
        documents = await reads_documents.completed_documents(connection, verification_id)
    return view, project.project, documents
