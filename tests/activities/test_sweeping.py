"""What nobody will ask for any more goes; evidence and what is under way stays."""

from activities.projects.documents import CompleteDocument, permanent_key, upload_key
from activities.sweeping import REQUEST_KEPT_FOR, LeftoversSwept, SweepLeftovers
from domain.accounts.sign_in import FAILURES_KEPT_FOR
from domain.projects.documents import DocumentType
from domain.projects.uploads import UPLOAD_KEPT_FOR
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.factories import DEVELOPER, NOW, announced, contents

COMPLETED = announced(DocumentType.MONITORING_REPORT)
NOTHING = LeftoversSwept(documents=0, uploads=0, requests=0, sign_ins=0)
LONGEST = max(UPLOAD_KEPT_FOR, REQUEST_KEPT_FOR, FAILURES_KEPT_FOR)


async def test_an_upload_that_counts_is_stored_once(registry: Registry) -> None:
    await story.documents_are_uploaded(registry)
    request = CompleteDocument(document_id=COMPLETED.id, account_id=DEVELOPER.id)

    for _ in range(2):
        await run(registry.documents.complete_document, request)

    assert upload_key(COMPLETED.id) not in registry.objects.objects
    assert permanent_key(COMPLETED.sha256) in registry.objects.objects


async def test_what_never_came_is_forgotten_and_what_was_completed_stays(
    registry: Registry,
) -> None:
    await story.documents_are_uploaded(registry)
    await run(
        registry.documents.complete_document,
        CompleteDocument(document_id=COMPLETED.id, account_id=DEVELOPER.id),
    )
    # Its client uploads it once more, while its address is good.
    registry.objects.objects[upload_key(COMPLETED.id)] = contents(COMPLETED.document_type)
    uploads = [key for key in registry.objects.objects if key.startswith("uploads/")]
    registry.objects.written_at = dict.fromkeys(uploads, NOW)

    registry.clock.advance(seconds=UPLOAD_KEPT_FOR.total_seconds() - 1)
    early = await run(registry.sweeping.sweep_leftovers, SweepLeftovers())
    registry.clock.advance(days=LONGEST.days + 1)
    swept = [await run(registry.sweeping.sweep_leftovers, SweepLeftovers()) for _ in range(2)]

    assert early == NOTHING
    assert swept[0].documents == len(uploads) - 1 > 0
    assert swept[0].uploads == len(uploads)
    assert swept[1].documents == swept[1].uploads == 0
    async with registry.database.transaction() as work:
        assert await work.projects.documents.lock(COMPLETED.id) is not None
    assert set(registry.objects.objects) == {permanent_key(COMPLETED.sha256)}
