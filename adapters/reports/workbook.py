"""
A workbook of a report: its frame made by XlsxWriter, its rows put in as the database printed them.

XlsxWriter writes some hundred thousand cells a second, and an agreed electronic format of a million movements has
27 million. So it makes the workbook with titles and headings alone, and what it wrote is copied with the rows
streamed in before the end of each sheet: everything but the rows is the library's (ADR 0121).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter  # type: ignore[import-untyped]

ROWS_MAX = 1_048_576
HEAD_ROWS = 2
DATA_ROWS_MAX = ROWS_MAX - HEAD_ROWS
SHEET_NAME_MAX = 31
COMPRESSION_LEVEL = 1
"""Rows of XML repeat themselves; higher levels take several times as long for a fifth less."""

_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
# What is left out says how large a sheet is, which only its rows know; readers believe it where it stands.
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_END = b"</sheetData>"


@dataclass(frozen=True)
class Sheet:
    """Of a table with more rows than a sheet has there are several, numbered from the second on."""

    name: str
    title: str
    headings: Sequence[str]


def sheets_of(name: str, title: str, headings: Sequence[str], rows: int) -> list[Sheet]:
    """As many as the rows need, one at least."""
    count = max(1, -(-rows // DATA_ROWS_MAX))
    names = [name[:SHEET_NAME_MAX]] + [
        f"{name[: SHEET_NAME_MAX - len(f' ({number})')]} ({number})"
        for number in range(2, count + 1)
    ]
    return [Sheet(one, title, headings) for one in names]


class WorkbookWriter:
    """Sheets come in their order; rows are `row` elements of SpreadsheetML, without numbers."""

    def __init__(self, target: ZipFile, frame: ZipFile) -> None:
        self._target = target
        self._frame = frame
        self._next = 0
        self._open: IO[bytes] | None = None
        self._tail = b""

    def next_sheet(self) -> None:
        self.end_sheet()
        self._next += 1
        part = f"xl/worksheets/sheet{self._next}.xml"
        head, end, tail = self._frame.read(part).partition(_END)
        self._open = self._target.open(part, "w", force_zip64=True)
        self._open.write(_DIMENSION.sub(b"", head))
        self._tail = end + tail

    def write(self, rows: bytes) -> None:
        if self._open is None:
            raise RuntimeError("no sheet was begun")
        self._open.write(rows)

    def end_sheet(self) -> None:
        if self._open is not None:
            self._open.write(self._tail)
            self._open.close()
            self._open = None


@contextmanager
def workbook(
    path: Path, sheets: Sequence[Sheet], *, title: str, author: str, created: datetime
) -> Iterator[WorkbookWriter]:
    """The same sheets, rows and properties give the same bytes."""
    frame_path = path.with_suffix(".frame")
    _make_frame(frame_path, sheets, title=title, author=author, created=created)
    try:
        with (
            ZipFile(frame_path) as frame,
            ZipFile(path, "w", ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL) as target,
        ):
            writer = WorkbookWriter(target, frame)
            try:
                yield writer
            finally:
                writer.end_sheet()
            for part in frame.namelist():
                if not _SHEET.fullmatch(part):
                    # Opened by its name an entry has the first moment that ZIP knows, whenever it is written.
                    with target.open(part, "w") as entry:
                        entry.write(frame.read(part))
    finally:
        frame_path.unlink(missing_ok=True)


def _make_frame(
    path: Path, sheets: Sequence[Sheet], *, title: str, author: str, created: datetime
) -> None:
    # Formulas and links are never made of text.
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {"title": title, "author": author, "created": created.replace(tzinfo=None)}
        )
        heading = book.add_format({"bold": True})
        cells = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.write_string(0, 0, sheet.title, heading)
            for column, text in enumerate(sheet.headings):
                page.write_string(1, column, text, cells)
            page.set_column(0, max(0, len(sheet.headings) - 1), 18)
            page.freeze_panes(HEAD_ROWS, 0)
