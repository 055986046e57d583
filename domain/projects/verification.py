"""
The verification of a project: pending → in_review → approved | rejected.

An approval whose countersignature is refused goes back into review (ADR 0040).

Source: seed, "Verification Workflow Component, State Machine".
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

from domain.accounts.permissions import Relation, relations_of
from domain.accounts.roles import Account, Permission, Role
from domain.errors import (
    AlreadyAssigned,
    AlreadyDecided,
    Fault,
    Forbidden,
    Invalid,
    NotCountersignable,
    NotInReview,
    NotPending,
)
from domain.projects.documents import Document
from domain.projects.evidence import REQUIRED_EVIDENCE, require_evidence
from domain.projects.interests import Party, require_no_interest
from domain.projects.projects import Project, signed_facts
from domain.quantities import QUANTITY_TONNES_MAX, QUANTITY_UNITS_MAX

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
    VERIFIER_REPLACED = "verifier_replaced"
    DOCUMENT_COMPLETED = "document_completed"
    NOTE = "note"
    SITE_VISIT = "site_visit"
    REVIEW_OVERDUE = "review_overdue"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REJECTED = "rejected"
    COUNTERSIGNATURE_OVERDUE = "countersignature_overdue"
    COUNTERSIGNATURE_REFUSED = "countersignature_refused"
    COUNTERSIGNED = "countersigned"
    CREDITS_ISSUED = "credits_issued"
    LOSS_RECORDED = "loss_recorded"
    OBLIGATION_OVERDUE = "obligation_overdue"
    OBLIGATION_SETTLED = "obligation_settled"


ADDED_BY_PEOPLE = frozenset({EventType.NOTE, EventType.SITE_VISIT})
"""The kinds a person may add; all others are written by the step they tell of."""

WORDED_BY_PEOPLE = ADDED_BY_PEOPLE | {EventType.COUNTERSIGNATURE_REFUSED}
"""The kinds whose message somebody typed; it is for those who work on the project, not for everybody."""


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

    `verified_quantity_units` (0.01 t) and `vintage` are set by the approval. `verification_body` is
    who signed off, as it was called then (`signing_body`); an organisation, never a person.
    `stead_reason` is why staff decided instead of the assigned verifier. What the last refused countersignature said stays until the next one.
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
    verification_body: str | None = None
    countersignature_refused_by: UUID | None = None
    countersignature_refused_at: datetime | None = None
    countersignature_refusal: str | None = None
    stead_reason: str | None = None

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
    wanted = len(REQUIRED_EVIDENCE)
    if status is VerificationStatus.PENDING:
        return 0
    if status is VerificationStatus.IN_REVIEW:
        return 25 + 50 * min(completed_documents, wanted) // wanted
    return 100


def assign(verification: Verification, verifier: Account, *, at: datetime) -> Verification:
    """
    Give a verification to a verifier, the first or another one; it is in review from now on.

    Raises:
        NotPending: it is decided.
        AlreadyAssigned: it is with that verifier already.
        Invalid: that account is no verifier, is locked, or owns the project.
    """
    if verification.is_decided:
        raise NotPending(
            "Only a verification that is pending or in review can be assigned; this one is "
            f"{verification.status}."
        )
    if verification.verifier_id == verifier.id:
        raise AlreadyAssigned("This verification is with that verifier already.")
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


def signing_body(
    decider: Account, *, decider_company: str | None, verifier_company: str | None
) -> str | None:
    """
    The verification body that an approval is by, as certificates and public pages name it.

    The decider's own company; None when the verifier named none. Staff decide in the assigned
    verifier's stead, and the words say so: the assigned body has verified nothing then.
    """
    if decider.role is Role.VERIFIER:
        return decider_company
    staff = f"{decider_company or 'Registry'} staff"
    if verifier_company is None:
        return f"{staff}, in the verifier's stead"
    return f"{staff}, in the stead of {verifier_company}"


@dataclass(frozen=True)
class Approval:
    """
    `quantity_units` None means the project's emissions target; `vintage` None means this year.

    `verification_body` is what `signing_body` makes of who decides. `stead_reason` is why staff
    decide in the verifier's stead; of the verifier's own decision it is not kept.
    """

    notes: str
    quantity_units: int | None = None
    vintage: int | None = None
    verification_body: str | None = None
    stead_reason: str | None = None


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

    `documents` are the completed ones; what they must be, `require_evidence` says. An approval by
    staff, and one of more than the project announced, waits for a countersignature in any case.

    Raises:
        AlreadyDecided, NotInReview: the state machine does not allow it now.
        Forbidden: the actor is neither the assigned verifier nor staff, or has an interest in it.
        TooFewDocuments: a required kind of document is missing.
        Invalid: staff do not say why they decide; the vintage lies in the future, before 1990 or before
            the project begins; or the quantity is more than any project can be. All that is wrong is told.
    """
    _require_open(verification, actor)
    vintage = approval.vintage if approval.vintage is not None else at.year
    quantity_units = approval.quantity_units or project.emissions_target_units
    in_stead = is_in_stead(verification, actor)
    faults = [
        *_stead_faults(approval.stead_reason if in_stead else "-"),
        *_vintage_faults(vintage, project=project, at=at),
    ]
    if quantity_units > QUANTITY_UNITS_MAX:
        # A target that was registered before there was a bound.
        sentence = f"Verified quantity must not be more than {QUANTITY_TONNES_MAX:,} t."
        faults.append(Fault("/verifiedQuantity", sentence))
    if faults:
        raise Invalid(faults[0].detail, *faults)
    require_evidence(documents, {actor.id, verification.verifier_id or actor.id})
    return replace(
        verification,
        status=VerificationStatus.APPROVED,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=approval.notes,
        verified_quantity_units=quantity_units,
        vintage=vintage,
        sign_off_digest=sign_off_digest(project, documents),
        needs_countersignature=needs_countersignature
        or in_stead
        or is_above_target(quantity_units, project),
        verification_body=approval.verification_body,
        stead_reason=approval.stead_reason if in_stead else None,
    )


def is_in_stead(verification: Verification, actor: Account) -> bool:
    """Whether somebody decides who is not the assigned verifier."""
    return actor.id != verification.verifier_id


def is_above_target(quantity_units: int, project: Project) -> bool:
    """Whether more is verified than the project announced; the public is told so."""
    return quantity_units > project.emissions_target_units


def reject(
    verification: Verification,
    reason: str,
    *,
    actor: Account,
    at: datetime,
    stead_reason: str | None = None,
) -> Verification:
    """
    Reject a verification; the reason is kept and shown. Staff say beside it why they decide.

    Raises:
        AlreadyDecided, NotInReview, Forbidden: as for `approve`.
        Invalid: the reason is empty, or staff do not say why they decide.
    """
    _require_open(verification, actor)
    in_stead = is_in_stead(verification, actor)
    faults = [*_stead_faults(stead_reason if in_stead else "-")]
    if not reason.strip():
        faults.append(Fault("/reason", "A rejection needs a reason."))
    if faults:
        raise Invalid(faults[0].detail, *faults)
    return replace(
        verification,
        status=VerificationStatus.REJECTED,
        completed_at=at,
        updated_at=at,
        decided_by=actor.id,
        notes=reason,
        stead_reason=stead_reason if in_stead else None,
    )


def countersign(verification: Verification, *, actor: Account, at: datetime) -> Verification:
    """
    Add the second pair of eyes that an approval was waiting for.

    Raises:
        NotCountersignable: no approval is waiting for it.
        Forbidden: the actor is not staff, or gave the first approval.
    """
    _require_second_person(verification, actor)
    return replace(verification, countersigned_by=actor.id, countersigned_at=at, updated_at=at)


def _stead_faults(stead_reason: str | None) -> Iterator[Fault]:
    if stead_reason is None or not stead_reason.strip():
        yield Fault("/steadReason", "Staff must say why they decide in the verifier's stead.")


def _vintage_faults(vintage: int, *, project: Project, at: datetime) -> Iterator[Fault]:
    """Nothing was reduced or removed before the project began, nor after today."""
    first, last = max(VINTAGE_MIN, project.start_date.year), at.year
    if first <= vintage <= last:
        return
    dates = f"the project starts on {project.start_date}, and the decision is of {at.date()}"
    if first > last:
        yield Fault("/vintage", f"There is no vintage yet: {dates}.")
    else:
        yield Fault("/vintage", f"Vintage must be a year from {first} to {last}: {dates}.")


def refuse_countersignature(
    verification: Verification, reason: str, *, actor: Account, at: datetime
) -> Verification:
    """
    Say no as the second pair of eyes: nothing is approved, and the verifier reviews again.

    What was signed off is undone; the reason stays with the verification.

    Raises:
        NotCountersignable, Forbidden: as for `countersign`.
        Invalid: the reason is empty.
    """
    _require_second_person(verification, actor)
    if not reason.strip():
        raise _invalid("/reason", "A refused countersignature needs a reason.")
    return replace(
        verification,
        status=VerificationStatus.IN_REVIEW,
        completed_at=None,
        decided_by=None,
        notes=None,
        verified_quantity_units=None,
        vintage=None,
        sign_off_digest=None,
        verification_body=None,
        stead_reason=None,
        needs_countersignature=False,
        # The review begins anew, and so does its deadline.
        assigned_at=at,
        countersignature_refused_by=actor.id,
        countersignature_refused_at=at,
        countersignature_refusal=reason,
        updated_at=at,
    )


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


def _require_second_person(verification: Verification, actor: Account) -> None:
    if not verification.waits_for_countersignature:
        raise NotCountersignable("No approval is waiting for a countersignature.")
    actor.require(Permission.COUNTERSIGN)
    if actor.id == verification.decided_by:
        raise Forbidden("The second pair of eyes cannot be the first one's.")
    _require_disinterested(verification, actor)


def _require_disinterested(verification: Verification, actor: Account) -> None:
    """Accounts alone; organisations join in where accounts belong to one."""
    require_no_interest(Party(actor.id), [Party(verification.developer_id)])


def _require_open(verification: Verification, actor: Account) -> None:
    actor.require(Permission.DECIDE_VERIFICATION)
    relations = relations_of(actor.role, Permission.DECIDE_VERIFICATION)
    if Relation.ANY not in relations and actor.id != verification.verifier_id:
        raise Forbidden("This verification is assigned to somebody else.")
    _require_disinterested(verification, actor)
    require_undecided(verification)
    if verification.status is not VerificationStatus.IN_REVIEW:
        raise NotInReview("This verification is not in review: it has no verifier yet.")


def _invalid(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, Fault(pointer, detail))
