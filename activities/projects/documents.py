"""Completing a document: the registry counts only bytes that it has read itself."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell
from activities.heartbeats import heartbeating
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.object_store import ObjectStore
from activities.run_once import run_once
from domain.accounts.notifications import VERIFIERS_PLACE, NotificationKind
from domain.identifiers import derived_id
from domain.projects.changes.document_versions import supersede
from domain.projects.documents import (
    Document,
    DocumentStatus,
    StoredBytes,
    complete,
    require_still_at_work,
    require_uploader,
)
from domain.projects.verification import (
    EventType,
    TimelineEvent,
    Verification,
    require_undecided,
)
from domain.publishing import events
from domain.visible_text import isolated

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
    """`notification_ids`: who is told that it came in another's place, for the mail."""

    document_id: UUID
    sha256: str
    notification_ids: tuple[UUID, ...] = ()


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
        that overwrites its upload meanwhile changes nothing; then the upload itself is removed. A newer
        version supersedes the former in the same transaction.
        Refuses (DocumentMismatch) bytes that are not those announced, and (Forbidden) anybody but
        the uploader, or one who was replaced.
        """
        announced = await self._announced(request)
        stored: StoredBytes | None = None
        if announced.status is not DocumentStatus.COMPLETED:
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
        if completed.supersedes is not None:
            return await self._supersede(work, completed, verification, request.account_id)
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
        self._audit_completed(work, completed, request.account_id)
        return DocumentCompleted(document_id=document.id, sha256=document.sha256)

    async def _supersede(
        self, work: UnitOfWork, version: Document, verification: Verification, actor_id: UUID
    ) -> DocumentCompleted:
        """The former counts no more from now on; the other side is told."""
        now = self._clock.now()
        former = lookups.found(
            await work.projects.documents.lock(version.supersedes or version.id), "document"
        )
        await work.projects.documents.save(supersede(former, version, at=now))
        kind = version.document_type.replace("_", " ")
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(version.id, EventType.DOCUMENT_REPLACED),
                verification_id=verification.id,
                event_type=EventType.DOCUMENT_REPLACED,
                message=f"A document was replaced: {kind}, version {version.version}.",
                user_id=actor_id,
                created_at=now,
            )
        )
        await work.publishing.outbox.add(events.document_replaced(former, version, at=now))
        self._audit_completed(work, version, actor_id, supersedes=former)
        project = await lookups.project(work, version.project_id)
        sentence = f"“{isolated(project.title)}”: a document was replaced: {kind}, version {version.version}."
        sides = {
            verification.developer_id: f"/projects/{project.id}",
            verification.verifier_id: VERIFIERS_PLACE,
        }
        uploader = await lookups.account(work, actor_id)
        named = by_topic(version.id, EventType.DOCUMENT_REPLACED)
        told = await tell(
            work,
            *(
                Message(NotificationKind.DOCUMENT_REPLACED, sentence, place).to(
                    user_id, notification_id=named(user_id), at=now
                )
                for user_id, place in sides.items()
                if user_id is not None and user_id not in {actor_id, uploader.acts_for}
            ),
        )
        return DocumentCompleted(
            document_id=version.id, sha256=version.sha256, notification_ids=told
        )

    def _audit_completed(
        self,
        work: UnitOfWork,
        completed: Document,
        actor_id: UUID,
        *,
        supersedes: Document | None = None,
    ) -> None:
        after: dict[str, object] = {"status": completed.status.value, "sha256": completed.sha256}
        if supersedes is not None:
            after |= {"version": completed.version, "supersedes": str(supersedes.id)}
        audit(
            work,
            "document.completed",
            ("document", completed.id),
            action="complete",
            actor_id=actor_id,
            before={"status": DocumentStatus.AWAITING_UPLOAD.value},
            after=after,
            at=self._clock.now(),
        )
