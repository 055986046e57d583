"""
From the rows of a table to records and faults, by a format: one pass, and nothing kept but the heads.

The header is the first of the leading lines that has all columns of the format; a later line that has
them all is a header too, as where exports were put one after another. Names are compared without
regard to case and to white space, of which registries write more than they mean.
"""

import hashlib
import json
import re
from ast import literal_eval
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from domain.ingestion.cells.contradictions import integral
from domain.ingestion.follow_up.row_keys import KeyColumns
from domain.ingestion.formats import FieldRule, Format, RecordRule
from domain.ingestion.issues import Issue, IssueRule, Severity, shown
from domain.ingestion.model import FieldType, IngestedKind
from domain.ingestion.plain_rows import PlainReading, can_be_plain
from domain.ingestion.records import RowReading
from domain.ingestion.serials import SerialRange
from domain.ingestion.values import Cell, as_json

HEADER_LINES_MAX = 60
NAME_CHARACTERS_MAX = 1_000
NESTED_CHARACTERS_MAX = 200_000
NESTED_RECORDS_MAX = 10_000


class Row(NamedTuple):
    """One row of a file; `line` is where it begins, counted from 1, and `sheet` its sheet."""

    line: int
    cells: Sequence[Cell]
    sheet: str | None = None


@dataclass(frozen=True)
class Record:
    """
    One thing of the model, from one row. `values` are JSON, numbers of it exact decimals as text.

    `ordinal` counts the records of a row; `identity` is the same for the same record of the same row.
    """

    kind: IngestedKind
    line: int
    ordinal: int
    values: Mapping[str, Any]
    ranges: tuple[SerialRange, ...]
    identity: str
    sheet: str | None = None


@dataclass
class Mapped:
    """What became of one row; without records, its issues say why."""

    line: int
    records: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


@dataclass(frozen=True)
class _Head:
    """Where each column stands; names that occur twice have `#2` behind the second."""

    places: Mapping[str, int]
    doubled: frozenset[str]
    width: int
    names: Sequence[str]


class TableReading:
    """
    Rows go in, in their order; `Mapped` come out, for each row that is data.

    `missing` names the columns that the best of the leading lines lacked, when no header was found.
    """

    def __init__(self, format: Format) -> None:
        self._format = format
        self._wanted = {squeezed(name): name for name in format.columns}
        self._head: _Head | None = None
        self._units: Mapping[str, str] = {}
        self._leading = 0
        self._best: tuple[int, list[str]] = (0, list(format.columns))
        self._is_toa5 = False
        self._skip = 0
        self._sheet: str | None = None
        self._keys = KeyColumns(format)
        needed = [key for key, name in self._wanted.items() if name not in format.optional]
        self._needed = len(needed)
        self._begins = frozenset(key[:1] for key in needed)
        self.rows = 0

    @property
    def sheet(self) -> str | None:
        return self._sheet

    @property
    def has_header(self) -> bool:
        return self._head is not None

    @property
    def found_columns(self) -> int:
        return self._best[0]

    @property
    def missing(self) -> list[str]:
        return [] if self.has_header else self._best[1]

    def take(self, row: Row) -> Mapped | None:
        """What became of a row; None for one that is no data."""
        if row.sheet != self._sheet:
            self._sheet, self._head, self._leading = row.sheet, None, 0
        if all(is_blank(cell) for cell in row.cells):
            return None
        head = self._header_in(row)
        if head is not None:
            self._head = head
            self._skip = 2 if self._is_toa5 else 0
            return self._doubled(row, head)
        if self._head is None:
            self._leading += 1
            self._is_toa5 |= row.line == 1 and str(row.cells[0]) == "TOA5"
            return None
        if self._skip:
            self._units = self._cells(row) if self._skip == 2 else self._units  # type: ignore[assignment]  # noqa: PLR2004 -- the third line has units, the fourth how it was processed
            self._skip -= 1
            return None
        self.rows += 1
        mapped = self._map(row, self._head)
        if mapped.issues:
            cells = self._cells(row)
            mapped.issues = [
                replace(issue, row_key=self._keys.key(cells, but_not=issue.column))
                for issue in mapped.issues
            ]
        return mapped

    @property
    def head(self) -> object | None:
        """Another one for each header; None before there is any, and while the two lines below one are to come."""
        return None if self._skip else self._head

    def plain(self) -> PlainReading | None:
        """What reads rows that are plainly right under the present header, if any can be told to be."""
        if self._head is None or self._skip or not can_be_plain(self._format):
            return None
        if any(key in self._head.doubled for key in self._wanted):
            return None
        found = self._head.places
        places = {name: found[key] for key, name in self._wanted.items() if key in found}
        return PlainReading(self._format, places, self._head.width, self._units)

    def named_cells(self, row: Row) -> list[tuple[str, Cell]]:
        """The row's cells with the names that the header gives them; those beyond it by their place."""
        names = self._head.names if self._head else ()
        return [
            (names[place] if place < len(names) and names[place] else f"column {place + 1}", cell)
            for place, cell in enumerate(row.cells)
        ]

    def _header_in(self, row: Row) -> _Head | None:
        if self._head is None and self._leading >= HEADER_LINES_MAX:
            return None
        if self._head is not None and (is_number_like(row.cells) or not self._may_be_header(row)):
            return None
        names = Counter[str]()
        places: dict[str, int] = {}
        for place, cell in enumerate(row.cells):
            name = squeezed(cell) if isinstance(cell, str) else ""
            if not name:
                continue
            names[name] += 1
            places[name if names[name] == 1 else f"{name}#{names[name]}"] = place
        missing = [
            name
            for key, name in self._wanted.items()
            if key not in places and name not in self._format.optional
        ]
        found = sum(key in places for key in self._wanted)
        if found > self._best[0]:
            self._best = (found, missing)
        if missing:
            return None
        doubled = frozenset(name for name, count in names.items() if count > 1)
        titles = [cell.strip() if isinstance(cell, str) else "" for cell in row.cells]
        return _Head(places, doubled, len(row.cells), titles)

    def _may_be_header(self, row: Row) -> bool:
        """Whether as many cells begin like names of needed columns as there are such columns."""
        begun = [
            cell.lstrip()[:1].casefold()
            for cell in row.cells
            if isinstance(cell, str) and len(cell) < NAME_CHARACTERS_MAX
        ]
        return sum(one in self._begins for one in begun) >= self._needed

    def _doubled(self, row: Row, head: _Head) -> Mapped | None:
        """A column that the format wants, and the file has twice under one name."""
        twice = [name for key, name in self._wanted.items() if key in head.doubled]
        if not twice:
            return None
        issues = [
            Issue(
                IssueRule.AMBIGUOUS_COLUMN,
                Severity.ERROR,
                "The file has this column more than once. Name them apart, or have the format say"
                " which one, as “pH#2”.",
                line=row.line,
                column=name,
                sheet=row.sheet,
            )
            for name in twice
        ]
        return Mapped(row.line, [], issues)

    def _cells(self, row: Row) -> dict[str, Cell]:
        head = self._head
        if head is None:
            return {}
        cells = row.cells
        return {
            name: cells[place] if (place := head.places.get(key, len(cells))) < len(cells) else None
            for key, name in self._wanted.items()
        }

    def _map(self, row: Row, head: _Head) -> Mapped:
        mapped = Mapped(row.line)
        width = len(row.cells)
        if width != head.width and not self._is_padded(row, head):
            mapped.issues.append(
                Issue(
                    IssueRule.ROW_WIDTH,
                    Severity.ERROR,
                    f"The row has {width} cells where the header has {head.width}. Look for a"
                    " separator inside a value, or for a line that was cut.",
                    line=row.line,
                    sheet=row.sheet,
                )
            )
            return mapped
        cells = self._cells(row)
        raw = _digest([None if is_blank(cell) else str(cell) for cell in row.cells])
        ordinal, has_record = 0, False
        for rule in self._format.records:
            for one in self._nested(rule, cells, mapped, row):
                if rule.when is not None and self._is_missing(one.get(rule.when)):
                    continue
                has_record = True
                reading = RowReading(self._format, rule, one, self._units, row.line, row.sheet)
                values, ranges = reading.read()
                mapped.issues += reading.issues
                if not reading.has_errors:
                    identity = _digest([rule.kind.value, ordinal, raw])
                    mapped.records.append(
                        Record(
                            rule.kind,
                            row.line,
                            ordinal,
                            {name: as_json(value) for name, value in values.items()},
                            ranges,
                            identity,
                            row.sheet,
                        )
                    )
                ordinal += 1
        if not has_record and not mapped.issues:
            mapped.issues.append(self._no_record(row))
        mapped.issues += self._sums(cells, row)
        return mapped

    def _is_padded(self, row: Row, head: _Head) -> bool:
        """Empty cells at the end of a line, or left off there by a sheet, are no fault."""
        if len(row.cells) > head.width:
            return all(is_blank(cell) for cell in row.cells[head.width :])
        return row.sheet is not None

    def _is_missing(self, cell: Cell) -> bool:
        return is_blank(cell) or (isinstance(cell, str) and cell.strip() in self._format.missing)

    def _nested(
        self, rule: RecordRule, cells: Mapping[str, Cell], mapped: Mapped, row: Row
    ) -> Iterator[Mapping[str, Cell]]:
        """The row itself, or each of the objects in its cell `rule.each`, which see the row's cells."""
        if rule.each is None:
            yield cells
            return
        objects = nested_objects(cells.get(rule.each))
        if objects is None:
            mapped.issues.append(
                Issue(
                    IssueRule.ROW_UNREADABLE,
                    Severity.ERROR,
                    "This should be a list of objects, as JSON or as Python writes it.",
                    line=row.line,
                    column=rule.each,
                    value=shown(cells.get(rule.each)),
                    sheet=row.sheet,
                )
            )
            return
        for one in objects:
            yield {**cells, **one}

    def _no_record(self, row: Row) -> Issue:
        needed = " or ".join(f"“{rule.when or rule.each}”" for rule in self._format.records)
        return Issue(
            IssueRule.NO_RECORD,
            Severity.WARNING,
            f"Nothing was taken from this row, because {needed} is empty in it.",
            line=row.line,
            sheet=row.sheet,
        )

    def _sums(self, cells: Mapping[str, Cell], row: Row) -> Iterator[Issue]:
        for rule in self._format.sums:
            total = integral(cells.get(rule.total))
            parts = [integral(cells.get(name)) for name in rule.parts]
            if total is None or all(part is None for part in parts):
                continue
            added = sum((part for part in parts if part is not None), Decimal(0))
            if added != total:
                yield Issue(
                    IssueRule.SUM,
                    Severity.WARNING,
                    f"{' + '.join(rule.parts)} make {added}, not {total}. Ask the source which of"
                    " them is right.",
                    line=row.line,
                    column=rule.total,
                    value=str(total),
                    sheet=row.sheet,
                )


def nested_objects(cell: Cell) -> list[dict[str, Cell]] | None:
    """A list of objects, from JSON or from Python's own way of writing them; None when it is none."""
    found: object = cell
    if isinstance(cell, str):
        if len(cell) > NESTED_CHARACTERS_MAX:
            return None
        try:
            found = literal_eval(cell) if "'" in cell else json.loads(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    if is_blank(cell):
        return []
    if not isinstance(found, list) or len(found) > NESTED_RECORDS_MAX:
        return None
    return found if all(isinstance(one, dict) for one in found) else None


def squeezed(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip()).casefold()


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_number_like(cells: Sequence[Cell]) -> bool:
    """A quick way to see that a row is no header: its first filled cell begins with a digit."""
    first = next((cell for cell in cells if not is_blank(cell)), "")
    return not isinstance(first, str) or first.strip()[:1].isdigit()


def _digest(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


__all__ = ["FieldRule", "FieldType", "Mapped", "Record", "Row", "TableReading"]
