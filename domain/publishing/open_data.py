"""Open data: what is published of the registry, as files that anybody can add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.credits.ledger import Conservation
from domain.quantities import format_tonnes


class Dataset(StrEnum):
    PROJECTS = "projects"
    CREDITS = "credits"
    RETIREMENTS = "retirements"


class FileFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


MEDIA_TYPES: dict[FileFormat, str] = {
    FileFormat.CSV: "text/csv; charset=utf-8; header=present",
    FileFormat.JSONL: "application/jsonl",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}
LINE_FORMATS = (FileFormat.CSV, FileFormat.JSONL)
"""What is written line by line, and so can be read at any moment; the others are published once a day."""


@dataclass(frozen=True)
class ExportFile:
    """One file of an export, in full: what its name, size and SHA-256 (hex) are."""

    dataset: Dataset
    format: FileFormat
    rows: int
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return file_name(self.dataset, self.format)


@dataclass(frozen=True)
class PartSum:
    project_id: UUID
    vintage: int
    parts: Conservation


@dataclass(frozen=True)
class LedgerState:
    """
    The ledger of one moment, for those who rebuild it from its movements (ADR 0082).

    `root` is the SHA-256 (hex) over `root_line` of every entry, ordered by serial, letter by letter.
    """

    last_seq: int
    entries: int
    root: str


def root_line(
    serial: str,
    status: str,
    first: int,
    last: int,
    parent_serial: str | None,
    suspended_for: str | None,
    retirement_id: str | None,
) -> str:
    """An entry in the ledger's root; what it has none of is a dash. The form never changes."""
    rest = " ".join(value or "-" for value in (parent_serial, suspended_for, retirement_id))
    return f"{serial} {status} {first} {last} {rest}\n"


@dataclass(frozen=True)
class Export:
    """Files of one moment, and the sum they must add up to, counted at that moment."""

    id: UUID
    generated_at: datetime
    files: Sequence[ExportFile]
    sums: Sequence[PartSum]
    ledger: LedgerState


def file_name(dataset: Dataset, format: FileFormat) -> str:
    return f"{dataset}.{format}"


def manifest(export: Export) -> Mapping[str, Any]:
    """What `manifest.json` says; quantities are decimal strings in tonnes."""
    return {
        "exportId": str(export.id),
        "generatedAt": export.generated_at.isoformat().replace("+00:00", "Z"),
        "files": [
            {
                "name": file.name,
                "rows": file.rows,
                "bytes": file.size_bytes,
                "sha256": file.sha256,
                "path": f"/api/v1/registry/export/archive/{export.id}/{file.name}",
            }
            for file in export.files
        ],
        "ledger": {
            "lastSeq": export.ledger.last_seq,
            "entries": export.ledger.entries,
            "root": export.ledger.root,
            "path": "/api/v1/registry/changes",
        },
        "conservation": {
            "total": _sum(total(export.sums)),
            "parts": [
                {
                    "projectId": str(line.project_id),
                    "vintage": line.vintage,
                    **_sum(line.parts),
                }
                for line in export.sums
            ],
        },
    }


def total(sums: Sequence[PartSum]) -> Conservation:
    return Conservation(
        issued_units=sum(line.parts.issued_units for line in sums),
        active_units=sum(line.parts.active_units for line in sums),
        retired_units=sum(line.parts.retired_units for line in sums),
        cancelled_units=sum(line.parts.cancelled_units for line in sums),
        buffer_units=sum(line.parts.buffer_units for line in sums),
        suspended_units=sum(line.parts.suspended_units for line in sums),
        reserved_units=sum(line.parts.reserved_units for line in sums),
    )


def _sum(sums: Conservation) -> dict[str, Any]:
    return {
        "issued": format_tonnes(sums.issued_units),
        "active": format_tonnes(sums.active_units),
        "reserved": format_tonnes(sums.reserved_units),
        "suspended": format_tonnes(sums.suspended_units),
        "retired": format_tonnes(sums.retired_units),
        "cancelled": format_tonnes(sums.cancelled_units),
        "buffer": format_tonnes(sums.buffer_units),
        "holds": sums.holds,
    }
