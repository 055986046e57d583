"""What each step of a verification leaves behind alike: its place on the timeline, its audit entry, its answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from activities.audit_and_notify import audit
from activities.payloads import Payload
from activities.payments.invoicing import InvoiceIssued, Invoicing
from activities.ports.database import UnitOfWork
from domain.identifiers import derived_id
from domain.payments.invoices import InvoiceKind
from domain.projects.assurance.quantified import QuantifiedRound, above_quantified_words
from domain.projects.projects import Project
from domain.projects.verification import (
    EventType,
    TimelineEvent,
    Verification,
    VerificationStatus,
    is_above_target,
    vintages_document,
)
from domain.quantities import format_tonnes
from domain.visible_text import isolated


class VerificationStep(Payload):
    """
    Where a verification stands after a step, and the notifications to be mailed.

    `invoice` is what must be settled before the credits are issued; None: nothing.
    """

    verification_id: UUID
    status: VerificationStatus
    waits_for_countersignature: bool = False
    notification_ids: tuple[UUID, ...] = ()
    invoice: InvoiceIssued | None = None


def as_step(verification: Verification, notified_ids: tuple[UUID, ...] = ()) -> VerificationStep:
    return VerificationStep(
        verification_id=verification.id,
        status=verification.status,
        waits_for_countersignature=verification.waits_for_countersignature,
        notification_ids=notified_ids,
    )


async def with_invoice(
    work: UnitOfWork,
    invoicing: Invoicing,
    approved: Verification,
    step: VerificationStep,
    at: datetime,
) -> VerificationStep:
    """With the invoice of an approval that nobody need countersign any more, where its issuance is charged."""
    if approved.waits_for_countersignature:
        return step
    invoice = await invoicing.invoice(
        work,
        InvoiceKind.ISSUANCE,
        approved.id,
        payer_id=approved.developer_id,
        quantity_units=approved.verified_quantity_units or 0,
        at=at,
    )
    if invoice is None:
        return step
    told = (*step.notification_ids, *invoice.notification_ids)
    return step.model_copy(update={"invoice": invoice, "notification_ids": told})


async def put_on_timeline(
    work: UnitOfWork,
    verification: Verification,
    event_type: EventType,
    user_id: UUID | None,
    message: str,
    *,
    at: datetime,
    event_id: UUID | None = None,
) -> None:
    """`event_id` names a step that may come more than once; without it, one comes once in each status."""
    await work.projects.verifications.add_event(
        TimelineEvent(
            id=event_id or derived_id(verification.id, f"{event_type}/{verification.status}"),
            verification_id=verification.id,
            event_type=event_type,
            message=message,
            user_id=user_id,
            created_at=at,
        )
    )


def decided_subject(verification: Verification) -> str:
    """What is approved or rejected, at the beginning of a sentence of the timeline."""
    period = verification.monitoring_period
    return "The project" if period is None else f"The monitoring period {period}"


def decided_sentence(project: Project, verification: Verification, verb: str) -> str:
    """What the supplier is told of a decision."""
    title, period = isolated(project.title), verification.monitoring_period
    if period is None:
        return f"Your project “{title}” {verb}."
    return f"The monitoring period {period} of your project “{title}” {verb}."


def audit_step(
    work: UnitOfWork,
    before: Verification,
    after: Verification,
    actor_id: UUID,
    event_type: str,
    *,
    at: datetime,
) -> None:
    audit(
        work,
        event_type,
        ("verification", after.id),
        actor_id=actor_id,
        before=_audited(before),
        after=_audited(after),
        at=at,
    )


def _audited(verification: Verification) -> dict[str, Any]:
    """The fields a decision may change, without what people wrote."""
    return {
        "status": verification.status.value,
        "verifierId": str(verification.verifier_id) if verification.verifier_id else None,
        "verifiedQuantityUnits": verification.verified_quantity_units,
        "vintage": verification.vintage,
        "vintages": None
        if verification.vintages is None
        else vintages_document(verification.vintages),
        "signOffDigest": verification.sign_off_digest,
        "verificationBody": verification.verification_body,
        "statementSha256": verification.statement_sha256,
        "quantificationSha256": verification.quantification_sha256,
        "countersignedBy": (
            str(verification.countersigned_by) if verification.countersigned_by else None
        ),
    }


async def quantified_round(work: UnitOfWork, verification_id: UUID) -> QuantifiedRound | None:
    """What was last worked out of the round's monitoring data; None: nothing."""
    newest = await work.monitoring.quantifications.newest(verification_id)
    return None if newest is None else newest.quantified


def waiting_sentence(
    approved: Verification, project: Project, quantified: QuantifiedRound | None
) -> str:
    """Public: also why an approval waits, where more was verified than announced or than was worked out."""
    why = above_words(approved, project, quantified)
    return f"The approval waits for a second one{f': {why}' if why else ''}."


def above_words(
    approved: Verification, project: Project, quantified: QuantifiedRound | None
) -> str:
    """
    What the public reads where more is approved than was announced, or than follows from the monitoring data.

    Empty where it is not; quantities in t of CO2e.
    """
    words, units = [], approved.verified_quantity_units or 0
    if is_above_target(units, project):
        announced = format_tonnes(project.emissions_target_units)
        words.append(
            f"{format_tonnes(units)} t are more than the {announced} t that were announced"
        )
    if quantified is not None and quantified.is_exceeded_by(approved.approved_vintages):
        words.append(above_quantified_words(quantified, approved.approved_vintages))
    return "; ".join(words)
