"""Evidence: what a document is, who may read it, and when it counts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.accounts.permissions import Condition, Relation, permits
from domain.accounts.roles import Account, Permission, Role
from domain.errors import DocumentMismatch, Forbidden

FILE_SIZE_MAX = 5 * 1024**3
"""Bytes; large ones come in parts (`domain.projects.uploads`, ADR 0094)."""


class DocumentType(StrEnum):
    PROJECT_DESCRIPTION = "project_description"
    METHODOLOGY = "methodology"
    MONITORING_PLAN = "monitoring_plan"
    BASELINE_ASSESSMENT = "baseline_assessment"
    MONITORING_REPORT = "monitoring_report"
    VALIDATION_REPORT = "validation_report"
    VERIFICATION_REPORT = "verification_report"
    SITE_EVIDENCE = "site_evidence"
    LAND_TITLE = "land_title"
    LABORATORY_ANALYSIS = "laboratory_analysis"
    OTHER = "other"


class Disclosure(StrEnum):
    """
    Who may read a document's bytes; its type and SHA-256 are public in every class.

    public        everybody
    internal      signed-in people who work on the project: supplier, its verifier, staff
    confidential  the same people, and it is named on no page
    restricted    its uploader, the assigned verifier and staff
    """

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Document:
    """
    `file_size` is in bytes; `sha256` is lower-case hex and was announced before the upload.

    `version` counts from 1; `supersedes` is the document in whose place it comes once it is completed.
    `superseded_by` is the one that came in its own place: from then on it is no evidence, and stays to be read.
    """

    id: UUID
    project_id: UUID
    verification_id: UUID
    name: str
    description: str
    document_type: DocumentType
    disclosure: Disclosure
    mime_type: str
    file_size: int
    sha256: str
    status: DocumentStatus
    uploaded_by: UUID
    created_at: datetime
    completed_at: datetime | None = None
    version: int = 1
    supersedes: UUID | None = None
    superseded_by: UUID | None = None
    superseded_at: datetime | None = None

    @property
    def is_evidence(self) -> bool:
        """Whether an approval may rest on it."""
        return self.status is DocumentStatus.COMPLETED and self.superseded_by is None


@dataclass(frozen=True)
class StoredBytes:
    """What object storage really holds under a document's upload key."""

    file_size: int
    sha256: str


def require_uploader(document: Document, account_id: UUID) -> None:
    """
    Raises:
        Forbidden: somebody else announced the document.
    """
    if document.uploaded_by != account_id:
        raise Forbidden("Only its uploader completes a document.")


def require_still_at_work(
    account: Account, *, developer_id: UUID, verifier_id: UUID | None
) -> None:
    """
    Raises:
        Forbidden: a verifier who was replaced adds no evidence any more, nor who left the supplier.
    """
    if account.role is Role.DEVELOPER and account.acts_for != developer_id:
        raise Forbidden("You do not act for the organisation of this project any more.")
    if account.role is Role.VERIFIER and account.id != verifier_id:
        raise Forbidden("This verification is with another verifier now.")


def complete(document: Document, stored: StoredBytes | None, *, at: datetime) -> Document:
    """
    Count a document as evidence, if the bytes in object storage are those announced.

    Raises:
        DocumentMismatch: nothing was uploaded, or size or SHA-256 differ.
    """
    if stored is None:
        raise DocumentMismatch("Nothing has been uploaded for this document yet.")
    if stored.file_size != document.file_size:
        raise DocumentMismatch(
            f"The upload has {stored.file_size} bytes, {document.file_size} were announced."
        )
    if stored.sha256 != document.sha256:
        raise DocumentMismatch("The upload's SHA-256 is not the one announced.")
    return replace(document, status=DocumentStatus.COMPLETED, completed_at=at)


def may_read(
    account: Account | None,
    document: Document,
    *,
    developer_id: UUID,
    verifier_id: UUID | None,
    tasked: Collection[UUID] = (),
) -> bool:
    """
    Whether the document's bytes are for this account (None: the public).

    `tasked` are whoever validates or reviews the round that the document is of.
    """
    holding = {
        condition
        for condition, holds in (
            (
                Condition.PUBLIC_AND_COMPLETE,
                document.status is DocumentStatus.COMPLETED
                and document.disclosure is Disclosure.PUBLIC,
            ),
            (Condition.NOT_RESTRICTED, document.disclosure is not Disclosure.RESTRICTED),
        )
        if holds
    }
    if account is None:
        return permits(None, Permission.READ_DOCUMENT, holding=holding)
    is_supplier = account.acts_for == developer_id
    standing = {
        Relation.SUPPLIER: is_supplier,
        Relation.ASSIGNED_VERIFIER: account.id == verifier_id,
        # Both read alike.
        Relation.VALIDATOR: account.id in tasked,
        # Who left the supplier's organisation reads nothing more, their own uploads included.
        Relation.UPLOADER: is_supplier and account.id == document.uploaded_by,
    }
    relations = [relation for relation, holds in standing.items() if holds]
    return permits(account.role, Permission.READ_DOCUMENT, relations, holding)
