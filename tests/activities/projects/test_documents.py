"""Evidence counts only as bytes that the registry has read itself, out of the uploader's reach."""

import pytest

from activities.projects.documents import (
    CompleteDocument,
    DocumentCompleted,
    permanent_key,
    upload_key,
)
from domain.errors import AlreadyDecided, DocumentMismatch
from domain.projects.documents import DocumentStatus, DocumentType
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import DEVELOPER, announced, contents, document, named

REPORT = announced(DocumentType.MONITORING_REPORT)
COMPLETE = CompleteDocument(document_id=REPORT.id, account_id=DEVELOPER.id)


async def status_of_the_report(registry: Registry) -> DocumentStatus | None:
    async with registry.database.transaction() as work:
        found = await work.projects.documents.lock(REPORT.id)
    return found.status if found else None


async def test_completed_bytes_are_kept_under_the_name_of_their_content(
    registry: Registry,
) -> None:
    await story.documents_are_uploaded(registry)

    answer = await run(registry.documents.complete_document, COMPLETE)

    assert answer == DocumentCompleted(document_id=REPORT.id, sha256=REPORT.sha256)
    assert registry.objects.objects[permanent_key(REPORT.sha256)] == contents(REPORT.document_type)
    async with registry.database.transaction() as work:
        assert await work.projects.documents.lock(REPORT.id) == document(
            DocumentType.MONITORING_REPORT
        )


async def test_an_upload_that_is_overwritten_while_it_is_checked_does_not_count(
    registry: Registry,
) -> None:
    await story.documents_are_uploaded(registry)
    registry.objects.uploads_change_to = b"something else altogether"

    with pytest.raises(DocumentMismatch):
        await run(registry.documents.complete_document, COMPLETE)

    assert await status_of_the_report(registry) is DocumentStatus.AWAITING_UPLOAD


async def test_bytes_that_are_kept_already_are_never_overwritten(registry: Registry) -> None:
    """Else whoever announces the same SHA-256 could swap the evidence of another project."""
    await story.documents_are_uploaded(registry)
    await run(registry.documents.complete_document, COMPLETE)
    twin = announced(DocumentType.MONITORING_REPORT, id=named("twin"))
    async with registry.database.transaction() as work:
        await work.projects.documents.add(twin)
    registry.objects.objects[upload_key(twin.id)] = contents(twin.document_type)
    registry.objects.uploads_change_to = b"something else altogether"

    request = CompleteDocument(document_id=twin.id, account_id=DEVELOPER.id)
    await run(registry.documents.complete_document, request)

    assert registry.objects.objects[permanent_key(REPORT.sha256)] == contents(REPORT.document_type)


async def test_knowing_a_hash_is_not_having_the_bytes(registry: Registry) -> None:
    """Bytes that are kept for another document do not complete one that was never uploaded."""
    await story.documents_are_uploaded(registry)
    await run(registry.documents.complete_document, COMPLETE)
    claimed = announced(DocumentType.MONITORING_REPORT, id=named("claimed"))
    async with registry.database.transaction() as work:
        await work.projects.documents.add(claimed)

    with pytest.raises(DocumentMismatch):
        await run(
            registry.documents.complete_document,
            CompleteDocument(document_id=claimed.id, account_id=DEVELOPER.id),
        )


async def test_after_the_decision_no_document_is_added(registry: Registry) -> None:
    await story.the_project_is_approved(registry)
    late = announced(DocumentType.SITE_EVIDENCE)
    async with registry.database.transaction() as work:
        await work.projects.documents.add(late)
    registry.objects.objects[upload_key(late.id)] = contents(late.document_type)

    with pytest.raises(AlreadyDecided):
        await run(
            registry.documents.complete_document,
            CompleteDocument(document_id=late.id, account_id=DEVELOPER.id),
        )
