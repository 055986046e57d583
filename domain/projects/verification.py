"""
The verification of a project: pending → in_review → approved | rejected.

Source: seed, "Verification Workflow Component, State Machine".
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account, Permission, Role
from domain.errors import (
    AlreadyDecided,
    Fault,
    Forbidden,
    Invalid,
    NotCountersignable,
    NotInReview,
    NotPending,
    TooFewDocuments,
)
from domain.projects.documents import Document
from domain.projects.projects import Project, signed_facts

DOCUMENTS_MIN = 3
VINTAGE_MIN = 1990


class VerificationStatus(StrEnum):
    PENDING = "pending"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"


class EventType(StrEnum):
    """The kinds of step on a verification's timeline."""

    PROJECT_REGISTERED = "project_registered"
    ASSIGNMENT_OVERDUE = "assignment_overdue"
    VERIFIER_ASSIGNED = "verifier_assigned"
    DOCUMENT_COMPLETED = "document_completed"
    NOTE = "note"
    SITE_VISIT = "site_visit"
    REVIEW_OVERDUE = "review_overdue"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REJECTED = "rejected"
    COUNTERSIGNED = "countersigned"
    CREDITS_ISSUED = "credits_issued"
    LOSS_RECORDED = "loss_recorded"
    OBLIGATION_OVERDUE = "obligation_overdue"
    OBLIGATION_SETTLED = "obligation_settled"


ADDED_BY_PEOPLE = frozenset({EventType.NOTE, EventType.SITE_VISIT})
"""The kinds a person may add; all others are written by the step they tell of."""


@dataclass(frozen=True)
class TimelineEvent:
    """`user_id` is None when the registry itself acted, as with a passed deadline."""

    id: UUID
    verification_id: UUID
    event_type: EventType
    message: str
    user_id: UUID | None
    created_at: datetime


@dataclass(frozen=True)
class Verification:
    """
    `sign_off_digest` is the SHA-256 of exactly what was approved: project data and documents.

    `verified_quantity_units` (0.01 t) and `vintage` are set by the approval.
    """

    id: UUID
    project_id: UUID
    developer_id: UUID
    status: VerificationStatus
    submitted_at: datetime
    updated_at: datetime
    verifier_id: UUID | None = None
    assigned_at: datetime | None = None
    completed_at: datetime | None = None
    decided_by: UUID | None = None
    notes: str | None = None
    verified_quantity_units: int | None = None
    vintage: int | None = None
    sign_off_digest: str | None = None
    needs_countersignature: bool = False
    countersigned_by: UUID | None = None
    countersigned_at: datetime | None = None

    @property
    def is_decided(self) -> bool:
        return self.status in {VerificationStatus.APPROVED, VerificationStatus.REJECTED}

    @property
    def waits_for_countersignature(self) -> bool:
        return (
            self.status is VerificationStatus.APPROVED
            and self.needs_countersignature
            and self.countersigned_by is None
        )


def require_undecided(verification: Verification) -> None:
    """
    Raises:
        AlreadyDecided: it was approved or rejected; its evidence stands as it was.
    """
    if verification.is_decided:
        raise AlreadyDecided(f"This verification is already {verification.status}.")


def require_added_by_people(event_type: EventType) -> None:
    """
    Raises:
        Forbidden: steps are put on the timeline by what they tell of.
    """
    if event_type not in ADDED_BY_PEOPLE:
        raise Forbidden(f"Events of type {event_type} are written by the registry itself.")


def progress(status: VerificationStatus, completed_documents: int) -> int:
    """Per cent of the way, as the seed's entity shows it: a quarter for assignment, half for evidence."""
    if status is VerificationStatus.PENDING:
        return 0
    if status is VerificationStatus.IN_REVIEW:
        return 25 + 50 * min(completed_documents, DOCUMENTS_MIN) // DOCUMENTS_MIN
    return 100


def assign(verification: Verification, verifier: Account, *, at: datetime) -> Verification:
    """
    Give a pending verification to a verifier; it is in review from now on.

    Raises:
        NotPending: it already has a verifier, or is decided.
        Invalid: that account is no verifier, is locked, or owns the project.
    """
    if verification.status is not VerificationStatus.PENDING:
        raise NotPending(
            f"Only a pending verification can be assigned; this one is {verification.status}."
        )
    if verifier.role is not Role.VERIFIER or verifier.is_locked(at=at):
        raise _invalid("/verifierId", "That account cannot verify projects.")
    if verifier.id == verification.developer_id:
        raise _invalid("/verifierId", "A project is not verified by its own supplier.")
    return replace(
        verification,
        status=VerificationStatus.IN_REVIEW,
        verifier_id=verifier.id,
        assigned_at=at,
        updated_at=at,
    )


@dataclass(frozen=True)
class Approval:
    """`quantity_units` None means the project's emissions target; `vintage` None means this year."""

    notes: str
    quantity_units: int | None = None
    vintage: int | None = None


def approve(
    verification: Verification,
    approval: Approval,
    *,
    project: Project,
    documents: Sequence[Document],
    actor: Account,
    needs_countersignature: bool,
    at: datetime,
) -> Verification:
    """
    Approve a verification and bind the approval to exactly what was reviewed.

    `documents` are the completed ones. Approval needs at least three of them.

    Raises:
        AlreadyDecided, NotInReview: the state machine does not allow it now.
        Forbidden: the actor is neither the assigned verifier nor staff.
        TooFewDocuments: fewer than three completed documents.
        Invalid: the vintage lies in the future or before 1990.
    """
    _require_open(verification, actor)
    if len(documents) < DOCUMENTS_MIN:
        raise TooFewDocuments(
            f"Approval needs at least {DOCUMENTS_MIN} completed documents; there are {len(documents)}."
        )
    vintage = approval.vintage if approval.vintage is not None else at.year
    if not VINTAGE_MIN <= vintage <= at.year:
        raise _invalid("/vintage", f"Vintage must be a year from {VINTAGE_MIN} to {at.year}.")
    return replace(
        verification,
        status=VerificationStatus.APPROVED,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=approval.notes,
        verified_quantity_units=approval.quantity_units or project.emissions_target_units,
        vintage=vintage,
        sign_off_digest=sign_off_digest(project, documents),
        needs_countersignature=needs_countersignature,
    )


def reject(
    verification: Verification, reason: str, *, actor: Account, at: datetime
) -> Verification:
    """
    Reject a verification; the reason is kept and shown.

    Raises:
        AlreadyDecided, NotInReview, Forbidden: as for `approve`.
        Invalid: the reason is empty.
    """
    _require_open(verification, actor)
    if not reason.strip():
        raise _invalid("/reason", "A rejection needs a reason.")
    return replace(
        verification,
        status=VerificationStatus.REJECTED,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=reason,
    )


def countersign(verification: Verification, *, actor: Account, at: datetime) -> Verification:
    """
    Add the second pair of eyes that an approval was waiting for.

    Raises:
        NotCountersignable: no approval is waiting for it.
        Forbidden: the actor is not staff, or gave the first approval.
    """
    waiting = (
        verification.status is VerificationStatus.APPROVED
        and verification.needs_countersignature
        and verification.countersigned_by is None
    )
    if not waiting:
        raise NotCountersignable("No approval is waiting for a countersignature.")
    actor.require(Permission.COUNTERSIGN)
    if actor.id == verification.decided_by:
        raise Forbidden("The second pair of eyes cannot be the first one's.")
    return replace(verification, countersigned_by=actor.id, countersigned_at=at, updated_at=at)


def sign_off_digest(project: Project, documents: Sequence[Document]) -> str:
    """SHA-256 (hex) of the canonical JSON (RFC 8785) of the project's data and its documents' hashes."""
    signed: dict[str, Any] = {
        "project": signed_facts(project),
        "documents": sorted(
            ({"documentType": d.document_type.value, "sha256": d.sha256} for d in documents),
            key=lambda d: (d["documentType"], d["sha256"]),
        ),
    }
    return hashlib.sha256(rfc8785.dumps(signed)).hexdigest()


def _require_open(verification: Verification, actor: Account) -> None:
    actor.require(Permission.DECIDE_VERIFICATION)
    if actor.role is Role.VERIFIER and actor.id != verification.verifier_id:
        raise Forbidden("This verification is assigned to somebody else.")
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW:
        raise NotInReview("This verification is not in review: it has no verifier yet.")


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
