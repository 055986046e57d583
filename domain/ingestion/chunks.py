"""A file in parts that are stored one by one: rows in, parts out, and nothing kept of what went out."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from operator import le, sub

from domain.ingestion.formats import Format
from domain.ingestion.issues import FIRST_LINES, Issue, IssueRule, Severity, grouped, shown
from domain.ingestion.model import IngestedKind
from domain.ingestion.plain_rows import PlainBlock, PlainReading, PlainRecords, PlainSeries
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Mapped, Record, Row, TableReading, is_blank
from domain.ingestion.values import as_json

CHUNK_ROWS = 5_000
CHUNK_ROWS_BEFORE = 2_000
"""Of files whose first part was stored by a release before this size."""
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

    `faulty` are the first rows of the file that have an issue of some rule in some column. Records of rows that
    were plainly right are in `plain` where that was asked for.
    """

    number: int
    rows: int = 0
    records: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    faulty: list[FaultyRow] = field(default_factory=list)
    plain: list[PlainRecords] = field(default_factory=list)


def chunked(
    rows: Iterable[Row],
    format: Format,
    *,
    first_issues: Iterable[Issue] = (),
    chunk_rows: int = CHUNK_ROWS,
    plainly: bool = False,
) -> Iterator[Chunk]:
    """
    All parts of a file; the same file always gives the same parts.

    With `plainly` rows that are plainly right are read in columns (`plain_rows`), and are in the parts' `plain`.

    Raises:
        UnreadableFile: it has no header of the format, or no rows; what is missing was given out before
            as issues.
    """
    reading = TableReading(format)
    parts = _Parts(reading, format, first_issues, chunk_rows)
    coming = iter(rows)
    while block := list(islice(coming, parts.rows_left if plainly and reading.head else 1)):
        while block:
            block = parts.take(block, plainly=plainly)
        if parts.rows_left <= 0:
            yield parts.next()
    if reading.rows == 0:
        parts.chunk.issues += [
            Issue(
                IssueRule.MISSING_COLUMN,
                Severity.ERROR,
                "The format needs this column. Name it so, or choose the format that the file is of.",
                column=name,
            )
            for name in reading.missing
        ]
        yield parts.next()
        raise UnreadableFile(_why_nothing(reading, format))
    yield parts.next()


class _Parts:
    """What a file's rows come to, part by part."""

    def __init__(
        self,
        reading: TableReading,
        format: Format,
        first_issues: Iterable[Issue],
        chunk_rows: int,
    ) -> None:
        self.chunk = Chunk(0, issues=list(first_issues))
        self._reading = reading
        self._chunk_rows = chunk_rows
        self._series, self._kept = _Series(format.interval_seconds), _Kept()
        self._head: object | None = None
        self._plain: PlainReading | None = None

    @property
    def rows_left(self) -> int:
        """Until the part is full."""
        return self._chunk_rows - self.chunk.rows

    def next(self) -> Chunk:
        full = _told(self.chunk)
        self.chunk = Chunk(full.number + 1)
        return full

    def take(self, block: list[Row], *, plainly: bool) -> list[Row]:
        """Rows that are left over, because a header came before them."""
        head = self._reading.head
        if plainly and head is not self._head:
            self._head, self._plain = head, self._reading.plain() if head else None
        sheet = block[0].sheet
        # Of the next sheet the header is to be found first.
        plain = self._plain if head and sheet == self._reading.sheet else None
        if not plainly or plain is None:
            for number, row in enumerate(block, start=1):
                self._take_one(row)
                if plainly and self._reading.head is not head:
                    return block[number:]
            return []
        rest: list[Row] = []
        if block[-1].sheet != sheet:
            here = next(number for number, row in enumerate(block) if row.sheet != sheet)
            block, rest = block[:here], block[here:]
        lines, cells, _ = zip(*block, strict=True)
        found = plain.read(lines, cells, sheet)
        if all(found.is_plain) and self._series.follow(found.series):
            self._add_plain(found, len(block))
            return rest
        return [*self._take_by_turns(block, found), *rest]

    def _take_by_turns(self, block: list[Row], found: PlainBlock) -> list[Row]:
        head, plain = self._reading.head, -1
        until = len(block)
        for number, row in enumerate(block):
            if not found.is_plain[number]:
                self._take_one(row)
                if self._reading.head is not head:
                    until = number + 1
                    break
                continue
            plain += 1
            told = self._series.look_plain(found.series, plain, row)
            if told is not None:
                self._tell([told], row)
        self._add_plain(found, plain + 1)
        return block[until:]

    def _take_one(self, row: Row) -> None:
        before = self._reading.rows
        mapped = self._reading.take(row)
        if mapped is None:
            return
        self.chunk.rows += self._reading.rows - before
        self.chunk.records += mapped.records
        self._tell([*mapped.issues, *self._series.look(mapped)], row)

    def _tell(self, issues: list[Issue], row: Row) -> None:
        self.chunk.issues += issues
        if self._kept.wants(issues):
            self.chunk.faulty.append(_faulty(self._reading, row))

    def _add_plain(self, found: PlainBlock, rows: int) -> None:
        """The first `rows` of those that are plain."""
        if not rows:
            return
        self._reading.rows += rows
        self.chunk.rows += rows
        for one in found.records:
            self.chunk.plain.append(
                one
                if len(one.lines) == rows
                else PlainRecords(
                    one.kind, one.lines[:rows], one.identities[:rows], one.texts[:rows], one.sheet
                )
            )


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
            issue = self._between(last, at, record.line, record.sheet)
            if issue is not None:
                # One stamp stands for all that were measured with it.
                told = True
                yield issue

    def follow(self, series: Sequence[PlainSeries]) -> bool:
        """
        Whether all of these come in their order and without gaps, each as one series; if so, they were looked at.

        Of several series in one block each row is looked at by itself (`look_plain`).
        """
        ends: list[tuple[tuple[str, str], datetime]] = []
        for one in series:
            if not _is_one(one.series) or not _is_one(one.quantities):
                return False
            key = (_text(one.series[0]), _text(one.quantities[0]))
            last = self._last.get(key)
            before = [one.times[0] if last is None else last, *one.times[:-1]]
            if not all(map(le, before, one.times)):
                return False
            if self._interval is not None:
                most = timedelta(seconds=GAP_FACTOR * self._interval)
                if max(map(sub, one.times, before)) > most:
                    return False
            ends.append((key, one.times[-1]))
        keys = [key for key, _ in ends]
        if len(set(keys)) < len(keys):
            return False
        self._last.update(ends)
        return True

    def look_plain(self, series: Sequence[PlainSeries], number: int, row: Row) -> Issue | None:
        """As `look`, of one row that is plainly right."""
        found: Issue | None = None
        for one in series:
            key = (_text(one.series[number]), _text(one.quantities[number]))
            at = one.times[number]
            last, self._last[key] = self._last.get(key), at
            if last is not None and found is None:
                found = self._between(last, at, row.line, row.sheet)
        return found

    def _between(self, last: datetime, at: datetime, line: int, sheet: str | None) -> Issue | None:
        seconds = (at - last).total_seconds()
        if seconds < 0:
            return Issue(
                IssueRule.ORDER,
                Severity.WARNING,
                f"This is {-seconds:,.0f} seconds before the row above. Was a clock put back, or"
                " were files joined?",
                line=line,
                value=str(as_json(at)),
                sheet=sheet,
            )
        if self._interval is not None and seconds > GAP_FACTOR * self._interval:
            return Issue(
                IssueRule.GAP,
                Severity.WARNING,
                f"Nothing was recorded for {seconds:,.0f} seconds, where one value is expected each"
                f" {self._interval}. Say why, or send what is missing.",
                line=line,
                value=str(as_json(at)),
                sheet=sheet,
            )
        return None


def _is_one(values: Sequence[str]) -> bool:
    return values.count(values[0]) == len(values)


@lru_cache(maxsize=1024)
def _text(written: str) -> str:
    return str(json.loads(written))
