"""What is announced of a file, and saved once: the same bytes for the same format are one submission."""

from dataclasses import dataclass
from uuid import UUID

from activities.audit_and_notify import audit
from adapters.postgres.ingestion import follow_up_reads, reads
from adapters.postgres.projects.reads.projects import project as read_project
from adapters.storage.multipart_uploads import UploadInParts
from adapters.storage.presigned_urls import PresignedUpload
from api.commands.addresses import ingestion_address
from api.commands.ingestion.formats import usable_formats
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from domain.identifiers import operation_id
from domain.ingestion.submissions import FILE_BYTES_MAX, FINISHED, IngestionStatus, SubmittedFile


@dataclass(frozen=True)
class FileAnnouncement:
    """
    A file and what it is mapped by; `size_bytes` and `sha256` are checked once it is there.

    `predecessor_id`: it is sent in the place of that one.
    `project_id`: whose monitoring data it brings; None: reference data of nobody.
    """

    format: str
    file_name: str
    accept_partly: bool
    size_bytes: int
    sha256: str
    predecessor_id: UUID | None = None
    project_id: UUID | None = None


@dataclass(frozen=True)
class AnnouncedSubmission:
    """`is_known`: the same account sent the same bytes before. `upload` is there while it is awaited."""

    submission: SubmittedFile
    is_known: bool
    upload: PresignedUpload | UploadInParts | None = None


async def save_once(
    parts: Resources, account: Account, key: str, announcement: FileAnnouncement
) -> AnnouncedSubmission:
    """
    Raises:
        Invalid: there is no such format, the file is larger than is read, or this account sees no such project.
        NotFound, Forbidden, Conflict: of the file that it takes the place of.
    """
    faults = []
    format = (await usable_formats(parts, account)).get(announcement.format)
    if format is None:
        faults.append(Fault("/format", "There is no such format; GET /ingestion-formats has them."))
    if not 0 < announcement.size_bytes <= FILE_BYTES_MAX:
        faults.append(Fault("/fileSize", f"A file has from 1 to {FILE_BYTES_MAX} bytes."))
    if announcement.project_id is not None:
        async with parts.reading() as connection:
            found = await read_project(connection, announcement.project_id, account=account)
        if found is None:
            faults.append(Fault("/projectId", "There is no such project among those you work on."))
        elif not account.may(Permission.SEND_READINGS):
            # Whoever decides on the tonnes does not bring in what they follow from.
            faults.append(Fault("/projectId", "Its supplier sends in a project's monitoring data."))
    if faults or format is None:
        raise Invalid("The file cannot be taken as announced.", *faults)
    submission = SubmittedFile(
        id=operation_id(account.id, "ingest", key),
        submitted_by=account.id,
        format=format.id,
        format_version=format.version,
        file_name=announcement.file_name,
        size_bytes=announcement.size_bytes,
        sha256=announcement.sha256,
        accept_partly=announcement.accept_partly,
        status=IngestionStatus.AWAITING_UPLOAD,
        created_at=parts.clock.now(),
        predecessor_id=announcement.predecessor_id,
        project_id=announcement.project_id,
    )
    if submission.predecessor_id is not None:
        await _require_open_end(parts, account, submission.predecessor_id, submission)
    async with parts.database.transaction() as work:
        saved = await work.ingestion.submissions.add(submission)
        if saved == submission:
            audit(
                work,
                "ingestion.announced",
                ("ingestion", saved.id),
                actor_id=account.id,
                before=None,
                after={
                    "status": saved.status.value,
                    "format": saved.format,
                    "formatVersion": saved.format_version,
                    "fileSize": saved.size_bytes,
                    "sha256": saved.sha256,
                },
                at=saved.created_at,
            )
    return AnnouncedSubmission(saved, is_known=saved.id != submission.id)


async def visible_submission(
    parts: Resources, account: Account, ingestion_id: UUID
) -> SubmittedFile:
    """
    Raises:
        NotFound: there is no such submission, or this account may not see it.
    """
    async with parts.reading() as connection:
        found = await reads.submission(connection, ingestion_id, account=account)
    if found is None:
        raise NotFound("There is no such ingestion.")
    return found


async def _require_open_end(
    parts: Resources, account: Account, predecessor_id: UUID, submission: SubmittedFile
) -> None:
    """
    Raises:
        NotFound: there is no such submission, or this account may not see it.
        Forbidden: somebody else sent it in.
        Conflict: it has no outcome yet, is the very same bytes, or another file has taken its place.
    """
    before = await visible_submission(parts, account, predecessor_id)
    if before.submitted_by != account.id:
        raise Forbidden("Somebody else sent that file in.")
    if before.status not in FINISHED:
        raise Conflict("That file has no outcome yet: wait for it.")
    if before.sha256 == submission.sha256 and before.format_version == submission.format_version:
        raise Conflict("These are the very same bytes: nothing has been mended.")
    async with parts.reading() as connection:
        after = await follow_up_reads.successor(connection, predecessor_id, account=account)
    if after is not None and after.id != submission.id:
        raise Conflict(f"A file was sent in its place already: {ingestion_address(after.id)}.")
