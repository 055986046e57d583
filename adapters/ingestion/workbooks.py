"""Excel workbooks (.xlsx), by calamine: values as they were last calculated, no formulas run, no links."""

import zipfile
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from adapters.ingestion.delimited import COLUMNS_MAX
from adapters.ingestion.formulas import formulas_without_values
from domain.ingestion.formats import Format
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell

UNPACKED_BYTES_MAX = 1_000_000_000
RATIO_MAX = 200
"""Sheets of one repeated number shrink to a hundredth; what shrinks further was made to."""
RATIO_FROM_BYTES = 10_000_000
ENTRIES_MAX = 10_000


def require_harmless(path: Path) -> None:
    """
    Raises:
        UnreadableFile: an archive that is no workbook, or unpacks to far more than it says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        raise UnreadableFile("The file is broken off, or no workbook. Send it again.") from broken
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise UnreadableFile("This is an archive (ZIP). Send the files in it one by one.")
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > ENTRIES_MAX
        or unpacked > UNPACKED_BYTES_MAX
        or any(
            entry.file_size > RATIO_FROM_BYTES
            and entry.file_size > RATIO_MAX * max(1, entry.compress_size)
            for entry in entries
        )
    ):
        raise UnreadableFile("This workbook unpacks to far more than it says. It was not opened.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile("This workbook is encrypted. Save it without a password.")


def workbook_rows(path: Path, format: Format) -> Iterator[Row]:
    """
    Sheets one after the other, or the format's own; rows keep their numbers.

    Raises:
        UnreadableFile: it cannot be opened, lacks the format's sheet, or is wider than any table.
    """
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        without_value = formulas_without_values(path)
        if format.sheet is not None and format.sheet not in names:
            raise UnreadableFile(f"The workbook has no sheet “{format.sheet}”.")
        for name in [format.sheet] if format.sheet is not None else names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_width > COLUMNS_MAX:
                raise UnreadableFile(
                    f"Sheet “{name}” has {sheet.total_width} columns; a table has {COLUMNS_MAX} at"
                    " most."
                )
            # iter_rows would leave out empty rows at the top, and with them the rows' numbers.
            faulty = without_value.get(name, {})
            for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
                row = [_cell(cell) for cell in cells]
                for column in range(len(row)) if faulty else ():
                    row[column] = faulty.get((number - 1, column), row[column])
                yield Row(number, row, name)
    except CalamineError as error:
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from error


def _cell(cell: Any) -> Cell:
    if isinstance(cell, time | timedelta):
        return str(cell)
    return None if cell == "" else cell
