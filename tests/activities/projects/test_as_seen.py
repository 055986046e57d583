"""A decision about anything else than what was looked at is refused; about the same it is not (ADR 0095)."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from activities.projects.documents import CompleteDocument, upload_key
from activities.projects.verification import Decision, RecordDecision
from domain.errors import ChangedSinceSeen
from domain.projects.approvals import Approval, approve, reviewed_digest
from domain.projects.documents import Document, DocumentType
from domain.projects.projects import Project
from domain.projects.verification import Verification, VerificationStatus
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import DEVELOPER, NOW, VERIFIER, announced, contents

DECISIONS = [story.APPROVE, story.REJECT]
LATE = announced(DocumentType.SITE_EVIDENCE)


async def a_document_comes_late(registry: Registry) -> None:
    async with registry.database.transaction() as work:
        await work.projects.documents.add(LATE)
    registry.objects.objects[upload_key(LATE.id)] = contents(DocumentType.SITE_EVIDENCE)
    request = CompleteDocument(document_id=LATE.id, account_id=DEVELOPER.id)
    await run(registry.documents.complete_document, request)


async def the_title_is_another(registry: Registry) -> None:
    await story.by_the_owner(registry, "UPDATE projects SET title = 'Another forest'")


async def what_stands_there(
    registry: Registry,
) -> tuple[Verification, Project, Sequence[Document]]:
    async with registry.database.transaction() as work:
        verification = await work.projects.verifications.lock(story.VERIFICATION_ID)
        project = await work.projects.projects.get(story.PROJECT_ID)
        documents = await work.projects.documents.completed_for(story.VERIFICATION_ID)
    assert verification is not None
    assert project is not None
    return verification, project, documents


async def as_seen(registry: Registry, decision: RecordDecision) -> RecordDecision:
    """The decision with the digest of what stands there now, as the page of the sign-off shows it."""
    verification, project, documents = await what_stands_there(registry)
    approved = approve(
        verification,
        Approval("-", decision.quantity_units, 2024),
        project=project,
        documents=documents,
        actor=VERIFIER,
        needs_countersignature=False,
        at=NOW,
    )
    digest = (
        approved.sign_off_digest
        if decision.decision is Decision.APPROVE
        else reviewed_digest(verification, project, documents)
    )
    return decision.model_copy(update={"seen_digest": digest})


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda one: one.decision)
@pytest.mark.parametrize("change", [a_document_comes_late, the_title_is_another])
async def test_what_changed_since_it_was_seen_is_not_decided(
    registry: Registry, decision: RecordDecision, change: Callable[[Registry], Awaitable[None]]
) -> None:
    await story.evidence_is_complete(registry)
    seen = await as_seen(registry, decision)
    await change(registry)

    with pytest.raises(ChangedSinceSeen, match="have changed since you looked"):
        await run(registry.verification.record_decision, seen)

    # Whoever looks again decides.
    await run(registry.verification.record_decision, await as_seen(registry, decision))
    verification, _, _ = await what_stands_there(registry)
    assert verification.status is not VerificationStatus.IN_REVIEW
