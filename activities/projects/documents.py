"""Completing a document: the registry counts only bytes that it has read itself."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import audit
from activities.heartbeats import heartbeating
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.run_once import run_once
from domain.identifiers import derived_id
from domain.projects.documents import (
    Document,
    DocumentStatus,
    StoredBytes,
    complete,
    require_still_at_work,
    require_uploader,
)
from domain.projects.verification import EventType, TimelineEvent, require_undecided

UPLOADS = "uploads/"
"""What is below is there only until its document is completed."""


def upload_key(document_id: UUID) -> str:
    """Where the client's presigned address puts the bytes."""
    return f"{UPLOADS}{document_id}"


def permanent_key(sha256: str) -> str:
    """Where completed bytes are kept, out of the upload address's reach; named by their content."""
    return f"documents/{sha256}"


class CompleteDocument(PersonalRequest):
    document_id: UUID
    account_id: UUID


class DocumentCompleted(Payload):
    document_id: UUID
    sha256: str


class DocumentActivities:
    def __init__(self, database: Database, object_store: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._object_store = object_store
        self._clock = clock

    @activity.defn
    @heartbeating
    async def complete_document(self, request: CompleteDocument) -> DocumentCompleted:
        """
        Count an uploaded document as evidence.

        The upload is copied to its kept place first and the copy is what is read, so that a client
        that overwrites its upload meanwhile changes nothing; then the upload itself is removed.
        Refuses (DocumentMismatch) bytes that are not those announced, and (Forbidden) anybody but
        the uploader, or one who was replaced.
        """
        announced = await self._announced(request)
        stored: StoredBytes | None = None
        if announced.status is not DocumentStatus.COMPLETED:
            await self._object_store.join(upload_key(announced.id), announced.file_size)
            uploaded = await self._object_store.stored_bytes(upload_key(announced.id))
            if uploaded is None:
                # Another attempt may have completed it meanwhile, and tidied up.
                announced = await self._announced(request)
            if announced.status is not DocumentStatus.COMPLETED:
                complete(announced, uploaded, at=self._clock.now())
                stored = await self._keep(announced)
        async with self._database.transaction() as work:
            completed = await run_once(
                work,
                f"complete-document/{announced.id}",
                DocumentCompleted,
                lambda: self._complete(work, request, stored),
            )
        # Stored once. A crash before this line is made up for when the activity runs again, or by
        # the sweep (activities/sweeping.py), which also takes what is uploaded again later.
        await self._object_store.remove(upload_key(announced.id))
        return completed

    async def _keep(self, announced: Document) -> StoredBytes | None:
        """What is kept for good now. Right bytes are not copied over: another document may be them."""
        there = await self._object_store.stored_bytes(permanent_key(announced.sha256))
        if there == StoredBytes(announced.file_size, announced.sha256):
            return there
        await self._object_store.keep(upload_key(announced.id), permanent_key(announced.sha256))
        return await self._object_store.stored_bytes(permanent_key(announced.sha256))

    async def _announced(self, request: CompleteDocument) -> Document:
        async with self._database.transaction() as work:
            document = lookups.found(
                await work.projects.documents.lock(request.document_id), "document"
            )
            require_uploader(document, request.account_id)
            if document.status is not DocumentStatus.COMPLETED:
                # Before the copy, which would be left behind by a refusal.
                require_undecided(await lookups.locked_verification(work, document.verification_id))
        return document

    async def _complete(
        self, work: UnitOfWork, request: CompleteDocument, stored: StoredBytes | None
    ) -> DocumentCompleted:
        now = self._clock.now()
        document = lookups.found(
            await work.projects.documents.lock(request.document_id), "document"
        )
        verification = await lookups.locked_verification(work, document.verification_id)
        require_undecided(verification)
        uploader = await lookups.account(work, request.account_id)
        require_still_at_work(
            uploader,
            developer_id=verification.developer_id,
            verifier_id=verification.verifier_id,
        )
        completed = complete(document, stored, at=now)
        await work.projects.documents.save(completed)
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(document.id, EventType.DOCUMENT_COMPLETED),
                verification_id=verification.id,
                event_type=EventType.DOCUMENT_COMPLETED,
                message=f"A document was added: {document.document_type.replace('_', ' ')}.",
                user_id=request.account_id,
                created_at=now,
            )
        )
        audit(
            work,
            "document.completed",
            ("document", document.id),
            action="complete",
            actor_id=request.account_id,
            before={"status": document.status.value},
            after={"status": completed.status.value, "sha256": document.sha256},
            at=now,
        )
        return DocumentCompleted(document_id=document.id, sha256=document.sha256)
