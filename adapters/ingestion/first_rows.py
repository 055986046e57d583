"""The first rows of a table that somebody uploaded, to be looked at: no format is needed, and nothing is mapped."""

import codecs
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.ingestion.delimited import COLUMNS_MAX, SEPARATORS
from domain.ingestion.submissions import UnreadableFile

_LOOKED_AT = 30
"""Rows by which a separator is found."""

_UNPACKED_BYTES_MAX = 50_000_000
"""A sheet is in memory while it is read, here in a process that answers others too."""

Value = str | float | date | None


@dataclass(frozen=True)
class FirstRows:
    """`goes_on`: there are more rows than these, or more sheets than this first one."""

    rows: Sequence[Sequence[Value]]
    goes_on: bool
    sheet: str | None = None


def first_rows(content: bytes, *, is_whole: bool, most: int) -> FirstRows:
    """
    The first `most` rows of `content`, which is a CSV file or, when `is_whole`, an Excel workbook.

    Raises:
        UnreadableFile: it is neither, or a workbook of which only the beginning is at hand.
    """
    if content.startswith(b"PK"):
        if not is_whole:
            raise UnreadableFile("This workbook is too large to be shown here. Download it.")
        return _of_workbook(content, most)
    if b"\x00" in content and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile("This is no table that can be shown here. Download it.")
    return _of_text(_decoded(content, is_whole=is_whole), is_whole, most)


def _decoded(content: bytes, *, is_whole: bool) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        # The end of a beginning may cut a character in two.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=is_whole)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _of_text(text: str, is_whole: bool, most: int) -> FirstRows:
    if not is_whole:
        # The last line is likely cut off.
        text = text.rpartition("\n")[0]
    best: list[list[str]] = []
    best_columns = 0
    for separator in SEPARATORS:
        rows = _rows(text, separator, _LOOKED_AT)
        widths = Counter(len(row) for row in rows)
        columns = max(widths, key=lambda width: (widths[width] * (width > 1), width), default=0)
        if columns > best_columns:
            best, best_columns = _rows(text, separator, most + 1), columns
    return FirstRows(best[:most], goes_on=not is_whole or len(best) > most)


def _rows(text: str, separator: str, most: int) -> list[list[str]]:
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(row):
                found.append(row[:COLUMNS_MAX])
            if len(found) >= most:
                break
    except csv.Error:
        # What was read before the fault can be looked at.
        pass
    return found


def _of_workbook(content: bytes, most: int) -> FirstRows:
    # Loaded when somebody looks at a workbook: no other page needs it.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 -- as said

    from adapters.ingestion.workbooks import require_harmless  # noqa: PLC0415 -- it loads the same

    with TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        path.write_bytes(content)
        require_harmless(path)
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED_BYTES_MAX:
                raise UnreadableFile("This workbook is too large to be shown here. Download it.")
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            names = workbook.sheet_names
            sheet = workbook.get_sheet_by_name(names[0])
            rows = sheet.to_python(skip_empty_area=True, nrows=most + 1)
        except (CalamineError, IndexError) as error:
            raise UnreadableFile("This workbook cannot be read. Download it.") from error
    shown = [[_value(cell) for cell in row[:COLUMNS_MAX]] for row in rows]
    return FirstRows(shown[:most], goes_on=len(rows) > most or len(names) > 1, sheet=names[0])


def _value(cell: Any) -> Value:
    if cell == "":
        return None
    return cell if isinstance(cell, int | float | date) else str(cell)
