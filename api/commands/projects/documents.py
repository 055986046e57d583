"""Announcing and completing documents, and which documents an account may see and read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.audit_and_notify import audit
from activities.ports.database import UnitOfWork
from activities.projects.documents import CompleteDocument, permanent_key, upload_key
from adapters.postgres.projects.reads import documents as reads_documents
from adapters.postgres.projects.reads import rounds as reads_rounds
from adapters.postgres.projects.reads.documents import DocumentView
from adapters.postgres.projects.reads.verifications import VerificationView
from adapters.storage.multipart_uploads import UploadInParts
from adapters.storage.presigned_urls import PresignedUpload
from api.commands.addresses import document_address
from api.commands.projects.projects import visible_project
from api.commands.projects.verification import require_its_verifier, visible_verification
from api.commands.uploads import AnnouncedFile, abandon_upload, how_to_upload
from api.commands.workflow_client import Operation, WorkflowClient
from api.http.errors.error_mapping import Unavailable
from api.http.identity.access_audit import note_read
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Forbidden, NotFound
from domain.identifiers import operation_id
from domain.projects.changes.document_versions import require_replaceable
from domain.projects.documents import (
    Disclosure,
    Document,
    DocumentStatus,
    DocumentType,
    may_read,
    require_still_at_work,
    require_uploader,
)
from domain.projects.uploads import require_room
from domain.projects.verification import require_undecided
from workflows.projects.verification import VerificationWorkflow, workflow_id


@dataclass(frozen=True)
class DocumentAnnouncement:
    """What will be uploaded; `file_size` in bytes and `sha256` are checked once it was."""

    name: str
    description: str
    document_type: DocumentType
    disclosure: Disclosure
    mime_type: str
    file_size: int
    sha256: str


@dataclass(frozen=True)
class AnnouncedDocument:
    """A document whose upload is awaited, and how to upload it."""

    document: Document
    upload: PresignedUpload | UploadInParts


async def announce_for_project(
    parts: Resources,
    account: Account,
    key: str,
    project_id: UUID,
    announcement: DocumentAnnouncement,
    *,
    in_parts_above: int | None = None,
) -> AnnouncedDocument:
    """
    Announce a document of a project's open round: for its supplier, the assigned verifier and staff.

    `in_parts_above`: bytes from where on it comes in parts, in the place of the setting.

    Raises:
        NotFound: there is no such project, or this account may not see it.
        Forbidden: this account's role adds no evidence.
        AlreadyDecided: the verification is over.
        UploadQuotaExceeded: the account awaits, or the project holds, as much as it may.
        TooManyRequests: the account has announced as many in a minute as it may.
    """
    project = await visible_project(parts, account, project_id)
    async with parts.reading() as connection:
        open_round = await reads_rounds.open_round(connection, project_id)
    view = await visible_verification(parts, account, open_round or project.verification_id)
    return await _announce(parts, account, key, view, announcement, in_parts_above=in_parts_above)


async def announce_for_verification(
    parts: Resources,
    account: Account,
    key: str,
    verification_id: UUID,
    announcement: DocumentAnnouncement,
    *,
    in_parts_above: int | None = None,
) -> AnnouncedDocument:
    """
    Announce a document of a verification, for the assigned verifier and the project's supplier.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: it is assigned to somebody else.
        AlreadyDecided: the verification is over.
        UploadQuotaExceeded: the account awaits, or the project holds, as much as it may.
        TooManyRequests: the account has announced as many in a minute as it may.
    """
    view = await visible_verification(parts, account, verification_id)
    verification = view.verification
    if account.id != verification.verifier_id and account.acts_for != verification.developer_id:
        raise Forbidden(
            "Only the assigned verifier and the project's supplier add documents to a verification."
        )
    return await _announce(parts, account, key, view, announcement, in_parts_above=in_parts_above)


async def send_document(
    parts: Resources,
    account: Account,
    key: str,
    announced: AnnouncedDocument,
    pieces: AsyncIterator[bytes],
) -> Document:
    """
    Store and complete a document that was announced, whose bytes came with a form, piece by piece.

    Raises:
        As `complete_document`; Unavailable: storage is away.
    """
    document = announced.document
    if document.status is not DocumentStatus.COMPLETED and not await parts.object_store.put(
        parts.http, upload_key(document.id), pieces, size_bytes=document.file_size
    ):
        raise Unavailable("Storage cannot be reached at the moment. Send the same again.")
    return await complete_document(parts, account, key, document.id)


async def document_view_address(
    parts: Resources, account: Account, view: DocumentView, *, content_type: str
) -> str:
    """
    An address of a document's bytes, good for a minute, at which a browser shows them in a page.

    Raises:
        Forbidden: its disclosure keeps it from this account.
    """
    require_readable(view, account)
    await note_reading(parts, account, view)
    return parts.object_store.presigned_view(
        permanent_key(view.document.sha256), content_type=content_type
    )


async def document_beginning(
    parts: Resources, account: Account, view: DocumentView, *, most: int
) -> bytes | None:
    """
    The first bytes of a document; None where storage does not answer.

    Raises:
        Forbidden: its disclosure keeps it from this account.
    """
    require_readable(view, account)
    await note_reading(parts, account, view)
    return await parts.object_store.first_bytes(
        parts.http, permanent_key(view.document.sha256), most=most
    )


async def awaited_upload(
    parts: Resources, account: Account, document_id: UUID, *, in_parts_above: int | None = None
) -> AnnouncedDocument:
    """
    How to upload what is missing of a document that was announced, for whoever announced it.

    Raises:
        NotFound: there is no such document, or this account may not see it.
        Forbidden: somebody else uploads it.
        Conflict: it has been completed.
        Unavailable: storage does not say what it has of it.
    """
    document = (await visible_document(parts, account, document_id)).document
    require_uploader(document, account.id)
    if document.status is DocumentStatus.COMPLETED:
        raise Conflict("This document has been completed: nothing is missing.")
    upload = await how_to_upload(parts, _file_of(document), in_parts_above=in_parts_above)
    return AnnouncedDocument(document, upload)


async def give_up_upload(parts: Resources, account: Account, document_id: UUID) -> None:
    """
    Forget a document that was announced and not completed, and what was uploaded of it.

    Raises:
        NotFound: there is no such document, or this account may not see it.
        Forbidden: somebody else uploads it.
        Conflict: it has been completed: it counts, and stays.
    """
    require_uploader((await visible_document(parts, account, document_id)).document, account.id)
    async with parts.database.transaction() as work:
        document = await work.projects.documents.lock(document_id)
        if document is None:
            raise NotFound("There is no such document.")
        if document.status is DocumentStatus.COMPLETED:
            raise Conflict("This document has been completed, and stays.")
        await work.projects.documents.forget(document_id)
        audit(
            work,
            "document.given_up",
            ("document", document.id),
            action="give_up",
            actor_id=account.id,
            before={"status": document.status.value, "sha256": document.sha256},
            after=None,
            at=parts.clock.now(),
        )
    await abandon_upload(parts, document_id)


async def announce_version(
    parts: Resources,
    account: Account,
    key: str,
    document_id: UUID,
    announcement: DocumentAnnouncement,
    *,
    in_parts_above: int | None = None,
) -> AnnouncedDocument:
    """
    Announce a newer version of a document; once completed it counts in the former's place, which stays.

    Raises:
        NotFound: there is no such document, or this account may not see it.
        Forbidden: it is the other side's, or this account works on the verification no more.
        Conflict: the document was never completed; AlreadySuperseded: there is a newer version.
        AlreadyDecided: the verification is over.
        Invalid: it is of another type.
        UploadQuotaExceeded, TooManyRequests: as for every announcement.
    """
    former = await visible_document(parts, account, document_id)
    view = await visible_verification(parts, account, former.document.verification_id)
    account.require(Permission.REPLACE_DOCUMENT)
    require_still_at_work(account, developer_id=former.developer_id, verifier_id=former.verifier_id)
    require_replaceable(
        former.document,
        announcement.document_type,
        account,
        uploader_role=former.uploader_role,
        developer_id=former.developer_id,
    )
    require_undecided(view.verification)
    return await _announce(
        parts,
        account,
        key,
        view,
        announcement,
        in_parts_above=in_parts_above,
        former=former.document,
    )


async def complete_document(
    parts: Resources, account: Account, key: str, document_id: UUID
) -> Document:
    """
    Have the uploaded bytes read and counted, for whoever uploaded them.

    Raises:
        NotFound: there is no such document, or this account may not see it.
        Forbidden: somebody else uploads it.
        WorkflowUpdateFailedError: with the refusal of `domain.projects.documents` inside.
        OutcomeUnknown, Unavailable, Conflict: as for every workflow.
    """
    view = await visible_document(parts, account, document_id)
    require_uploader(view.document, account.id)
    if view.document.status is not DocumentStatus.COMPLETED:
        await WorkflowClient(parts).update(
            Operation(
                operation_id(account.id, "complete-document", key), document_address(document_id)
            ),
            workflow_id(view.document.verification_id),
            VerificationWorkflow.complete_document,
            CompleteDocument(document_id=document_id, account_id=account.id),
            needs_storage=True,
        )
        view = await visible_document(parts, account, document_id)
    return view.document


async def document_content(parts: Resources, account: Account | None, document_id: UUID) -> str:
    """
    An address of a document's bytes that is good for a minute; public ones need no account.

    Raises:
        NotFound: there is no such document, or nobody of this account may know of it.
        Forbidden: its disclosure keeps it from this account.
        Conflict: it has not been completed.
    """
    async with parts.reading() as connection:
        view = await reads_documents.document(connection, document_id, account=account)
        if view is None or not (view.visible or is_readable(view, account)):
            raise NotFound("There is no such document.")
        document = view.document
        require_readable(view, account)
        if document.status is not DocumentStatus.COMPLETED:
            raise Conflict("This document has not been completed yet.")
        if account is not None:
            await note_reading(parts, account, view, connection=connection)
    return parts.object_store.presigned_get(
        permanent_key(document.sha256), filename=document.name, content_type=document.mime_type
    )


async def note_reading(
    parts: Resources,
    account: Account,
    view: DocumentView,
    *,
    connection: AsyncConnection | None = None,
) -> None:
    """In the audit log, where not everybody may read the document; `connection` as `note_read` has it."""
    if is_readable(view, None):
        return
    await note_read(
        parts,
        account,
        "document.downloaded",
        ("document", view.document.id),
        {"disclosure": view.document.disclosure.value, "sha256": view.document.sha256},
        connection=connection,
    )


def require_readable(view: DocumentView, account: Account | None) -> None:
    """
    Raises:
        Forbidden: the document's disclosure keeps it from this account.
    """
    if not is_readable(view, account):
        disclosure = view.document.disclosure
        raise Forbidden(f"This document is {disclosure}: it is not for you to read.")


async def visible_document(parts: Resources, account: Account, document_id: UUID) -> DocumentView:
    """
    Raises:
        NotFound: there is no such document, or this account may not see it.
    """
    async with parts.reading() as connection:
        view = await reads_documents.document(connection, document_id, account=account)
    if view is None or not view.visible:
        raise NotFound("There is no such document.")
    return view


def is_readable(view: DocumentView, account: Account | None) -> bool:
    """Whether the account, or anybody, may read what is in the document (domain.projects.documents)."""
    return may_read(
        account,
        view.document,
        developer_id=view.developer_id,
        verifier_id=view.verifier_id,
        tasked=view.tasked,
    )


async def _announce(
    parts: Resources,
    account: Account,
    key: str,
    view: VerificationView,
    announcement: DocumentAnnouncement,
    *,
    in_parts_above: int | None = None,
    former: Document | None = None,
) -> AnnouncedDocument:
    verification = view.verification
    require_its_verifier(account, Permission.UPLOAD_EVIDENCE, verification)
    require_undecided(verification)
    await parts.announcement_limit.count(str(account.id))
    document = Document(
        id=operation_id(account.id, "announce-document", key),
        project_id=verification.project_id,
        verification_id=verification.id,
        name=announcement.name,
        description=announcement.description,
        document_type=announcement.document_type,
        disclosure=announcement.disclosure,
        mime_type=announcement.mime_type,
        file_size=announcement.file_size,
        sha256=announcement.sha256,
        status=DocumentStatus.AWAITING_UPLOAD,
        uploaded_by=account.id,
        created_at=parts.clock.now(),
        version=1 if former is None else former.version + 1,
        supersedes=None if former is None else former.id,
    )
    document = await _save_once(parts, document)
    upload = await how_to_upload(parts, _file_of(document), in_parts_above=in_parts_above)
    return AnnouncedDocument(document, upload)


def _file_of(document: Document) -> AnnouncedFile:
    return AnnouncedFile(document.id, document.mime_type, document.file_size, document.sha256)


def _audit_announced(work: UnitOfWork, document: Document) -> None:
    """What was announced, without the name and description that somebody typed."""
    audit(
        work,
        "document.announced",
        ("document", document.id),
        actor_id=document.uploaded_by,
        before=None,
        after={
            "status": document.status.value,
            "verificationId": str(document.verification_id),
            "documentType": document.document_type.value,
            "disclosure": document.disclosure.value,
            "fileSize": document.file_size,
            "sha256": document.sha256,
            **({} if document.supersedes is None else {"supersedes": str(document.supersedes)}),
        },
        at=document.created_at,
    )


async def _save_once(parts: Resources, document: Document) -> Document:
    """A repeated request meets the row that the first one saved, and needs no room for it."""
    async with parts.database.transaction() as work:
        documents = work.projects.documents
        await documents.lock_quotas(document.uploaded_by, document.project_id)
        if saved := await documents.lock(document.id):
            return saved
        require_room(
            parts.settings.storage.quota,
            document.file_size,
            open_of_account=await documents.open_of_account(document.uploaded_by),
            of_project=await documents.of_project(document.project_id),
        )
        await documents.add(document)
        _audit_announced(work, document)
    return document
