"""What a format would make of a file, beside what the version before it makes: nothing is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.ingestion.chunks import Chunk
from domain.ingestion.issues import Issue
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Record

CHANGES_SHOWN = 50


@dataclass(frozen=True)
class FileOutcome:
    """All of a file; `refusal` is a sentence when it cannot be read as a whole."""

    rows: int
    records: Sequence[Record]
    issues: Sequence[Issue]
    refusal: str | None = None


@dataclass(frozen=True)
class RecordChange:
    """One record, by its line and its place among those of the row; None: there is none."""

    line: int
    sheet: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def fields(self) -> list[str]:
        """Those that differ, in the order of their names."""
        before, after = self.before or {}, self.after or {}
        return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


@dataclass(frozen=True)
class DryRun:
    """`changes` are the first; `changed`, `added` and `lost` count all records."""

    before: FileOutcome
    after: FileOutcome
    same: int
    changed: int
    added: int
    lost: int
    changes: tuple[RecordChange, ...]


def outcome_of(chunks: Iterable[Chunk]) -> FileOutcome:
    rows, records, issues = 0, list[Record](), list[Issue]()
    try:
        for chunk in chunks:
            rows += chunk.rows
            records += chunk.records
            issues += chunk.issues
    except UnreadableFile as refused:
        return FileOutcome(rows, [], issues, refused.detail)
    return FileOutcome(rows, records, issues)


def dry_run(before: FileOutcome, after: FileOutcome) -> DryRun:
    """Records are matched by sheet, line, kind and their place in the row."""
    old, new = _by_place(before), _by_place(after)
    changes = [
        RecordChange(place[1], place[0] or None, old.get(place), new.get(place))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    ]
    added = sum(change.before is None for change in changes)
    lost = sum(change.after is None for change in changes)
    return DryRun(
        before,
        after,
        same=sum(old[place] == new.get(place) for place in old),
        changed=len(changes) - added - lost,
        added=added,
        lost=lost,
        changes=tuple(changes[:CHANGES_SHOWN]),
    )


def _by_place(outcome: FileOutcome) -> dict[tuple[str, int, str, int], dict[str, Any]]:
    return {
        (one.sheet or "", one.line, one.kind.value, one.ordinal): dict(one.values)
        for one in outcome.records
    }
