"""Chapters of a project whose supplier changes it, replaces a document, or withdraws its round."""

from dataclasses import replace
from hashlib import sha256

from activities.projects.changes import (
    ChangeProject,
    ProjectChangesPayload,
    WithdrawalPayload,
    WithdrawRound,
)
from activities.projects.documents import CompleteDocument, upload_key
from activities.projects.rounds import RoundPayload
from activities.projects.verification import DecisionPayload, RecordDecision
from domain.projects.documents import DocumentType
from domain.projects.projects import Coordinates
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import DEVELOPER, VERIFIER, announced, named

TITLE = "Guanaré Forest Plantations, second description"
PLACE = Coordinates("-32.4", "-54.2")
CHANGE = ChangeProject(
    operation_id=named("change"),
    project_id=story.PROJECT_ID,
    verification_id=story.VERIFICATION_ID,
    actor_id=DEVELOPER.id,
)
WITHDRAW = WithdrawRound(
    operation_id=named("withdrawal"),
    verification_id=story.VERIFICATION_ID,
    actor_id=DEVELOPER.id,
)
NOTE = "The baseline is measured anew."
PUBLIC_REASON = "The baseline could not be confirmed."
NEW_REPORT = announced(
    DocumentType.MONITORING_REPORT,
    id=named("second report"),
    version=2,
    supersedes=named(DocumentType.MONITORING_REPORT),
    sha256="",
)
NEW_BYTES = b"The monitoring report, corrected."
COMPLETE_NEW_REPORT = CompleteDocument(document_id=NEW_REPORT.id, account_id=DEVELOPER.id)


async def a_change_is_asked_for(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    changes = ProjectChangesPayload(title=TITLE, latitude=PLACE.latitude, longitude=PLACE.longitude)
    await keep_draft(registry, CHANGE.operation_id, DEVELOPER.id, changes)


async def a_withdrawal_is_asked_for(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await keep_draft(registry, WITHDRAW.operation_id, DEVELOPER.id, WithdrawalPayload(note=NOTE))


async def it_is_withdrawn_and_to_be_resubmitted(registry: Registry) -> None:
    await a_withdrawal_is_asked_for(registry)
    await run(registry.changes.withdraw_round, WITHDRAW)
    request_id = story.RESUBMIT.verification_id
    await keep_draft(registry, request_id, DEVELOPER.id, RoundPayload(what_changed=NOTE))


async def a_newer_report_is_uploaded(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await upload(registry, NEW_BYTES)


async def upload(registry: Registry, body: bytes) -> None:
    """The API has saved what was announced, and the bytes have arrived."""
    digest = sha256(body).hexdigest()
    async with registry.database.transaction() as work:
        await work.projects.documents.add(replace(NEW_REPORT, sha256=digest, file_size=len(body)))
    registry.objects.objects[upload_key(NEW_REPORT.id)] = body


async def approval_of(registry: Registry, digest: str) -> RecordDecision:
    """An approval whose words say what there was to review."""
    operation_id = named(f"decision of {digest}")
    written = DecisionPayload(text="Sampled and found right.", review_digest=digest)
    await keep_draft(registry, operation_id, VERIFIER.id, written)
    return story.APPROVE.model_copy(update={"operation_id": operation_id})


async def a_rejection_has_a_public_reason(registry: Registry) -> None:
    await story.evidence_is_complete(registry)
    await keep_draft(
        registry,
        REJECT.operation_id,
        VERIFIER.id,
        DecisionPayload(text="Pages 12 to 18 contradict each other.", public_reason=PUBLIC_REASON),
    )


REJECT = story.REJECT.model_copy(update={"operation_id": named("rejection with a public reason")})
