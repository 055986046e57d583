"""A decision about anything else than what was looked at is refused; about the same it is not (ADR 0090)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from activities.projects.documents import CompleteDocument, upload_key
from activities.projects.verification import DecisionPayload, RecordDecision
from domain.errors import ChangedSince
from domain.projects.changes.review import Reviewed, review_digest
from domain.projects.documents import DocumentType
from domain.projects.verification import VerificationStatus
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import DEVELOPER, VERIFIER, announced, contents, named

LATE = announced(DocumentType.SITE_EVIDENCE)
Change = Callable[[Registry], Awaitable[None]]


async def a_document_comes_late(registry: Registry) -> None:
    registry.clock.advance(minutes=1)
    async with registry.database.transaction() as work:
        await work.projects.documents.add(LATE)
    registry.objects.objects[upload_key(LATE.id)] = contents(DocumentType.SITE_EVIDENCE)
    request = CompleteDocument(document_id=LATE.id, account_id=DEVELOPER.id)
    await run(registry.documents.complete_document, request)


async def the_title_is_another(registry: Registry) -> None:
    await story.by_the_owner(registry, "UPDATE projects SET title = 'Another forest'")


async def what_stands_there(registry: Registry) -> Reviewed:
    async with registry.database.transaction() as work:
        verification = await work.projects.verifications.lock(story.VERIFICATION_ID)
        project = await work.projects.projects.get(story.PROJECT_ID)
        documents = await work.projects.documents.completed_ever(story.VERIFICATION_ID)
        changes = await work.projects.changes.of(story.PROJECT_ID)
    assert verification is not None
    assert project is not None
    return Reviewed(verification, project, documents, changes)


async def signed_now(
    registry: Registry, decision: RecordDecision, draft_id: UUID
) -> RecordDecision:
    """The decision by whoever has looked at what stands there now."""
    digest = review_digest(await what_stands_there(registry))
    written = DecisionPayload(text="Sampled.", review_digest=digest)
    await keep_draft(registry, draft_id, VERIFIER.id, written)
    return decision.model_copy(update={"operation_id": draft_id})


@pytest.mark.parametrize("decision", [story.APPROVE, story.REJECT], ids=lambda one: one.decision)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (a_document_comes_late, "the site evidence .* was added"),
        (the_title_is_another, "none of what this round has had to review"),
    ],
)
async def test_what_changed_since_it_was_seen_is_not_decided(
    registry: Registry, decision: RecordDecision, change: Change, sentence: str
) -> None:
    await story.evidence_is_complete(registry)
    seen = await signed_now(registry, decision, named("seen"))
    await change(registry)

    with pytest.raises(ChangedSince, match=sentence):
        await run(registry.verification.record_decision, seen)

    # Whoever looks again decides.
    again = await signed_now(registry, decision, named("seen again"))
    await run(registry.verification.record_decision, again)
    decided = (await what_stands_there(registry)).verification
    assert decided.status in {VerificationStatus.APPROVED, VerificationStatus.REJECTED}
