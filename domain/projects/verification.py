"""
A round of a project's verification: pending → in_review → approved | rejected; withdrawn before either.

The first round validates and registers the project; each later one is about a monitoring period
(domain.projects.monitoring_periods), or about what a rejected one was about.

An approval whose countersignature is refused goes back into review (ADR 0040).

Source: seed, "Verification Workflow Component, State Machine".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

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
from domain.projects.interests import Party, require_no_interest
from domain.projects.projects import Project

VINTAGE_MIN = 1990


class VerificationStatus(StrEnum):
    PENDING = "pending"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class EventType(StrEnum):
    """The kinds of step on a verification's timeline."""

    PROJECT_REGISTERED = "project_registered"
    MONITORING_PERIOD_OPENED = "monitoring_period_opened"
    RESUBMITTED = "resubmitted"
    ASSIGNMENT_OVERDUE = "assignment_overdue"
    VERIFIER_ASSIGNED = "verifier_assigned"
    VERIFIER_REPLACED = "verifier_replaced"
    DOCUMENT_COMPLETED = "document_completed"
    NOTE = "note"
    SITE_VISIT = "site_visit"
    FINDING_RAISED = "finding_raised"
    FINDING_ANSWERED = "finding_answered"
    FINDING_FOLLOWED_UP = "finding_followed_up"
    FINDING_CLOSED = "finding_closed"
    FINDING_REOPENED = "finding_reopened"
    FINDING_OVERDUE = "finding_overdue"
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
    PROJECT_CHANGED = "project_changed"
    DOCUMENT_REPLACED = "document_replaced"
    WITHDRAWN = "withdrawn"
    STATEMENT_WRITTEN = "statement_written"
    VALIDATION_WRITTEN = "validation_written"
    STATEMENT_CONFIRMED = "statement_confirmed"
    STATEMENT_RETURNED = "statement_returned"
    APPEAL_FILED = "appeal_filed"
    APPEAL_DECIDED = "appeal_decided"
    ISSUANCE_CORRECTED = "issuance_corrected"
    QUANTIFIED = "quantified"


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


@dataclass(frozen=True, order=True)
class MonitoringPeriod:
    """Calendar days, both included."""

    first_day: date
    last_day: date

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"

    @property
    def years(self) -> range:
        """The vintages that may be issued for it."""
        return range(self.first_day.year, self.last_day.year + 1)

    def overlaps(self, other: "MonitoringPeriod") -> bool:
        return self.first_day <= other.last_day and other.first_day <= self.last_day


@dataclass(frozen=True, order=True)
class VintageQuantity:
    """Units of 0.01 t CO2e verified for one calendar year; 0 says that nothing was."""

    vintage: int
    quantity_units: int


def vintages_document(vintages: Sequence[VintageQuantity]) -> dict[str, int]:
    """Units by year, as the database and the audit log keep them."""
    return {str(one.vintage): one.quantity_units for one in vintages}


DECIDED = frozenset(
    {VerificationStatus.APPROVED, VerificationStatus.REJECTED, VerificationStatus.WITHDRAWN}
)
ENDED_WITHOUT_APPROVAL = frozenset({VerificationStatus.REJECTED, VerificationStatus.WITHDRAWN})
"""What may be resubmitted, and verifies no day of a monitoring period."""


@dataclass(frozen=True)
class Verification:
    """
    `number` counts a project's rounds from 1. `monitoring_period` is None of a first verification.

    `resubmits` is the rejected or withdrawn round that this one takes up again; `what_changed` says what is
    other. `notes` are the approval's, the rejection's reason or the withdrawal's note; `public_reason` is what
    the public is told of a rejection.
    `vintages` are what was approved, in order; None of approvals from before there were several.
    `sign_off_digest` is the SHA-256 of exactly what was approved: project data and documents.
    `methodology_version_id` is what the round is verified by, kept from its opening on, and
    `statement_sha256` the verification statement that the approval is bound to (ADR 0091), `quantification_sha256` what was worked out of its
    monitoring data (ADR 0104); None: without.
    `accreditation` is what `verification_body` was accredited by on the day of the approval.

    `verified_quantity_units` (0.01 t) is their sum, and `vintage` the only one with a quantity. `verification_body` is
    who signed off, as it was called then (`signing_body`); an organisation, never a person.
    `stead_reason` is why staff decided instead of the assigned verifier. What
    the last refused countersignature said stays until the next one.
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
    number: int = 1
    monitoring_period: MonitoringPeriod | None = None
    resubmits: UUID | None = None
    what_changed: str | None = None
    vintages: tuple[VintageQuantity, ...] | None = None
    sign_off_version: int = 1
    public_reason: str | None = None
    methodology_version_id: UUID | None = None
    statement_sha256: str | None = None
    quantification_sha256: str | None = None
    accreditation: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide, or to countersign."""
        return not self.is_decided or self.waits_for_countersignature

    @property
    def subject(self) -> str:
        """What the round is about, as sentences name it."""
        if self.monitoring_period is None:
            return "the first verification"
        return f"the monitoring period {self.monitoring_period}"

    @property
    def approved_vintages(self) -> tuple[VintageQuantity, ...]:
        """What was approved of each year; none as long as nothing is."""
        if self.vintages is not None:
            return self.vintages
        if self.verified_quantity_units is None or self.vintage is None:
            return ()
        return (VintageQuantity(self.vintage, self.verified_quantity_units),)

    @property
    def is_decided(self) -> bool:
        """Whether nobody decides it any more: it was approved, rejected or withdrawn."""
        return self.status in DECIDED

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
        AlreadyDecided: it was approved, rejected or withdrawn; its evidence stands as it was.
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
    public_reason: str | None = None,
) -> Verification:
    """
    Reject a verification; the reason is kept, and shown to its supplier. Staff say beside it why they decide.

    `public_reason` is shown to everybody, for as long as the registry stands; None: nothing is.

    Raises:
        AlreadyDecided, NotInReview, Forbidden: as for `approve`.
        Invalid: the reason is empty, or staff do not say why they decide.
    """
    require_decidable(verification, actor)
    in_stead = is_in_stead(verification, actor)
    faults = [*stead_faults(stead_reason if in_stead else "-")]
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
        public_reason=public_reason,
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


def stead_faults(stead_reason: str | None) -> Iterator[Fault]:
    """Of an empty reason; a verifier's own decision needs none, and `-` stands for it."""
    if stead_reason is None or not stead_reason.strip():
        yield Fault("/steadReason", "Staff must say why they decide in the verifier's stead.")


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
        vintages=None,
        sign_off_digest=None,
        sign_off_version=1,
        statement_sha256=None,
        quantification_sha256=None,
        accreditation=None,
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


def require_decidable(verification: Verification, actor: Account) -> None:
    """
    Raises:
        Forbidden: the actor is neither the assigned verifier nor staff, or has an interest in it.
        AlreadyDecided, NotInReview: the state machine does not allow a decision now.
    """
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
