"""A file in parts that are stored one by one: rows in, parts out, and nothing kept of what went out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.ingestion.formats import Format
from domain.ingestion.issues import Issue, IssueRule, Severity, grouped
from domain.ingestion.model import IngestedKind
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Mapped, Record, Row, TableReading

CHUNK_ROWS = 2_000
GAP_FACTOR = 1.5
COLUMNS_NAMED_MAX = 10


@dataclass
class Chunk:
    """A part of a file; `number` counts from 0, `rows` are those that are data."""

    number: int
    rows: int = 0
    records: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def chunked(
    rows: Iterable[Row], format: Format, *, first_issues: Iterable[Issue] = ()
) -> Iterator[Chunk]:
    """
    All parts of a file; the same file always gives the same parts.

    Raises:
        UnreadableFile: it has no header of the format, or no rows; what is missing was given out before
            as issues.
    """
    reading, series = TableReading(format), _Series(format.interval_seconds)
    chunk, number = Chunk(0, issues=list(first_issues)), 0
    for row in rows:
        mapped = reading.take(row)
        if mapped is None:
            continue
        chunk.rows = reading.rows - number * CHUNK_ROWS
        chunk.records += mapped.records
        chunk.issues += [*mapped.issues, *series.look(mapped)]
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
