"""What ingestion needs from outside: files read, formats declared, and a place for what came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.ingestion.formats import FileKind, Format
from domain.ingestion.issues import Issue
from domain.ingestion.submissions import SubmittedFile
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
    def format(self, format_id: str) -> Format | None: ...


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

    async def chunks(self, submission_id: UUID) -> set[int]:
        """Numbers of the chunks that are stored."""

    async def add_chunk(
        self,
        submission_id: UUID,
        chunk: int,
        *,
        rows: int,
        records: Sequence[Record],
        issues: Sequence[Issue],
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

    async def forget_records(self, submission_id: UUID) -> None:
        """Of a refused submission; its issues stay."""


class IngestionRepositories(Protocol):
    @property
    def submissions(self) -> Submissions: ...
