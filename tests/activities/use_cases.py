"""Each activity that changes the database, with the chapter of the story it belongs to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from activities.certificates import SealCertificate
from activities.documents import CompleteDocument
from activities.payloads import Payload
from activities.verification import AddEvent, Countersign, NoteDeadline
from domain.documents import DocumentType
from domain.verification import EventType
from tests.activities import story
from tests.activities.registry import Registry
from tests.factories import ADMINISTRATOR, DEVELOPER, VERIFIER, named


@dataclass(frozen=True)
class UseCase:
    """
    `activity` is where the registry has it, as "issuance.issue_credits".

    `effect_in` is the number of the transaction, within one attempt, that has the effect.
    """

    before: Callable[[Registry], Awaitable[None]]
    activity: str
    request: Payload
    effect_in: int = 1


USE_CASES: dict[str, UseCase] = {
    "register a project": UseCase(
        story.a_draft_is_kept, "projects.register_project", story.REGISTER
    ),
    "assign a verifier": UseCase(
        story.a_project_is_registered, "verification.assign_verifier", story.ASSIGN
    ),
    "complete a document": UseCase(
        story.documents_are_uploaded,
        "documents.complete_document",
        CompleteDocument(
            document_id=named(DocumentType.MONITORING_REPORT), account_id=DEVELOPER.id
        ),
        effect_in=2,
    ),
    "add a note": UseCase(
        story.a_note_is_written,
        "verification.add_event",
        AddEvent(
            operation_id=named("note"),
            verification_id=story.VERIFICATION_ID,
            actor_id=VERIFIER.id,
        ),
    ),
    "note a passed deadline": UseCase(
        story.a_verifier_is_assigned,
        "verification.note_deadline",
        NoteDeadline(verification_id=story.VERIFICATION_ID, event_type=EventType.REVIEW_OVERDUE),
    ),
    "approve": UseCase(story.evidence_is_complete, "verification.record_decision", story.APPROVE),
    "reject": UseCase(story.evidence_is_complete, "verification.record_decision", story.REJECT),
    "countersign": UseCase(
        story.the_approval_waits,
        "verification.countersign",
        Countersign(
            operation_id=named("countersignature"),
            verification_id=story.VERIFICATION_ID,
            actor_id=ADMINISTRATOR.id,
        ),
    ),
    "issue credits": UseCase(story.the_project_is_approved, "issuance.issue_credits", story.ISSUE),
    "transfer a part": UseCase(
        story.credits_are_issued, "transfer.transfer_credits", story.TRANSFER
    ),
    "transfer the whole": UseCase(
        story.credits_are_issued,
        "transfer.transfer_credits",
        story.TRANSFER.model_copy(update={"quantity_units": 100_000}),
    ),
    "retire a part": UseCase(story.credits_are_issued, "retirement.retire_units", story.RETIRE),
    "retire the whole": UseCase(
        story.credits_are_issued,
        "retirement.retire_units",
        story.RETIRE.model_copy(update={"quantity_units": 100_000}),
    ),
    "seal a certificate": UseCase(
        story.the_retirement_is_confirmed,
        "certificates.seal_certificate",
        SealCertificate(retirement_id=story.RETIREMENT_ID),
        effect_in=3,
    ),
}
