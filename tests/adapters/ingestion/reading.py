"""A file read as the registry reads it, with all that came of it."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from adapters.ingestion.declared import declared_formats
from adapters.ingestion.files import ReadableFiles
from domain.ingestion.chunks import chunked
from domain.ingestion.formats import Format
from domain.ingestion.issues import Issue, IssueRule
from domain.ingestion.model import IngestedKind
from domain.ingestion.tables import Record


@dataclass
class FileRead:
    rows: int = 0
    records: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def of(self, kind: IngestedKind) -> list[Record]:
        return [record for record in self.records if record.kind is kind]

    def sum(self, kind: IngestedKind, name: str) -> Decimal:
        return sum((Decimal(r.values[name]) for r in self.of(kind) if name in r.values), Decimal(0))

    def projects(self, kind: IngestedKind) -> int:
        return len({record.values["projectId"] for record in self.of(kind)})

    @property
    def rules(self) -> list[IssueRule]:
        return [issue.rule for issue in self.issues]


def read_file(path: Path, format: str | Format) -> FileRead:
    declared = declared_formats()[format] if isinstance(format, str) else format
    files, read = ReadableFiles(), FileRead()
    for chunk in chunked(files.rows(files.detect(path, declared), declared), declared):
        read.rows += chunk.rows
        read.records += chunk.records
        read.issues += chunk.issues
    return read


def read_bytes(folder: Path, content: bytes, format: str | Format) -> FileRead:
    path = folder / "file"
    path.write_bytes(content)
    return read_file(path, format)
