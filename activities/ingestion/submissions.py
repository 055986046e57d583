"""A file from its upload to its outcome: bytes kept first, then parts stored, then all of it counted."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.heartbeats import heartbeating
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.ingestion import DetectedFile, Files, Formats
from activities.ports.object_store import ObjectStore
from activities.projects.documents import upload_key
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.errors import DocumentMismatch
from domain.identifiers import derived_id
from domain.ingestion.chunks import Chunk, chunked
from domain.ingestion.formats import Format
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import (
    FINISHED,
    IngestionStatus,
    SubmittedFile,
    UnreadableFile,
    outcome,
)
from domain.projects.documents import StoredBytes

ENCODING_ASSUMED = (
    "The file is not UTF-8 and does not say what it is; letters beyond ASCII were read as Windows-1252."
    " Save it as UTF-8 to be sure."
)


def kept_key(sha256: str) -> str:
    """Where the bytes of a submission are kept; named by their content, out of any upload's reach."""
    return f"ingestions/{sha256}"


class ReadSubmission(PersonalRequest):
    ingestion_id: UUID


class SubmissionRead(Payload):
    """`refusal` is a sentence when the file as a whole cannot be read."""

    rows: int
    refusal: str | None = None


class FinishSubmission(PersonalRequest):
    ingestion_id: UUID
    refusal: str | None = None


class SubmissionFinished(Payload):
    status: str
    notification_ids: tuple[UUID, ...] = ()


class IngestionActivities:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        files: Files,
        formats: Formats,
        clock: Clock,
    ) -> None:
        self._database = database
        self._objects = objects
        self._files = files
        self._formats = formats
        self._clock = clock

    @activity.defn
    @heartbeating
    async def read_submission(self, request: ReadSubmission) -> SubmissionRead:
        """
        Keep the bytes, and store every part of the file: records and issues of a part in one transaction.

        Run again it passes over the parts that are stored. Nobody sees the records before the outcome.
        """
        submission = await self._begun(request.ingestion_id)
        if submission.status in FINISHED:
            return SubmissionRead(rows=submission.rows_read, refusal=submission.refusal)
        refusal = await self._keep(submission)
        if refusal is not None:
            return SubmissionRead(rows=0, refusal=refusal)
        format = self._formats.format(submission.format)
        if format is None or format.version != submission.format_version:
            return SubmissionRead(
                rows=0, refusal="The format has a new version. Send the file again for that."
            )
        with TemporaryDirectory(prefix="ingestion-") as folder:
            path = Path(folder) / "file"
            await self._objects.fetch(kept_key(submission.sha256), path)
            return await self._read(submission, path, format)

    @activity.defn
    async def finish_submission(self, request: FinishSubmission) -> SubmissionFinished:
        """Find what only the whole shows, decide the outcome, and tell the submitter."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"finish-ingestion/{request.ingestion_id}",
                SubmissionFinished,
                lambda: self._finish(work, request),
            )

    async def _begun(self, ingestion_id: UUID) -> SubmittedFile:
        async with self._database.transaction() as work:
            submission = lookups.found(
                await work.ingestion.submissions.lock(ingestion_id), "ingestion"
            )
            if submission.status is IngestionStatus.AWAITING_UPLOAD:
                submission = replace(submission, status=IngestionStatus.READING)
                await work.ingestion.submissions.save(submission)
        return submission

    async def _keep(self, submission: SubmittedFile) -> str | None:
        """Copy the upload to where it is kept, and read what is there; a sentence if it is not that."""
        announced = StoredBytes(submission.size_bytes, submission.sha256)
        upload, kept = upload_key(submission.id), kept_key(submission.sha256)
        if await self._objects.stored_bytes(kept) != announced:
            try:
                await self._objects.join(upload, submission.size_bytes)
            except DocumentMismatch as incomplete:
                return incomplete.detail
            if await self._objects.stored_bytes(upload) is None:
                return "Nothing was uploaded."
            await self._objects.keep(upload, kept)
            if await self._objects.stored_bytes(kept) != announced:
                await self._objects.remove(kept)
                return "What was uploaded is not what was announced: size or SHA-256 differ."
        await self._objects.remove(upload)
        return None

    async def _read(self, submission: SubmittedFile, path: Path, format: Format) -> SubmissionRead:
        rows = 0
        try:
            detected = await asyncio.to_thread(self._files.detect, path, format)
            await self._note_kind(submission.id, detected)
            parts = self._parts(detected, format)
            async with self._database.transaction() as work:
                stored = await work.ingestion.submissions.chunks(submission.id)
            while (chunk := await asyncio.to_thread(next, parts, None)) is not None:
                rows += chunk.rows
                if chunk.number not in stored:
                    await self._store(submission.id, chunk)
        except UnreadableFile as refused:
            return SubmissionRead(rows=rows, refusal=refused.detail)
        return SubmissionRead(rows=rows)

    def _parts(self, detected: DetectedFile, format: Format) -> Iterator[Chunk]:
        issues = (
            [Issue(IssueRule.ENCODING, Severity.WARNING, ENCODING_ASSUMED)]
            if detected.is_assumed
            else []
        )
        return chunked(self._files.rows(detected, format), format, first_issues=issues)

    async def _store(self, ingestion_id: UUID, chunk: Chunk) -> None:
        async with self._database.transaction() as work:
            await work.ingestion.submissions.add_chunk(
                ingestion_id,
                chunk.number,
                rows=chunk.rows,
                records=chunk.records,
                issues=chunk.issues,
            )

    async def _note_kind(self, ingestion_id: UUID, detected: DetectedFile) -> None:
        async with self._database.transaction() as work:
            submission = lookups.found(
                await work.ingestion.submissions.lock(ingestion_id), "ingestion"
            )
            await work.ingestion.submissions.save(
                replace(submission, file_kind=detected.kind.value)
            )

    async def _finish(self, work: UnitOfWork, request: FinishSubmission) -> SubmissionFinished:
        submissions, now = work.ingestion.submissions, self._clock.now()
        before = lookups.found(await submissions.lock(request.ingestion_id), "ingestion")
        await submissions.settle_repeats(before.id)
        counts = await submissions.counts(before.id)
        await submissions.regroup(before.id, counts.rows)
        status = (
            IngestionStatus.REFUSED
            if request.refusal is not None
            else outcome(
                errors=counts.errors,
                warnings=counts.warnings,
                accepted=counts.records,
                known=counts.known,
                accept_partly=before.accept_partly,
            )
        )
        is_refused = status is IngestionStatus.REFUSED
        if is_refused:
            await submissions.forget_records(before.id)
        after = replace(
            before,
            status=status,
            refusal=request.refusal,
            rows_read=counts.rows,
            records_accepted=0 if is_refused else counts.records,
            records_known=counts.known,
            errors=counts.errors,
            warnings=counts.warnings,
            finished_at=now,
        )
        await submissions.save(after)
        audit(
            work,
            "ingestion.finished",
            ("ingestion", after.id),
            action="finish",
            actor_id=after.submitted_by,
            before={"status": before.status.value},
            after={
                "status": after.status.value,
                "sha256": after.sha256,
                "format": after.format,
                "formatVersion": after.format_version,
                "rowsRead": after.rows_read,
                "recordsAccepted": after.records_accepted,
                "errors": after.errors,
                "warnings": after.warnings,
            },
            at=now,
        )
        notification_ids = await tell(
            work,
            Message(
                NotificationKind.INGESTION_FINISHED,
                _sentence(after),
                f"/ingestions/{after.id}",
            ).to(
                after.submitted_by,
                notification_id=derived_id(after.id, "finished"),
                at=now,
            ),
        )
        return SubmissionFinished(status=after.status.value, notification_ids=notification_ids)


def _sentence(after: SubmittedFile) -> str:
    if after.refusal is not None:
        return f"A file that you sent in was refused. {after.refusal}"
    match after.status:
        case IngestionStatus.REFUSED:
            return (
                f"A file that you sent in was refused: {after.errors:,} faults. Each is told with its"
                " line and what to do."
            )
        case IngestionStatus.PARTLY_ACCEPTED:
            return (
                f"A file that you sent in was accepted in part: {after.records_accepted:,} records,"
                f" {after.errors:,} faults."
            )
        case _:
            return f"A file that you sent in was accepted: {after.records_accepted:,} records."
