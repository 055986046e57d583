"""Sending a file in: announced and uploaded, or with the request."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from activities.projects.documents import upload_key
from api.commands.addresses import ingestion_address
from api.commands.ingestion.announcements import (
    AnnouncedSubmission,
    FileAnnouncement,
    save_once,
    visible_submission,
)
from api.commands.uploads import AnnouncedFile, how_to_upload
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.errors.error_mapping import Unavailable
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import Conflict, Forbidden
from domain.ingestion.issues import Issue
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from workflows.ingestion.submissions import IngestionStart, IngestionWorkflow, workflow_id

MEDIA_TYPE = "application/octet-stream"


async def announce_file(
    parts: Resources, account: Account, key: str, announcement: FileAnnouncement
) -> AnnouncedSubmission:
    """
    A file that will be uploaded; the same bytes for the same format are one submission.

    Raises:
        Forbidden: this account's role sends nothing in.
        Invalid: there is no such format, the file is larger than is read, or this account sees no such project.
        TooManyRequests: the account has announced as many in a minute as it may.
    """
    account.require(Permission.SUBMIT_FILE)
    await parts.announcement_limit.count(str(account.id))
    announced = await save_once(parts, account, key, announcement)
    if announced.submission.status is not IngestionStatus.AWAITING_UPLOAD:
        return announced
    upload = await how_to_upload(parts, _file_of(announced.submission))
    return AnnouncedSubmission(announced.submission, announced.is_known, upload)


async def awaited_upload(
    parts: Resources, account: Account, ingestion_id: UUID
) -> AnnouncedSubmission:
    """
    How to upload what is missing of a file that was announced, for whoever announced it.

    Raises:
        NotFound: there is no such submission, or this account may not see it.
        Forbidden: somebody else sends it in.
        Conflict: it has been completed.
        Unavailable: storage does not say what it has of it.
    """
    submission = await visible_submission(parts, account, ingestion_id)
    if submission.submitted_by != account.id:
        raise Forbidden("Somebody else sends this file in.")
    if submission.status is not IngestionStatus.AWAITING_UPLOAD:
        raise Conflict("This file is there already: nothing is missing.")
    upload = await how_to_upload(parts, _file_of(submission))
    return AnnouncedSubmission(submission, is_known=False, upload=upload)


async def submit_content(
    parts: Resources,
    account: Account,
    key: str,
    *,
    format: str,
    file_name: str,
    accept_partly: bool,
    content: bytes,
    predecessor_id: UUID | None = None,
    project_id: UUID | None = None,
) -> AnnouncedSubmission:
    """
    A small file with the request; its outcome is known when this returns, unless that takes too long.

    Raises:
        As `announce_file`; Unavailable: storage is away. OutcomeUnknown: it takes longer than an answer may.
    """
    account.require(Permission.SUBMIT_FILE)
    await parts.announcement_limit.count(str(account.id))
    announcement = FileAnnouncement(
        format,
        file_name,
        accept_partly,
        len(content),
        hashlib.sha256(content).hexdigest(),
        predecessor_id,
        project_id,
    )
    announced = await save_once(parts, account, key, announcement)
    submission = announced.submission
    if submission.status is IngestionStatus.AWAITING_UPLOAD:
        if not await parts.object_store.put(parts.http, upload_key(submission.id), content):
            raise Unavailable("Storage cannot be reached at the moment. Send the same again.")
        submission = await _read_file(parts, account, submission)
    return AnnouncedSubmission(submission, announced.is_known)


async def complete_upload(parts: Resources, account: Account, ingestion_id: UUID) -> SubmittedFile:
    """
    Have an uploaded file read, for whoever announced it.

    Raises:
        NotFound: there is no such submission, or this account may not see it.
        Forbidden: somebody else sent it in.
        OutcomeUnknown: it takes longer than an answer may; the outcome is told by a notification.
        Unavailable: as for every workflow.
    """
    submission = await visible_submission(parts, account, ingestion_id)
    if submission.submitted_by != account.id:
        raise Forbidden("Somebody else sends this file in.")
    if submission.status is IngestionStatus.AWAITING_UPLOAD:
        submission = await _read_file(parts, account, submission)
    return submission


def issue_table(found: Iterable[Issue]) -> list[tuple[object, ...]]:
    """A header, and one row for each issue."""
    head = ("sheet", "line", "column", "value", "rule", "severity", "advice", "count")
    return [
        head,
        *(
            (
                *(one.sheet, one.line, one.column, one.value, one.rule.value, one.severity.value),
                *(one.advice, one.count),
            )
            for one in found
        ),
    ]


async def _read_file(
    parts: Resources, account: Account, submission: SubmittedFile
) -> SubmittedFile:
    await WorkflowClient(parts).start_with(
        Operation(submission.id, ingestion_address(submission.id)),
        WorkflowStart(
            IngestionWorkflow.run,
            IngestionStart(
                ingestion_id=submission.id,
                answer_after_seconds=parts.settings.rules.ingestion_answer_deadline_hours * 3600,
            ),
            id=workflow_id(submission.id),
            summary="Reads a file that came in",
            kind="ingestion",
            status=IngestionStatus.READING,
        ),
        IngestionWorkflow.finished,
        needs_storage=True,
    )
    return await visible_submission(parts, account, submission.id)


def _file_of(submission: SubmittedFile) -> AnnouncedFile:
    return AnnouncedFile(submission.id, MEDIA_TYPE, submission.size_bytes, submission.sha256)
