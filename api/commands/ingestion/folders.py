"""Folders of object storage: opened, closed, dropped into, and looked at when storage tells of something (ADR 0119)."""

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.audit_and_notify import audit
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.ingestion import folder_reads
from adapters.postgres.projects.reads.projects import project as read_project
from adapters.storage.presigned_urls import PresignedUpload
from api.commands.ingestion.formats import usable_formats
from api.commands.workflow_client import no_answer, raise_as_ours
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import operation_id
from domain.ingestion import folders as rules
from domain.ingestion.folders import Folder
from domain.ingestion.submissions import FILE_BYTES_MAX
from workflows import policies
from workflows.ingestion.folders import TOLD_ID, IngestionFoldersWorkflow

MEDIA_TYPE = "application/octet-stream"


class StorageCallRefused(Exception):
    """What tells of events has not shown that it is the storage."""


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


async def storage_told(parts: Resources, body: bytes, authorization: str | None) -> bool:
    """
    Have folders looked at, if an event tells of something in one of them; whether it does.

    Which folder and which file is not believed: the look sees for itself.

    Raises:
        NotFound: no secret is set, so events are not expected.
        StorageCallRefused: the secret is missing or another.
        Invalid: this is no event of S3's.
        Unavailable: the workflows cannot be reached; the storage sends it again, and the clock looks anyway.
    """
    secret = parts.settings.storage.s3_events_secret
    if secret is None:
        raise NotFound("Events of the storage are not set up here.")
    if not _is_secret(authorization or "", secret.get_secret_value()):
        raise StorageCallRefused("The Authorization header has not the secret of S3_EVENTS_SECRET.")
    bucket = parts.settings.storage.s3_bucket
    is_ours = any(
        told_bucket == bucket and rules.folder_in(key) is not None
        for told_bucket, key in _told_objects(body)
    )
    if is_ours:
        await _look(parts)
    return is_ours


async def _look(parts: Resources) -> None:
    try:
        async with asyncio.timeout(parts.settings.temporal.update_timeout_seconds):
            await parts.temporal.start_workflow(
                IngestionFoldersWorkflow.run,
                id=TOLD_ID,
                task_queue=policies.REGISTRY_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal="told",
                static_summary="Takes what storage told of",
            )
    except TimeoutError as late:
        raise no_answer() from late
    except RPCError as error:
        raise_as_ours(error)
    except RuntimeError as never_connected:
        raise no_answer() from never_connected


def _is_secret(authorization: str, secret: str) -> bool:
    """As MinIO sends it (`Bearer …`), as Ceph does (`Basic`, as the password), or alone."""
    scheme, _, rest = authorization.partition(" ")
    told = {"bearer": rest, "basic": _password(rest)}.get(scheme.lower(), authorization)
    return hmac.compare_digest(told.strip().encode(), secret.encode())


def _password(credentials: str) -> str:
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]


def _told_objects(body: bytes) -> Iterator[tuple[str, str]]:
    """
    Bucket and key of each object that an event says was made: S3's own form, and EventBridge's.

    Raises:
        Invalid: it is neither.
    """
    try:
        told = json.loads(body)
        if "detail" in told:
            if told["detail-type"] == "Object Created":
                yield told["detail"]["bucket"]["name"], told["detail"]["object"]["key"]
            return
        records: list[dict[str, Any]] = told["Records"]
        for record in records:
            if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
                of = record["s3"]
                yield of["bucket"]["name"], unquote_plus(of["object"]["key"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise Invalid(
            "This is no event of S3's.",
            Fault(
                "", "An object with `Records`, each with `eventName` and `s3`, is what S3 sends."
            ),
        ) from wrong
