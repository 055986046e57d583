"""A file in parts that are stored one by one: rows in, parts out, and nothing kept of what went out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.ingestion.formats import Format
from domain.ingestion.issues import FIRST_LINES, Issue, IssueRule, Severity, grouped, shown
from domain.ingestion.model import IngestedKind
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Mapped, Record, Row, TableReading, is_blank

CHUNK_ROWS = 2_000
GAP_FACTOR = 1.5
COLUMNS_NAMED_MAX = 10
ROWS_KEPT = FIRST_LINES
"""Rows that are shown of each rule in each column."""
KEPT_KEYS_MAX = 500
CELLS_KEPT_MAX = 60


@dataclass(frozen=True)
class FaultyRow:
    """A row as found, its cells with their names and shortened; what is shown beside an issue."""

    line: int
    sheet: str | None
    cells: tuple[tuple[str, str], ...]


@dataclass
class Chunk:
    """
    A part of a file; `number` counts from 0, `rows` are those that are data.

    `faulty` are the first rows of the file that have an issue of some rule in some column.
    """

    number: int
    rows: int = 0
    records: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    faulty: list[FaultyRow] = field(default_factory=list)


def chunked(
    rows: Iterable[Row], format: Format, *, first_issues: Iterable[Issue] = ()
) -> Iterator[Chunk]:
    """
    All parts of a file; the same file always gives the same parts.

    Raises:
        UnreadableFile: it has no header of the format, or no rows; what is missing was given out before
            as issues.
    """
    reading, series, kept = TableReading(format), _Series(format.interval_seconds), _Kept()
    chunk, number = Chunk(0, issues=list(first_issues)), 0
    for row in rows:
        mapped = reading.take(row)
        if mapped is None:
            continue
        chunk.rows = reading.rows - number * CHUNK_ROWS
        chunk.records += mapped.records
        found = [*mapped.issues, *series.look(mapped)]
        chunk.issues += found
        if kept.wants(found):
            chunk.faulty.append(_faulty(reading, row))
        if chunk.rows == CHUNK_ROWS:
            yield _told(chunk)
            number += 1
            chunk = Chunk(number)
    if reading.rows == 0:
        chunk.issues += [
            Issue(
                IssueRule.MISSING_COLUMN,
                Severity.ERROR,
                "The format needs this column. Name it so, or choose the format that the file is of.",
                column=name,
            )
            for name in reading.missing
        ]
        yield _told(chunk)
        raise UnreadableFile(_why_nothing(reading, format))
    yield _told(chunk)


class _Kept:
    """How many rows are kept of each rule in each column; memory grows with these alone."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None, str | None], int] = {}

    def wants(self, issues: Iterable[Issue]) -> bool:
        wanted = False
        for issue in issues:
            key = (issue.rule.value, issue.sheet, issue.column)
            count = self._rows.get(key, 0)
            if count < ROWS_KEPT and len(self._rows) <= KEPT_KEYS_MAX:
                self._rows[key] = count + 1
                wanted = True
        return wanted


def _faulty(reading: TableReading, row: Row) -> FaultyRow:
    cells = tuple(
        (name, shown(cell))
        for name, cell in reading.named_cells(row)[:CELLS_KEPT_MAX]
        if not is_blank(cell)
    )
    return FaultyRow(row.line, row.sheet, cells)


def _told(chunk: Chunk) -> Chunk:
    chunk.issues = grouped(chunk.issues, chunk.rows)
    return chunk


def _why_nothing(reading: TableReading, format: Format) -> str:
    if reading.has_header:
        return "The file has a header and no rows."
    if not reading.found_columns:
        return f"No column of “{format.title}” is in this file. Is it of another format?"
    named = ", ".join(f"“{name}”" for name in reading.missing[:COLUMNS_NAMED_MAX])
    more = len(reading.missing) - COLUMNS_NAMED_MAX
    return f"Columns are missing: {named}{f' and {more} more' if more > 0 else ''}."


class _Series:
    """Order and gaps of each series, in the order in which a file has it."""

    def __init__(self, interval_seconds: int | None) -> None:
        self._interval = interval_seconds
        self._last: dict[tuple[str, str], datetime] = {}

    def look(self, mapped: Mapped) -> Iterator[Issue]:
        told = False
        for record in mapped.records:
            if record.kind is not IngestedKind.OBSERVATION:
                continue
            key = (str(record.values["series"]), str(record.values["quantity"]))
            at = datetime.fromisoformat(str(record.values["time"]))
            last, self._last[key] = self._last.get(key), at
            if last is None or told:
                continue
            issue = self._between(last, at, record)
            if issue is not None:
                # One stamp stands for all that were measured with it.
                told = True
                yield issue

    def _between(self, last: datetime, at: datetime, record: Record) -> Issue | None:
        seconds = (at - last).total_seconds()
        if seconds < 0:
            return Issue(
                IssueRule.ORDER,
                Severity.WARNING,
                f"This is {-seconds:,.0f} seconds before the row above. Was a clock put back, or"
                " were files joined?",
                line=record.line,
                value=str(record.values["time"]),
                sheet=record.sheet,
            )
        if self._interval is not None and seconds > GAP_FACTOR * self._interval:
            return Issue(
                IssueRule.GAP,
                Severity.WARNING,
                f"Nothing was recorded for {seconds:,.0f} seconds, where one value is expected each"
                f" {self._interval}. Say why, or send what is missing.",
                line=record.line,
                value=str(record.values["time"]),
                sheet=record.sheet,
            )
        return None
