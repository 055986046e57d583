"""What ingestion needs from outside: files read, formats declared, and a place for what came in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.ingestion.chunks import FaultyRow
from domain.ingestion.folders import Drop, Folder
from domain.ingestion.follow_up.groups import IssueGroup, IssueGroupState, IssueMessage
from domain.ingestion.follow_up.withdrawals import RestingRound
from domain.ingestion.formats import FileKind, Format
from domain.ingestion.issues import Issue, IssueRule, Severity
from domain.ingestion.mapping.stored_formats import StoredFormat
from domain.ingestion.plain_rows import PlainRecords
from domain.ingestion.submissions import ScanOutcome, SubmittedFile
from domain.ingestion.tables import Record, Row


@dataclass(frozen=True)
class DetectedFile:
    """What a file is by its content. `is_assumed`: no encoding was told, and UTF-8 it is not."""

    path: Path
    kind: FileKind
    encoding: str = "utf-8"
    is_assumed: bool = False


class Files(Protocol):
    def detect(self, path: Path, format: Format) -> DetectedFile:
        """
        Raises:
            UnreadableFile: it is of no kind that is read, or not of the format's.
        """

    def rows(self, file: DetectedFile, format: Format) -> Iterator[Row]:
        """
        One row after the other; memory does not grow with their number, but for one sheet or JSON.

        Raises:
            UnreadableFile: it is broken off, or larger in one direction than any table is.
        """


class Formats(Protocol):
    """Those of the release; those that people made are in the database (`StoredFormats`)."""

    def format(self, format_id: str) -> Format | None: ...


class ScannerAway(Exception):
    """The malware scanner gives no answer, or none that says anything of the file: it is asked again."""


@dataclass(frozen=True)
class ScanVerdict:
    """`found` is the scanner's name of what it found; empty where it found nothing."""

    outcome: ScanOutcome
    found: str = ""


class MalwareScanner(Protocol):
    async def scan(self, path: Path) -> ScanVerdict:
        """
        What the scanner says of a file of any size.

        Raises:
            ScannerAway: it cannot be reached, or did not finish. This never means that a file is clean.
        """


@dataclass(frozen=True)
class Counts:
    """Over all chunks; issues count as many lines as they stand for."""

    rows: int
    records: int
    known: int
    errors: int
    warnings: int


class Submissions(Protocol):
    async def add(self, submission: SubmittedFile) -> SubmittedFile:
        """The one that is there already when the same account sent the same bytes for the same."""

    async def get(self, submission_id: UUID) -> SubmittedFile | None: ...

    async def lock(self, submission_id: UUID) -> SubmittedFile | None: ...

    async def save(self, submission: SubmittedFile) -> None: ...

    async def is_relied_on(self, sha256: str) -> bool:
        """Whether a file of these bytes was accepted, by whomever it was sent."""

    async def chunks(self, submission_id: UUID) -> Mapping[int, int]:
        """How many rows each chunk has that is stored, by its number."""

    async def add_chunk(
        self,
        submission_id: UUID,
        chunk: int,
        *,
        rows: int,
        records: Sequence[Record],
        issues: Sequence[Issue],
        faulty: Sequence[FaultyRow] = (),
        plain: Sequence[PlainRecords] = (),
    ) -> None:
        """Once for each number; a second time changes nothing."""

    async def settle_repeats(self, submission_id: UUID) -> None:
        """
        Take out records that occur twice in the file, or that an accepted submission has brought.

        Ranges of serials that overlap in one block of one kind are taken out too. All of it is told as
        issues; safe to repeat.
        """

    async def counts(self, submission_id: UUID) -> Counts: ...

    async def regroup(self, submission_id: UUID, rows: int) -> None:
        """One issue for each column that is wrong throughout the file (domain.ingestion.issues)."""

    async def tell_drift(self, submission_id: UUID) -> None:
        """
        Tell, as warnings, which series of a project changed more than is allowed since the period before.

        Safe to repeat (domain.ingestion.drift).
        """

    async def rounds_resting_on(self, submission_id: UUID) -> Sequence[RestingRound]:
        """
        Rounds whose newest calculation, or sign-off, follows from its rows.

        No calculation is added to a round of the project before the transaction ends.
        """

    async def withdrawn_among(self, submission_ids: Sequence[UUID]) -> bool:
        """Whether some of these were withdrawn."""

    async def forget_records(self, submission_id: UUID) -> None:
        """Of a refused submission; its issues stay."""


@dataclass(frozen=True)
class FaultCount:
    """Lines of a submission that break a rule."""

    rule: IssueRule
    severity: Severity
    count: int


class IssueGroups(Protocol):
    async def open_all(self, submission_id: UUID, *, at: datetime) -> Sequence[IssueGroup]:
        """One group for each rule and column that has issues, numbered from 1; those that are there stay."""

    async def of_submission(self, submission_id: UUID) -> Sequence[IssueGroup]:
        """By their numbers."""

    async def lock(self, submission_id: UUID, number: int) -> IssueGroup | None: ...

    async def save(self, group: IssueGroup) -> None: ...

    async def add(self, group: IssueGroup) -> None:
        """Under its number, which nobody else takes before the transaction ends."""

    async def issues_at(self, group: IssueGroup, line: int) -> Sequence[Issue]:
        """Of those of a group the ones of one line of the file; an issue that stands for many lines is none of one."""

    async def first_left(self, group: IssueGroup, separated: Collection[int]) -> Issue | None:
        """The first of a group that is on none of these lines."""

    async def settle(self, submission_id: UUID, state: IssueGroupState, *, at: datetime) -> int:
        """All that are not settled; how many they were."""

    async def add_message(self, message: IssueMessage) -> None: ...

    async def fault_counts(self, submission_id: UUID) -> Sequence[FaultCount]: ...

    async def oldest_open(self) -> datetime | None:
        """Since when the oldest group with errors waits, over all submissions."""

    async def open_count(self) -> int:
        """Groups with errors that wait, over all submissions."""


class StoredFormats(Protocol):
    async def version(self, format_id: str, version: int) -> StoredFormat | None: ...

    async def latest(self, format_id: str) -> StoredFormat | None:
        """Whatever its review says; nobody else saves a version of this id before the transaction ends."""

    async def usable(self, format_id: str, account_id: UUID) -> StoredFormat | None:
        """The newest version that this account's files may be mapped by."""

    async def add(self, stored: StoredFormat) -> None: ...

    async def save_review(self, stored: StoredFormat) -> bool:
        """Whether it waited for one: of two people who review at once, the first is heard."""

    async def forget_draft(self, draft_id: UUID, *, saved_by: UUID) -> None: ...


class Folders(Protocol):
    async def open_folders(self) -> Sequence[Folder]: ...

    async def lock(self, folder_id: UUID) -> Folder | None: ...

    async def count_open(self, account_id: UUID) -> int:
        """Nobody else opens one for this account before the transaction ends."""

    async def add(self, folder: Folder) -> Folder:
        """The one that is there already when it was added before."""

    async def save(self, folder: Folder) -> None: ...

    async def drop(self, drop_id: UUID) -> Drop | None: ...

    async def add_drop(self, drop: Drop) -> bool:
        """Whether it was not there before; one that was stays as it is."""

    async def unread(self, before: datetime) -> Sequence[UUID]:
        """Submissions that were dropped before a moment and that nobody reads yet, the oldest first."""


class IngestionRepositories(Protocol):
    @property
    def submissions(self) -> Submissions: ...

    @property
    def issue_groups(self) -> IssueGroups: ...

    @property
    def stored_formats(self) -> StoredFormats: ...

    @property
    def folders(self) -> Folders: ...
