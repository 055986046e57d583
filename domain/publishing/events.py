"""Events that the registry publishes: one for each credit transaction and verification decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.credits.issuance_correction import IssuanceCorrection
from domain.credits.ledger import CreditEntry, CreditTransaction, EntryChange
from domain.credits.obligation import Obligation
from domain.credits.reservation import Reservation
from domain.credits.retirement import Retirement
from domain.credits.reversal import Reversal, Touched
from domain.identifiers import derived_id
from domain.monitoring.quantifications import Quantification
from domain.organisations.accreditation import ConflictDeclaration
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.statements import VerificationStatement
from domain.projects.assurance.technical_review import TechnicalReview
from domain.projects.assurance.validation import ValidationOpinion
from domain.projects.changes.project_changes import ProjectChange
from domain.projects.documents import Document
from domain.projects.findings import Finding
from domain.projects.programme.appeals import Appeal
from domain.projects.programme.consultations import Comment, Consultation
from domain.projects.programme.risk_assessment import RiskAssessment
from domain.projects.projects import Project
from domain.projects.verification import Verification
from domain.quantities import format_tonnes

NOT_TOLD = None
"""Where holders' accounts stood: who receives events could draw each one's balance (ADR 0046)."""


class EventName(StrEnum):
    """`resource.what happened`; the payload of each is documented in docs/events.md."""

    PROJECT_REGISTERED = "project.registered"
    PROJECT_CHANGED = "project.changed"
    DOCUMENT_REPLACED = "document.replaced"
    VERIFICATION_OPENED = "verification.opened"
    VERIFICATION_ASSIGNED = "verification.assigned"
    VERIFICATION_APPROVED = "verification.approved"
    VERIFICATION_COUNTERSIGNED = "verification.countersigned"
    VERIFICATION_COUNTERSIGNATURE_REFUSED = "verification.countersignature_refused"
    VERIFICATION_REJECTED = "verification.rejected"
    VERIFICATION_WITHDRAWN = "verification.withdrawn"
    VERIFICATION_CONFLICT_DECLARED = "verification.conflict_declared"
    CONSULTATION_OPENED = "consultation.opened"
    CONSULTATION_COMMENTED = "consultation.commented"
    CONSULTATION_ANSWERED = "consultation.answered"
    CONSULTATION_COMMENT_HIDDEN = "consultation.comment_hidden"
    APPEAL_FILED = "appeal.filed"
    APPEAL_ACKNOWLEDGED = "appeal.acknowledged"
    APPEAL_OVERDUE = "appeal.overdue"
    APPEAL_DECIDED = "appeal.decided"
    FINDING_RAISED = "finding.raised"
    FINDING_REPLIED = "finding.replied"
    FINDING_CLOSED = "finding.closed"
    FINDING_REOPENED = "finding.reopened"
    VERIFICATION_STATEMENT_WRITTEN = "verification.statement_written"
    VERIFICATION_STATEMENT_REVIEWED = "verification.statement_reviewed"
    VERIFICATION_VALIDATED = "verification.validated"
    RISK_ASSESSMENT_ENTERED = "risk_assessment.entered"
    RISK_ASSESSMENT_DECIDED = "risk_assessment.decided"
    VERIFICATION_QUANTIFIED = "verification.quantified"
    METHODOLOGY_VERSION_ADDED = "methodology.version_added"
    METHODOLOGY_VERSION_WITHDRAWN = "methodology.version_withdrawn"
    CREDITS_ISSUED = "credits.issued"
    CREDITS_TRANSFERRED = "credits.transferred"
    CREDITS_CANCELLED = "credits.cancelled"
    BUFFER_RELEASED = "buffer.released"
    CREDITS_SUSPENDED = "credits.suspended"
    CREDITS_REINSTATED = "credits.reinstated"
    CREDITS_RESERVED = "credits.reserved"
    CREDITS_RESERVATION_RELEASED = "credits.reservation_released"
    RESERVATION_REQUESTED = "reservation.requested"
    RESERVATION_ACCEPTED = "reservation.accepted"
    RESERVATION_ENDED = "reservation.ended"
    RETIREMENT_ACCEPTED = "retirement.accepted"
    RETIREMENT_COMPLETED = "retirement.completed"
    CERTIFICATE_RESEALED = "certificate.resealed"
    REVERSAL_RECORDED = "reversal.recorded"
    OBLIGATION_OVERDUE = "obligation.overdue"
    OBLIGATION_SETTLED = "obligation.settled"
    ISSUANCE_CORRECTED = "issuance.corrected"
    ISSUANCE_CORRECTION_OVERDUE = "issuance.correction_overdue"
    ISSUANCE_CORRECTION_SETTLED = "issuance.correction_settled"
    REGISTRY_FROZEN = "registry.frozen"
    REGISTRY_UNFROZEN = "registry.unfrozen"
    WEBHOOK_PING = "webhook.ping"


@dataclass(frozen=True)
class Event:
    """
    Written to the outbox in the transaction that makes it true.

    `payload` has identifiers, serials and decimal strings, in camelCase; never personal data, and no
    account that holds or held credits.
    """

    id: UUID
    name: EventName
    payload: Mapping[str, Any]
    occurred_at: datetime


def project_registered(project: Project, verification_id: UUID) -> Event:
    payload = {
        "projectId": str(project.id),
        "verificationId": str(verification_id),
        "developerId": NOT_TOLD,
        "type": project.type.value,
        "country": project.country,
        "emissionsTarget": format_tonnes(project.emissions_target_units),
    }
    return _event(EventName.PROJECT_REGISTERED, project.id, payload, project.created_at)


def project_changed(change: ProjectChange) -> Event:
    """Which facts; what they were and are stands in the API, for those who work on the project."""
    payload = {
        "projectId": str(change.project_id),
        "verificationId": str(change.verification_id),
        "change": change.number,
        "facts": sorted(change.changes),
    }
    return _event(EventName.PROJECT_CHANGED, change.id, payload, change.changed_at)


def document_replaced(former: Document, version: Document, *, at: datetime) -> Event:
    """Both are told by identifier and hash; names are for those who may read them."""
    payload = {
        "documentId": str(version.id),
        "supersededDocumentId": str(former.id),
        "projectId": str(version.project_id),
        "verificationId": str(version.verification_id),
        "documentType": version.document_type.value,
        "version": version.version,
        "sha256": version.sha256,
    }
    return _event(EventName.DOCUMENT_REPLACED, version.id, payload, at)


def verification_step(
    name: EventName, verification: Verification, *, again: UUID | None = None
) -> Event:
    """
    `name` is one of VERIFICATION_…; the quantity is null until approved.

    A step that was made before, as a second assignment, is `again` an event, named by its operation.
    """
    quantity_units, period = verification.verified_quantity_units, verification.monitoring_period
    payload = {
        "verificationId": str(verification.id),
        "projectId": str(verification.project_id),
        "round": verification.number,
        "monitoringPeriod": None
        if period is None
        else {"from": period.first_day.isoformat(), "to": period.last_day.isoformat()},
        "status": verification.status.value,
        "verifierId": _text(verification.verifier_id),
        "verifiedQuantity": None if quantity_units is None else format_tonnes(quantity_units),
        "vintage": verification.vintage,
        "vintages": None
        if quantity_units is None
        else [
            {"vintage": one.vintage, "quantity": format_tonnes(one.quantity_units)}
            for one in verification.approved_vintages
        ],
        "signOffDigest": verification.sign_off_digest,
        "needsCountersignature": verification.needs_countersignature,
    }
    return _event(name, again or verification.id, payload, verification.updated_at)


def conflict_declared(declaration: ConflictDeclaration, project_id: UUID) -> Event:
    """Without the words, which are for staff and the verifier."""
    payload = {
        "verificationId": str(declaration.verification_id),
        "projectId": str(project_id),
        "verifierId": str(declaration.user_id),
        "declared": declaration.declared.value,
    }
    return _event(
        EventName.VERIFICATION_CONFLICT_DECLARED, declaration.id, payload, declaration.declared_at
    )


def finding_changed(name: EventName, finding: Finding, verification: Verification) -> Event:
    """`name` is one of FINDING_…; without the words, which are for those who work on the project."""
    last = finding.thread[-1] if finding.thread else None
    payload = {
        "findingId": str(finding.id),
        "verificationId": str(verification.id),
        "projectId": str(verification.project_id),
        "round": verification.number,
        "number": finding.number,
        "kind": finding.kind.value,
        "state": finding.state.value,
        "carriedFrom": _text(finding.carried_from),
        "by": None if last is None else last.side.value,
    }
    return _event(name, last.id if last else finding.id, payload, finding.changed_at)


def consultation_opened(consultation: Consultation) -> Event:
    payload = {
        "projectId": str(consultation.project_id),
        "from": consultation.opens_on.isoformat(),
        "to": consultation.closes_on.isoformat(),
    }
    name = EventName.CONSULTATION_OPENED
    return _event(name, consultation.id, payload, consultation.opened_at)


def comment_changed(
    name: EventName, comment: Comment, consultation: Consultation, at: datetime
) -> Event:
    """`name` is another of CONSULTATION_…; words and names are public in the registry, and may be hidden there."""
    payload = {"projectId": str(consultation.project_id), "comment": comment.number}
    return _event(name, comment.id, payload, at)


def appeal_changed(name: EventName, appeal: Appeal, at: datetime) -> Event:
    """`name` is one of APPEAL_…; what is said in it stands in the registry, and who filed it is not told."""
    payload = {
        "appealId": str(appeal.id),
        "kind": appeal.kind.value,
        "projectId": _text(appeal.project_id),
        "verificationId": _text(appeal.verification_id),
        "status": appeal.status.value,
        "acknowledgeBy": _instant(appeal.acknowledge_by),
        "answerBy": _instant(appeal.answer_by),
    }
    # Both deadlines may pass, and each is told of once.
    of = (
        derived_id(appeal.id, appeal.status.value)
        if name is EventName.APPEAL_OVERDUE
        else appeal.id
    )
    return _event(name, of, payload, at)


def quantified(made: Quantification, project_id: UUID) -> Event:
    """Without the tonnes, which are public once an approval stands on them."""
    payload = {
        "verificationId": str(made.verification_id),
        "projectId": str(project_id),
        "version": made.number,
        "sha256": made.sha256,
    }
    return _event(EventName.VERIFICATION_QUANTIFIED, made.id, payload, made.computed_at)


def statement_written(statement: VerificationStatement, project_id: UUID) -> Event:
    """Without what it says, which is public once an approval stands on it."""
    payload = {
        "verificationId": str(statement.verification_id),
        "projectId": str(project_id),
        "version": statement.version,
        "sha256": statement.sha256,
    }
    return _event(
        EventName.VERIFICATION_STATEMENT_WRITTEN, statement.id, payload, statement.written_at
    )


def statement_reviewed(review: TechnicalReview, project_id: UUID) -> Event:
    """Without the reviewer's words, and without who it is."""
    payload = {
        "verificationId": str(review.verification_id),
        "projectId": str(project_id),
        "version": review.statement_version,
        "sha256": review.statement_sha256,
        "outcome": review.outcome.value,
    }
    return _event(EventName.VERIFICATION_STATEMENT_REVIEWED, review.id, payload, review.reviewed_at)


def validated(opinion: ValidationOpinion, project_id: UUID) -> Event:
    """Without what it says, which is public once the project is approved."""
    payload = {
        "verificationId": str(opinion.verification_id),
        "projectId": str(project_id),
        "version": opinion.version,
        "sha256": opinion.sha256,
    }
    return _event(EventName.VERIFICATION_VALIDATED, opinion.id, payload, opinion.written_at)


def risk_assessed(assessment: RiskAssessment) -> Event:
    """As it was entered, or with what was decided of it; without reasons."""
    payload: dict[str, Any] = {
        "projectId": str(assessment.project_id),
        "number": assessment.number,
        "tool": assessment.tool,
        "toolVersion": assessment.tool_version,
        "total": assessment.total,
        "percent": f"{assessment.percent:.2f}",
    }
    decision = assessment.decision
    if decision is None:
        name, at = EventName.RISK_ASSESSMENT_ENTERED, assessment.entered_at
        return _event(name, assessment.id, payload, at)
    payload["outcome"] = decision.outcome.value
    return _event(EventName.RISK_ASSESSMENT_DECIDED, assessment.id, payload, decision.decided_at)


def methodology_changed(name: EventName, version: MethodologyVersion, at: datetime) -> Event:
    payload = {
        "methodologyId": str(version.methodology.id),
        "versionId": str(version.id),
        "name": version.methodology.name,
        "standard": version.methodology.standard,
        "version": version.terms.version,
    }
    return _event(name, version.id, payload, at)


def credits_issued(
    entry: CreditEntry, transaction: CreditTransaction, contribution: CreditEntry | None
) -> Event:
    payload = {
        "transactionId": str(transaction.id),
        **_units_of(entry),
        "verificationId": _text(transaction.verification_id),
        "holderId": NOT_TOLD,
        "buffer": None if contribution is None else _units_of(contribution),
    }
    return _event(EventName.CREDITS_ISSUED, transaction.id, payload, transaction.created_at)


def credits_moved(name: EventName, change: EntryChange, transaction: CreditTransaction) -> Event:
    """`name` is CREDITS_TRANSFERRED, _CANCELLED, _SUSPENDED, _REINSTATED, _RESERVED, _RESERVATION_RELEASED or BUFFER_RELEASED."""
    payload = {
        "transactionId": str(transaction.id),
        "fromSerial": str(change.before.serial),
        **_units_of(change.moved),
        "senderId": NOT_TOLD,
        "recipientId": NOT_TOLD,
    }
    return _event(name, transaction.id, payload, transaction.created_at)


def reservation_changed(
    name: EventName, reservation: Reservation, entry: CreditEntry, *, at: datetime
) -> Event:
    """`name` is RESERVATION_REQUESTED, _ACCEPTED or _ENDED, each once; `entry` is what was asked for."""
    payload = {
        "reservationId": str(reservation.id),
        "status": reservation.status.value,
        "serial": str(entry.serial),
        "projectId": str(entry.project_id),
        "vintage": entry.vintage,
        "quantity": format_tonnes(reservation.quantity_units),
        "until": _instant(reservation.until),
        "holderId": NOT_TOLD,
        "requesterId": NOT_TOLD,
    }
    return _event(name, reservation.id, payload, at)


def retirement_accepted(retirement: Retirement, retired: Iterable[CreditEntry]) -> Event:
    payload = {
        "retirementId": str(retirement.id),
        "accountId": NOT_TOLD,
        "quantity": format_tonnes(retirement.quantity_units),
        "lines": [_units_of(entry) for entry in retired],
    }
    return _event(EventName.RETIREMENT_ACCEPTED, retirement.id, payload, retirement.retired_at)


def retirement_completed(
    retirement: Retirement,
    retired: Iterable[CreditEntry],
    *,
    digest: str,
    tx_hashes: Iterable[str],
    at: datetime,
) -> Event:
    """The certificate is sealed; `digest` (hex) is what the registry signed."""
    payload = {
        "retirementId": str(retirement.id),
        "accountId": NOT_TOLD,
        "quantity": format_tonnes(retirement.quantity_units),
        "lines": [_units_of(entry) for entry in retired],
        "certificateDigest": digest,
        "txHashes": list(dict.fromkeys(tx_hashes)),
    }
    return _event(EventName.RETIREMENT_COMPLETED, retirement.id, payload, at)


def certificate_resealed(
    retirement: Retirement, *, digest: str, supersedes: str, tx_hashes: Iterable[str], at: datetime
) -> Event:
    """The chain gave up a transaction of the certificate; the seal with this digest takes its place."""
    payload = {
        "retirementId": str(retirement.id),
        "accountId": NOT_TOLD,
        "certificateDigest": digest,
        "supersedes": supersedes,
        "txHashes": list(dict.fromkeys(tx_hashes)),
    }
    # A certificate may be sealed again more than once, so the seal names the event.
    of_this_seal = derived_id(retirement.id, supersedes)
    return _event(EventName.CERTIFICATE_RESEALED, of_this_seal, payload, at)


LISTED_MAX = 1_000
"""Of a list that a reversal can make any length; so many certificates have about 120 KB."""


def reversal_recorded(
    reversal: Reversal,
    cancelled: Sequence[CreditEntry],
    touched: Sequence[Touched],
    suspended_units: int = 0,
    obligation: Obligation | None = None,
) -> Event:
    """
    Retirements stand once each, in order of retirement, with what of them is touched and covered.

    Of long lists the first `LISTED_MAX` are told, and how many there are; the rest is in the API.
    """
    certificates = [
        {
            "retirementId": str(one.retirement_id),
            "touchedQuantity": format_tonnes(one.touched_units),
            "coveredQuantity": format_tonnes(one.covered_units),
        }
        for one in touched[:LISTED_MAX]
    ]
    payload = {
        "reversalId": str(reversal.id),
        "projectId": str(reversal.project_id),
        "vintage": reversal.vintage,
        "quantity": format_tonnes(reversal.quantity_units),
        "coveredQuantity": format_tonnes(sum(e.units.quantity_units for e in cancelled)),
        "suspendedQuantity": format_tonnes(suspended_units),
        "owedQuantity": format_tonnes(obligation.owed_units if obligation else 0),
        "dueAt": None if obligation is None else _instant(obligation.due_at),
        "avoidable": reversal.avoidable,
        "cancelledSerials": [str(entry.serial) for entry in cancelled[:LISTED_MAX]],
        "cancelledSerialsTotal": len(cancelled),
        "certificates": certificates,
        "certificatesTotal": len(touched),
    }
    return _event(EventName.REVERSAL_RECORDED, reversal.id, payload, reversal.recorded_at)


def obligation_changed(
    name: EventName, obligation: Obligation, project_id: UUID, *, at: datetime
) -> Event:
    """`name` is OBLIGATION_OVERDUE or OBLIGATION_SETTLED; each happens once."""
    payload = {
        "reversalId": str(obligation.cause_id),
        "projectId": str(project_id),
        "status": obligation.status.value,
        "quantity": format_tonnes(obligation.quantity_units),
        "owedQuantity": format_tonnes(obligation.owed_units),
        "dueAt": _instant(obligation.due_at),
    }
    return _event(name, obligation.cause_id, payload, at)


def issuance_corrected(
    name: EventName, correction: IssuanceCorrection, owed_units: int, *, at: datetime
) -> Event:
    """`name` is one of ISSUANCE_CORRECT…; each happens once. `owed_units` are still to be handed in."""
    payload = {
        "correctionId": str(correction.id),
        "projectId": str(correction.project_id),
        "verificationId": str(correction.verification_id),
        "vintage": correction.vintage,
        "quantity": format_tonnes(correction.quantity_units),
        "owedQuantity": format_tonnes(owed_units),
        "dueAt": None if correction.due_at is None else _instant(correction.due_at),
        "status": correction.status.value,
    }
    return _event(name, correction.id, payload, at)


def _instant(moment: datetime) -> str:
    """RFC 3339 in UTC, with microseconds where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _event(name: EventName, of: UUID, payload: Mapping[str, Any], occurred_at: datetime) -> Event:
    """The identifier follows from what is told of, so that telling it again is the same event."""
    return Event(derived_id(of, f"event/{name}"), name, payload, occurred_at)


def _units_of(entry: CreditEntry) -> dict[str, Any]:
    return {
        "serial": str(entry.serial),
        "projectId": str(entry.project_id),
        "vintage": entry.vintage,
        "quantity": format_tonnes(entry.units.quantity_units),
        "units": {"first": entry.units.first, "last": entry.units.last},
    }


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
