"""
A file as it came, with its issues beside the rows: a column more in text, marks and comments in a workbook.

Nothing of it is a formula: what a spreadsheet would take for one is written as text. In text a `'` stands
before such a value, but not before a number, so that the file can be mended and sent in again; the column
of issues is in no format and is passed over then.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from activities.ports.ingestion import DetectedFile
from adapters.ingestion.delimited import delimited_rows, separator_of
from adapters.ingestion.workbooks import workbook_rows
from domain.ingestion.formats import FileKind, Format
from domain.ingestion.issues import Issue
from domain.ingestion.tables import Row, TableReading, squeezed
from domain.ingestion.values import Cell

ISSUES_COLUMN = "issues found"
COMMENTS_MAX = 5_000
CELL_CHARACTERS_MAX = 32_767
"""Of a workbook's cell."""
COMMENT_CHARACTERS_MAX = 1_000

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[\d.,\s\u00a0\u202f]*\d(?:[eE][+-]?\d+)?%?")
_KINDS = frozenset({FileKind.DELIMITED, FileKind.TOA5, FileKind.WORKBOOK})

Place = tuple[str | None, int]
"""Sheet and line."""


def can_be_annotated(kind: FileKind | None) -> bool:
    return kind in _KINDS


def by_place(issues: Iterable[Issue]) -> dict[Place, list[Issue]]:
    """Issues by the lines that they name; one that stands for many lines is at the first of them."""
    found: defaultdict[Place, list[Issue]] = defaultdict(list)
    for issue in issues:
        for line in (issue.line, *issue.more_lines):
            if line is not None:
                found[issue.sheet, line].append(issue)
    return dict(found)


def annotated_text(
    file: DetectedFile, format: Format, issues: Mapping[Place, Sequence[Issue]]
) -> Iterator[str]:
    """
    Lines of the same table, with the separator that it has and one column more; memory stays flat.

    Raises:
        UnreadableFile: as for reading it.
    """
    separator = separator_of(file.path, file.encoding, format)
    head = _Header(format)
    for row in delimited_rows(file.path, file.encoding, format):
        cells = [_guarded(str(cell)) for cell in row.cells]
        line = io.StringIO()
        last = ISSUES_COLUMN if head.is_new(row) else _told(issues.get((None, row.line), ()))
        csv.writer(line, delimiter=separator).writerow([*cells, last])
        yield line.getvalue()


def annotate_workbook(
    source: Path, format: Format, issues: Mapping[Place, Sequence[Issue]], target: Path
) -> None:
    """
    The same sheets and values with marked cells, up to 5,000 comments, and a column more, row by row.

    Raises:
        UnreadableFile: as for reading it.
    """
    # Loaded when somebody asks for one: no other answer needs it.
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 -- it has no types; as said

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(target), options) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        marked = workbook.add_format(
            {"bg_color": "#FFD9D9", "border": 1, "border_color": "#A40000"}
        )
        marked_day = workbook.add_format(
            {"bg_color": "#FFD9D9", "border": 1, "num_format": "yyyy-mm-dd hh:mm:ss"}
        )
        head, sheet, name, comments = _Header(format), None, "", 0
        for row in workbook_rows(source, format):
            if sheet is None or row.sheet != name:
                name = row.sheet or ""
                sheet = workbook.add_worksheet(name)
            is_head = head.is_new(row)
            here = () if is_head else issues.get((row.sheet, row.line), ())
            wrong = head.places(here)
            for place, cell in enumerate(row.cells):
                look = (
                    (marked_day if isinstance(cell, date) else marked)
                    if place in wrong
                    else (day if isinstance(cell, date) else None)
                )
                _write(sheet, row.line - 1, place, cell, look)
                if place in wrong and comments < COMMENTS_MAX:
                    sheet.write_comment(
                        row.line - 1, place, _told(wrong[place])[:COMMENT_CHARACTERS_MAX]
                    )
                    comments += 1
            last = ISSUES_COLUMN if is_head else _told(here)
            if last:
                sheet.write_string(row.line - 1, len(row.cells), last[:CELL_CHARACTERS_MAX], marked)


class _Header:
    """Where the columns stand by the header that was seen last."""

    def __init__(self, format: Format) -> None:
        self._format = format
        self._reading = TableReading(format)
        self._sheet: str | None = None
        self._places: dict[str, int] = {}

    def is_new(self, row: Row) -> bool:
        if row.sheet != self._sheet:
            self._sheet, self._reading, self._places = row.sheet, TableReading(self._format), {}
        if self._places:
            return False
        self._reading.take(row)
        if not self._reading.has_header:
            return False
        for place, cell in enumerate(row.cells):
            if isinstance(cell, str) and cell.strip():
                self._places.setdefault(squeezed(cell), place)
        return True

    def places(self, issues: Iterable[Issue]) -> dict[int, list[Issue]]:
        """Issues by the cells that they are about."""
        found: defaultdict[int, list[Issue]] = defaultdict(list)
        for issue in issues:
            place = self._places.get(squeezed(issue.column)) if issue.column else None
            if place is not None:
                found[place].append(issue)
        return dict(found)


def _told(issues: Iterable[Issue]) -> str:
    said = []
    for issue in issues:
        where = f"{issue.column}: " if issue.column else ""
        many = f" ({issue.count:,} lines have it)" if issue.count > 1 else ""
        said.append(f"{issue.severity.value}, {where}{issue.advice}{many}")
    return " | ".join(said)


def _guarded(cell: str) -> str:
    if cell.startswith(_FORMULA_BEGINS) and not _NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell


def _write(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    """Each kind by its own call: text is never guessed to be a formula, a link or a number."""
    if cell is None:
        if look is not None:
            sheet.write_blank(row, column, None, look)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, look)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, look)
    elif isinstance(cell, datetime | date):
        try:
            sheet.write_datetime(row, column, _plain(cell), look)
        except ValueError:
            # Days that a workbook cannot count are written as they read.
            sheet.write_string(row, column, cell.isoformat(), look)
    else:
        sheet.write_string(row, column, str(cell)[:CELL_CHARACTERS_MAX], look)


def _plain(cell: date) -> date:
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell
