"""A file from its upload to its outcome: bytes kept first, then parts stored, then all of it counted."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.heartbeats import heartbeating
from activities.ingestion.measures import measure_outcome
from activities.payloads import Payload, PersonalRequest
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.ports.ingestion import (
    DetectedFile,
    Files,
    Formats,
    MalwareScanner,
    ScannerAway,
    ScanVerdict,
)
from activities.ports.object_store import ObjectStore
from activities.projects.documents import upload_key
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.errors import DocumentMismatch
from domain.identifiers import derived_id
from domain.ingestion.chunks import CHUNK_ROWS, CHUNK_ROWS_BEFORE, Chunk, chunked
from domain.ingestion.follow_up.groups import IssueGroupState
from domain.ingestion.formats import Format
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.submissions import (
    FINISHED,
    IngestionStatus,
    ScanOutcome,
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
    """
    `open_errors` and `open_warnings` count groups of issues that wait for people; both are 0 in histories
    from before there were any. `predecessor_id` is the file that this one takes the place of.
    """

    status: str
    notification_ids: tuple[UUID, ...] = ()
    open_errors: int = 0
    open_warnings: int = 0
    predecessor_id: UUID | None = None


class IngestionActivities:
    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        files: Files,
        formats: Formats,
        clock: Clock,
        scanner: MalwareScanner | None = None,
    ) -> None:
        self._database = database
        self._objects = objects
        self._files = files
        self._formats = formats
        self._clock = clock
        self._scanner = scanner

    @activity.defn
    @heartbeating
    async def read_submission(self, request: ReadSubmission) -> SubmissionRead:
        """
        Keep the bytes, and store every part of the file: records and issues of a part in one transaction.

        Run again it passes over the parts that are stored. Nobody sees the records before the outcome.
        Where the registry has a malware scanner nothing is read before its verdict.

        Raises:
            ScannerAway: the scanner gives no answer; the file waits, and this is run again.
        """
        submission = await self._begun(request.ingestion_id)
        if submission.status in FINISHED:
            return SubmissionRead(rows=submission.rows_read, refusal=submission.refusal)
        if submission.scan in _NOT_PASSED:
            # Its bytes are gone; a worker died between that and its answer.
            return SubmissionRead(rows=0, refusal=_not_passed(ScanVerdict(submission.scan)))
        refusal = await self._keep(submission)
        if refusal is not None:
            return SubmissionRead(rows=0, refusal=refusal)
        format = await self._format(submission)
        if format is None:
            return SubmissionRead(
                rows=0, refusal="The format has a new version. Send the file again for that."
            )
        with TemporaryDirectory(prefix="ingestion-") as folder:
            path = Path(folder) / "file"
            await self._objects.fetch(kept_key(submission.sha256), path)
            refusal = await self._scan(submission, path)
            if refusal is not None:
                return SubmissionRead(rows=0, refusal=refusal)
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
            uploaded = await self._objects.stored_bytes(upload)
            if uploaded is None:
                return "Nothing was uploaded."
            if uploaded != announced:
                # What is kept under that SHA-256 already is what others sent, and stays.
                await self._objects.remove(upload)
                return _OTHER_BYTES
            await self._objects.keep(upload, kept)
            if await self._objects.stored_bytes(kept) != announced:
                await self._objects.remove(kept)
                return _OTHER_BYTES
        await self._objects.remove(upload)
        return None

    async def _format(self, submission: SubmittedFile) -> Format | None:
        """That of the release, or else the version that people stored, which never changes."""
        declared = self._formats.format(submission.format)
        if declared is not None:
            return declared if declared.version == submission.format_version else None
        async with self._database.transaction() as work:
            stored = await work.ingestion.stored_formats.version(
                submission.format, submission.format_version
            )
        return stored.format if stored else None

    async def _scan(self, submission: SubmittedFile, path: Path) -> str | None:
        """A sentence when the scanner does not let it pass; its bytes are then kept only for who relied on them before."""
        if self._scanner is None:
            return None
        try:
            verdict = await self._scanner.scan(path)
        except ScannerAway:
            await self._note_scan(submission.id, ScanOutcome.WAITING)
            raise
        await self._note_scan(submission.id, verdict.outcome)
        if verdict.outcome is ScanOutcome.CLEAN:
            return None
        async with self._database.transaction() as work:
            relied_on = await work.ingestion.submissions.is_relied_on(submission.sha256)
        if not relied_on:
            await self._objects.remove(kept_key(submission.sha256))
        return _not_passed(verdict)

    async def _note_scan(self, ingestion_id: UUID, scan: ScanOutcome) -> None:
        async with self._database.transaction() as work:
            submission = lookups.found(
                await work.ingestion.submissions.lock(ingestion_id), "ingestion"
            )
            if submission.scan is not scan:
                await work.ingestion.submissions.save(replace(submission, scan=scan))

    async def _read(self, submission: SubmittedFile, path: Path, format: Format) -> SubmissionRead:
        rows = 0
        try:
            detected = await asyncio.to_thread(self._files.detect, path, format)
            await self._note_kind(submission.id, detected)
            async with self._database.transaction() as work:
                stored = await work.ingestion.submissions.chunks(submission.id)
            # Parts keep the size that the first of them had, whichever release stored it.
            is_old = stored.get(0) == CHUNK_ROWS_BEFORE
            parts = self._parts(detected, format, CHUNK_ROWS_BEFORE if is_old else CHUNK_ROWS)
            coming = asyncio.ensure_future(asyncio.to_thread(next, parts, None))
            try:
                while (chunk := await coming) is not None:
                    # The next part is read while this one is stored.
                    coming = asyncio.ensure_future(asyncio.to_thread(next, parts, None))
                    rows += chunk.rows
                    if chunk.number not in stored:
                        await self._store(submission.id, chunk)
            finally:
                # A thread cannot be stopped; the file is there until it has ended.
                await asyncio.wait([coming])
        except UnreadableFile as refused:
            return SubmissionRead(rows=rows, refusal=refused.detail)
        return SubmissionRead(rows=rows)

    def _parts(self, detected: DetectedFile, format: Format, chunk_rows: int) -> Iterator[Chunk]:
        issues = (
            [Issue(IssueRule.ENCODING, Severity.WARNING, ENCODING_ASSUMED)]
            if detected.is_assumed
            else []
        )
        return chunked(
            self._files.rows(detected, format),
            format,
            first_issues=issues,
            chunk_rows=chunk_rows,
            plainly=True,
        )

    async def _store(self, ingestion_id: UUID, chunk: Chunk) -> None:
        async with self._database.transaction() as work:
            await work.ingestion.submissions.add_chunk(
                ingestion_id,
                chunk.number,
                rows=chunk.rows,
                records=chunk.records,
                issues=chunk.issues,
                faulty=chunk.faulty,
                plain=chunk.plain,
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
        if before.project_id is not None:
            await submissions.tell_drift(before.id)
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
        if request.refusal is not None:
            # Those of a file with errors wait unseen: waiving the errors takes them (follow_up.py).
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
        groups = await work.ingestion.issue_groups.open_all(after.id, at=now)
        if after.predecessor_id is not None:
            await work.ingestion.issue_groups.settle(
                after.predecessor_id, IssueGroupState.RESUBMITTED, at=now
            )
        measure_outcome(after, await work.ingestion.issue_groups.fault_counts(after.id))
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
                "scan": after.scan.value,
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
        open_errors = sum(group.is_hard for group in groups)
        if open_errors:
            notification_ids += await tell_staff(
                work,
                Message(
                    NotificationKind.INGESTION_ISSUES_OPEN,
                    f"A file that came in has {after.errors:,} faults of {open_errors} kinds. Assign them, ask"
                    " back, or waive them with a reason.",
                    f"/ingestions/{after.id}",
                ),
                notification_id=by_topic(after.id, "issues-open"),
                at=now,
                but_not=after.submitted_by,
            )
        return SubmissionFinished(
            status=after.status.value,
            notification_ids=notification_ids,
            open_errors=open_errors,
            open_warnings=len(groups) - open_errors,
            predecessor_id=after.predecessor_id,
        )


_OTHER_BYTES = "What was uploaded is not what was announced: size or SHA-256 differ."
_NOT_PASSED = frozenset({ScanOutcome.INFECTED, ScanOutcome.NOT_SCANNABLE})


def _not_passed(verdict: ScanVerdict) -> str:
    if verdict.outcome is ScanOutcome.INFECTED:
        what = f"“{verdict.found}”" if verdict.found else "something"
        return (
            f"The malware scanner found {what} in this file. It was not opened, and its bytes"
            " were not kept. Look at the machine that it comes from."
        )
    return (
        "The file is larger than the malware scanner takes, so that it cannot be said to be clean. Send it in"
        " parts."
    )


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
