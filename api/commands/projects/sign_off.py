"""What would be signed by a decision, looked at before it is made: facts, documents and their digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.projects.reads import changes as reads_changes
from adapters.postgres.projects.reads import statements as reads_statements
from api.commands.projects.verification import visible_verification
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.projects.approvals import Approval, approve
from domain.projects.changes.review import ReviewedMaterial, review_digest
from domain.projects.documents import Document
from domain.projects.projects import Project
from domain.projects.verification import Verification, require_decidable


@dataclass(frozen=True)
class SignOffPreview:
    """
    `review_digest` is SHA-256 (hex) of what there is to review; `approved` is what the approval would make
    of the verification, its sign-off digest in it, None of a rejection.
    """

    verification: Verification
    project: Project
    documents: Sequence[Document]
    review_digest: str
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
    reviewed = await _reviewed(parts, account, verification_id)
    async with parts.reading() as connection:
        methodology = await reads_statements.methodology_of(connection, verification_id)
        statement = await reads_statements.newest_statement(connection, verification_id)
        quantified = await reads_statements.quantified_round(connection, verification_id)
    approved = approve(
        reviewed.verification,
        approval,
        project=reviewed.project,
        documents=_evidence(reviewed),
        actor=account,
        needs_countersignature=False,
        at=parts.clock.now(),
        methodology=methodology,
        newest_statement=statement,
        quantified=quantified,
    )
    return _preview(reviewed, approved)


async def preview_rejection(
    parts: Resources, account: Account, verification_id: UUID
) -> SignOffPreview:
    """
    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden, AlreadyDecided, NotInReview: it is not theirs to decide, or not now.
    """
    reviewed = await _reviewed(parts, account, verification_id)
    require_decidable(reviewed.verification, account)
    return _preview(reviewed, None)


def _preview(reviewed: ReviewedMaterial, approved: Verification | None) -> SignOffPreview:
    return SignOffPreview(
        reviewed.verification,
        reviewed.project,
        _evidence(reviewed),
        review_digest(reviewed),
        approved,
    )


def _evidence(reviewed: ReviewedMaterial) -> list[Document]:
    """What counts: of several versions of a document the newest."""
    found = [one for one in reviewed.documents if one.is_evidence]
    return sorted(found, key=lambda one: (one.completed_at, one.id))


async def _reviewed(parts: Resources, account: Account, verification_id: UUID) -> ReviewedMaterial:
    view = await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        return await reads_changes.reviewed(connection, view.verification)
