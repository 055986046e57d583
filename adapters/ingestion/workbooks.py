"""Excel workbooks (.xlsx), by calamine: values as they were last calculated, no formulas run, no links."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from adapters.ingestion import archives
from adapters.ingestion.archives import entries_of
from adapters.ingestion.delimited import COLUMNS_MAX
from adapters.ingestion.formulas import formulas_without_values
from domain.ingestion.formats import Format
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell


def is_workbook(entries: Sequence[zipfile.ZipInfo]) -> bool:
    return "xl/workbook.xml" in {entry.filename for entry in entries}


def require_harmless(path: Path) -> None:
    """
    Raises:
        UnreadableFile: an archive that is no workbook, or unpacks to far more than it says.
    """
    entries = entries_of(path)
    if not is_workbook(entries):
        raise UnreadableFile("This is an archive (ZIP). Send the files in it one by one.")
    archives.require_harmless(entries, what="workbook")


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
                row = _cells(cells)
                for column in range(len(row)) if faulty else ():
                    row[column] = faulty.get((number - 1, column), row[column])
                yield Row(number, row, name)
    except CalamineError as error:
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from error


_PLAIN = frozenset({str, float, int, bool})


def _cells(cells: list[Any]) -> list[Cell]:
    if not _PLAIN.issuperset(map(type, cells)):
        cells = [str(cell) if isinstance(cell, time | timedelta) else cell for cell in cells]
    return [None if cell == "" else cell for cell in cells] if "" in cells else cells
