"""Folders of object storage: opened, closed, and dropped into (ADR 0119)."""

from uuid import UUID

from activities.audit_and_notify import audit
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.ingestion import folder_reads
from adapters.postgres.projects.reads.projects import project as read_project
from adapters.storage.presigned_urls import PresignedUpload
from api.commands.ingestion.formats import usable_formats
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import operation_id
from domain.ingestion import folders as rules
from domain.ingestion.folders import Folder
from domain.ingestion.submissions import FILE_BYTES_MAX

MEDIA_TYPE = "application/octet-stream"


async def open_folder(
    parts: Resources,
    account: Account,
    key: str,
    *,
    name: str,
    format: str,
    accept_partly: bool,
    project_id: UUID | None,
) -> Folder:
    """
    A folder whose files are sent in for this account, by the newest version of a format.

    Raises:
        Forbidden: this account's role sends nothing in.
        Invalid: there is no such format, this account sees no such project, or is not its supplier's; all faults at once.
        Conflict: the account has as many open as it may.
    """
    account.require(Permission.SUBMIT_FILE)
    faults = []
    if format not in await usable_formats(parts, account):
        faults.append(Fault("/format", "There is no such format; GET /ingestion-formats has them."))
    if project_id is not None:
        async with parts.reading() as connection:
            found = await read_project(connection, project_id, account=account)
        if found is None:
            faults.append(Fault("/projectId", "There is no such project among those you work on."))
        elif not account.may(Permission.SEND_READINGS):
            faults.append(Fault("/projectId", "Its supplier sends in a project's monitoring data."))
    if faults:
        raise Invalid("The folder cannot be opened.", *faults)
    folder = Folder(
        id=operation_id(account.id, "open-folder", key),
        opened_by=account.id,
        name=name,
        format=format,
        accept_partly=accept_partly,
        opened_at=parts.clock.now(),
        project_id=project_id,
    )
    return await _add(parts, account, folder)


@done_as(SYSTEM)
async def _add(parts: Resources, account: Account, folder: Folder) -> Folder:
    async with parts.database.transaction() as work:
        known = await work.ingestion.folders.lock(folder.id)
        if known is not None:
            return known
        count = await work.ingestion.folders.count_open(account.id)
        rules.open_folder(folder, actor=account, open_folders=count)
        await work.ingestion.folders.add(folder)
        audit(
            work,
            "ingestion_folder.opened",
            ("ingestion_folder", folder.id),
            action="open",
            actor_id=account.id,
            before=None,
            after={
                "format": folder.format,
                "projectId": str(folder.project_id) if folder.project_id else None,
            },
            at=folder.opened_at,
        )
    return folder


async def close_folder(parts: Resources, account: Account, folder_id: UUID) -> Folder:
    """
    Raises:
        NotFound: there is no such folder, or this account may not see it.
        Forbidden: somebody else opened it.
    """
    await visible_folder(parts, account, folder_id)
    return await _close(parts, account, folder_id)


@done_as(SYSTEM)
async def _close(parts: Resources, account: Account, folder_id: UUID) -> Folder:
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        before = await work.ingestion.folders.lock(folder_id)
        if before is None:
            raise NotFound("There is no such folder.")
        after = rules.close_folder(before, actor=account, at=now)
        if after != before:
            await work.ingestion.folders.save(after)
            audit(
                work,
                "ingestion_folder.closed",
                ("ingestion_folder", folder_id),
                action="close",
                actor_id=account.id,
                before={"closed": False},
                after={"closed": True},
                at=now,
            )
    return after


async def visible_folder(parts: Resources, account: Account, folder_id: UUID) -> Folder:
    """
    Raises:
        NotFound: there is no such folder, or this account may not see it.
    """
    async with parts.reading() as connection:
        found = await folder_reads.folder(connection, folder_id, account=account)
    if found is None:
        raise NotFound("There is no such folder.")
    return found


async def upload_into(
    parts: Resources,
    account: Account,
    folder_id: UUID,
    *,
    file_name: str,
    size_bytes: int,
    sha256: str,
) -> PresignedUpload:
    """
    An address for one file of a folder, for a pipeline that has no key of the storage itself.

    Raises:
        NotFound: there is no such folder, or this account may not see it.
        Forbidden: somebody else opened it.
        Conflict: it is closed.
        Invalid: the name has a slash, or the file is larger than is read.
        TooManyRequests: the account has announced as many in a minute as it may.
    """
    folder = await visible_folder(parts, account, folder_id)
    rules.require_owner(folder, actor=account)
    rules.require_open(folder)
    if not 0 < size_bytes <= FILE_BYTES_MAX:
        raise Invalid(
            "The file cannot be taken as announced.",
            Fault("/fileSize", f"A file has from 1 to {FILE_BYTES_MAX} bytes."),
        )
    key = folder.key_of(file_name)
    await parts.announcement_limit.count(str(account.id))
    return parts.object_store.presigned_put(
        key, content_type=MEDIA_TYPE, sha256_hex=sha256, size=size_bytes
    )
