"""Text with a separator between its columns: which separator it is, the format's columns tell."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from domain.ingestion.formats import Format
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import HEADER_LINES_MAX, Row, TableReading

LINE_CHARACTERS_MAX = 1_000_000
COLUMNS_MAX = 2_000
PIECE_BYTES = 500_000
"""Less than a line may have: one that is longer is in more than one piece."""
SEPARATORS = (",", ";", "\t", "|")

csv.field_size_limit(LINE_CHARACTERS_MAX)


def delimited_rows(path: Path, encoding: str, format: Format) -> Iterator[Row]:
    """
    Raises:
        UnreadableFile: a quoted value never ends, or a line is longer or wider than any table is.
    """
    separator = separator_of(path, encoding, format)
    yield from _rows(path, encoding, separator)


def separator_of(path: Path, encoding: str, format: Format) -> str:
    """The one by which most columns of the format are found; a comma when it makes no difference."""
    best, most = SEPARATORS[0], 0
    for separator in SEPARATORS:
        reading = TableReading(format)
        try:
            for row in islice(_rows(path, encoding, separator), HEADER_LINES_MAX):
                reading.take(row)
                if reading.has_header:
                    break
        except UnreadableFile:
            # Told when the rows are read, if it is this separator after all.
            pass
        if reading.found_columns > most:
            best, most = separator, reading.found_columns
    return best


def _rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = file if _has_plain_lines(path, encoding) else _lines(file)
        reader = csv.reader(lines, delimiter=separator, strict=True)
        line = 1
        try:
            for cells in reader:
                if len(cells) > COLUMNS_MAX:
                    raise UnreadableFile(
                        f"Line {line} has {len(cells)} columns; a table has {COLUMNS_MAX} at most."
                    )
                if cells:
                    yield Row(line, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableFile(_broken(str(error), line)) from error


@lru_cache(maxsize=4)
def _plain_lines(path: Path, _changed_ns: int) -> bool:
    before = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            first = piece.find(b"\n")
            if first < 0:
                # The end of the last line, or a line that goes on.
                first = len(piece)
            if before + first > LINE_CHARACTERS_MAX or b"\x00" in piece:
                return False
            ended = piece.rfind(b"\n")
            before = before + len(piece) if ended < 0 else len(piece) - ended - 1
    return True


def _has_plain_lines(path: Path, encoding: str) -> bool:
    """Whether no line is too long and none has a NUL, so that none needs a look by itself."""
    if encoding not in {"utf-8", "utf-8-sig", "cp1252"}:
        return False
    return _plain_lines(path, path.stat().st_mtime_ns)


def _lines(file: "Iterator[str]") -> Iterator[str]:
    number = 0
    while line := file.readline(LINE_CHARACTERS_MAX + 1):  # type: ignore[attr-defined]
        number += 1
        if len(line) > LINE_CHARACTERS_MAX:
            raise UnreadableFile(
                f"Line {number} is longer than {LINE_CHARACTERS_MAX:,} characters. Is this a table?"
            )
        # A NUL is no text; csv of older Pythons stops at it.
        yield line.replace("\x00", "")


def _broken(error: str, line: int) -> str:
    if "unexpected end" in error:
        return (
            f"The file is broken off: the value that begins in line {line} never ends. Send it"
            " again, or look for a quotation mark that is not doubled."
        )
    if "field limit" in error:
        return (
            f"A value that begins in line {line} is longer than {LINE_CHARACTERS_MAX:,} characters."
            " Look for a quotation mark that is not doubled."
        )
    return f"Line {line} is not written as CSV: {error}. Quotation marks in a value are doubled."
