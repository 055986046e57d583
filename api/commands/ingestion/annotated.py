"""A file as it came, with its issues beside the rows, made when somebody asks for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from uuid import UUID

import httpx

from activities.ingestion.submissions import kept_key
from adapters.ingestion.annotated import (
    annotate_workbook,
    annotated_text,
    by_place,
    can_be_annotated,
)
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import ReadableFiles
from adapters.postgres.ingestion import format_reads, reads
from api.commands.ingestion.announcements import visible_submission
from api.http.errors.error_mapping import Unavailable
from api.http.resources import Resources
from domain.accounts.roles import Account
from domain.errors import Conflict
from domain.ingestion.formats import FileKind, Format
from domain.ingestion.issues import Issue
from domain.ingestion.submissions import FINISHED, ScanOutcome, SubmittedFile, UnreadableFile

TEXT_BYTES_MAX = 100_000_000
WORKBOOK_BYTES_MAX = 10_000_000
"""A sheet is in memory while it is read, here in a process that answers others too."""

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/csv; charset=utf-8"

PIECE_BYTES = 65_536

WAIT_SECONDS = 30
SENT_WITHIN = timedelta(minutes=10)
"""A reader who has not taken all of it by then is not waited for: the place is somebody else's."""

PLACES = asyncio.Semaphore(2)
"""Files that are on one process's disk at the same time, until they are sent; others wait for their turn."""


@dataclass(frozen=True)
class AnnotatedPieces:
    pieces: AsyncIterator[bytes]
    media_type: str
    file_name: str


class SendingPlace:
    """One of the few places, until the file is sent or its reader has had long enough; given back once."""

    def __init__(self, seconds: float) -> None:
        self.file: BinaryIO | None = None
        self._is_taken = True
        self._end = asyncio.get_running_loop().call_later(seconds, self.give_back)

    def give_back(self) -> None:
        if not self._is_taken:
            return
        self._is_taken = False
        self._end.cancel()
        if self.file is not None:
            self.file.close()
        PLACES.release()

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            while self.file is not None:
                if self.file.closed:
                    # Ended without this it would look whole.
                    raise TimeoutError("Nobody took the file in time.")
                piece = self.file.read(PIECE_BYTES)
                if not piece:
                    return
                yield piece
        finally:
            self.give_back()


async def annotated_pieces(
    parts: Resources, account: Account, ingestion_id: UUID
) -> AnnotatedPieces:
    """
    A file of the same kind with its issues in it, to be sent piece by piece.

    It has one of the few places for such files until its last piece is taken. What it is made of is gone by then, and
    it has no name on the disk any more, so that nothing of it is left behind however the process ends.

    Raises:
        NotFound: there is no such submission, or this account may not see it.
        Conflict: it has no outcome yet, is of a kind that is not annotated, or too large.
        Unavailable: storage is away, or all places are taken.
    """
    submission = await visible_submission(parts, account, ingestion_id)
    _require_possible(submission)
    format = await _format(parts, account, submission)
    async with parts.reading() as connection:
        issues = await reads.issues(connection, ingestion_id)
    try:
        await asyncio.wait_for(PLACES.acquire(), WAIT_SECONDS)
    except TimeoutError:
        raise Unavailable("Others are taking such files. Ask again in a minute.") from None
    place = SendingPlace(SENT_WITHIN.total_seconds())
    try:
        with TemporaryDirectory(prefix="annotated-") as folder:
            source, target = Path(folder) / "source", Path(folder) / "annotated"
            await _fetch(parts, kept_key(submission.sha256), source)
            try:
                kind = await asyncio.to_thread(_annotate, source, format, issues, target)
            except UnreadableFile as unreadable:
                raise Conflict(unreadable.detail) from unreadable
            place.file = target.open("rb")
    except BaseException:
        place.give_back()
        raise
    is_workbook = kind is FileKind.WORKBOOK
    ending = "xlsx" if is_workbook else "csv"
    return AnnotatedPieces(
        place.pieces(),
        WORKBOOK if is_workbook else TEXT,
        f"annotated-{ingestion_id}.{ending}",
    )


def may_be_annotated(submission: SubmittedFile) -> bool:
    """Whether there is such a file to ask for."""
    if submission.status not in FINISHED or submission.file_kind is None:
        return False
    if submission.scan in {ScanOutcome.INFECTED, ScanOutcome.NOT_SCANNABLE}:
        return False
    kind = FileKind(submission.file_kind)
    return can_be_annotated(kind) and submission.size_bytes <= _most(kind)


def _require_possible(submission: SubmittedFile) -> None:
    if submission.status not in FINISHED:
        raise Conflict("The file has no outcome yet: wait for it.")
    if may_be_annotated(submission):
        return
    raise Conflict(
        "This file is not given out with its issues in it: tables of text up to"
        f" {TEXT_BYTES_MAX // 1_000_000} MB and workbooks up to {WORKBOOK_BYTES_MAX // 1_000_000} MB are."
        " Take its issues as CSV or JSON."
    )


def _most(kind: FileKind) -> int:
    return WORKBOOK_BYTES_MAX if kind is FileKind.WORKBOOK else TEXT_BYTES_MAX


async def _format(parts: Resources, account: Account, submission: SubmittedFile) -> Format:
    """The version that the file was mapped by, or else the release's present one: columns rarely move."""
    declared = declared_formats().get(submission.format)
    if declared is not None:
        return declared
    async with parts.reading() as connection:
        stored = await format_reads.version(
            connection, submission.format, submission.format_version, account=account
        )
    if stored is None:
        raise Conflict("The format that this file was read by is no more.")
    return stored.stored.format


def _annotate(source: Path, format: Format, issues: Sequence[Issue], target: Path) -> FileKind:
    detected = ReadableFiles().detect(source, format)
    places = by_place(issues)
    if detected.kind is FileKind.WORKBOOK:
        annotate_workbook(source, format, places, target)
    else:
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            file.writelines(annotated_text(detected, format, places))
    return detected.kind


async def _fetch(parts: Resources, key: str, target: Path) -> None:
    """From storage to the disk, piece by piece."""
    url = parts.object_store.inside("GET", key, {})
    try:
        async with parts.http.stream("GET", url) as answer:
            if not answer.is_success:
                raise Unavailable("The file cannot be read at the moment. Ask again in a minute.")
            with target.open("wb") as file:
                async for piece in answer.aiter_bytes():
                    await asyncio.to_thread(file.write, piece)
    except httpx.HTTPError as away:
        raise Unavailable(
            "Storage cannot be reached at the moment. Ask again in a minute."
        ) from away
