"""A submission: one file that somebody sent in, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.errors import Invalid

FILE_BYTES_MAX = 5 * 1024**3
INLINE_BYTES_MAX = 700_000
"""What fits into one request as base64, beside its other fields."""
FILE_NAME_CHARACTERS_MAX = 200


class IngestionStatus(StrEnum):
    """
    `READING` until an outcome is known; rows are seen by nobody before, nor when it is `REFUSED`.

    `WITHDRAWN`: whoever sent it in took it back; its rows count no longer.
    """

    AWAITING_UPLOAD = "awaiting_upload"
    READING = "reading"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted_with_warnings"
    PARTLY_ACCEPTED = "partly_accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


FINISHED = frozenset(IngestionStatus) - {IngestionStatus.AWAITING_UPLOAD, IngestionStatus.READING}
WITH_ROWS = FINISHED - {IngestionStatus.REFUSED, IngestionStatus.WITHDRAWN}


class ScanOutcome(StrEnum):
    """
    What the malware scanner said of the bytes; `NOT_SCANNED` where a registry has none.

    `WAITING`: it gives no answer, and the file waits for it. `NOT_SCANNABLE`: it is larger than it takes.
    """

    NOT_SCANNED = "not_scanned"
    WAITING = "waits_for_scanner"
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNABLE = "not_scannable"


class UnreadableFile(Invalid):
    """The bytes are no file of a kind that is read; the sentence says what they are."""


@dataclass(frozen=True)
class SubmittedFile:
    """
    One file. `format_version` is what it is mapped by, and stays when the format moves on.

    `accept_partly`: the submitter wants the good rows though others are faulty. `refusal` is a
    sentence when the file as a whole was refused. Counts are of rows of the file, records of the model
    and issues; a grouped issue counts as many as it stands for. `predecessor_id` is the file that this one
    was sent in the place of.
    and issues; a grouped issue counts as many as it stands for. `project_id`: whose monitoring data it brings.
    """

    id: UUID
    submitted_by: UUID
    format: str
    format_version: int
    file_name: str
    size_bytes: int
    sha256: str
    accept_partly: bool
    status: IngestionStatus
    created_at: datetime
    file_kind: str | None = None
    refusal: str | None = None
    rows_read: int = 0
    records_accepted: int = 0
    records_known: int = 0
    errors: int = 0
    warnings: int = 0
    finished_at: datetime | None = None
    predecessor_id: UUID | None = None
    scan: ScanOutcome = ScanOutcome.NOT_SCANNED
    project_id: UUID | None = None
    withdrawn_at: datetime | None = None
    withdrawal_reason: str | None = None


def outcome(
    *, errors: int, warnings: int, accepted: int, known: int, accept_partly: bool
) -> IngestionStatus:
    """
    What becomes of a file that was read to its end.

    Nothing is taken from a file with errors unless the submitter chose so, nor from one without a
    single good record; records that the registry knows already are no fault.
    """
    if errors and not accept_partly:
        return IngestionStatus.REFUSED
    if not accepted and not known:
        return IngestionStatus.REFUSED
    if errors:
        return IngestionStatus.PARTLY_ACCEPTED
    return IngestionStatus.ACCEPTED_WITH_WARNINGS if warnings else IngestionStatus.ACCEPTED
