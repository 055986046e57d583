"""
Cells of a workbook whose formula failed, or was never calculated.

Calamine reads both as empty cells (`findings/calamine_errors_are_empty_cells.sh`), so the sheet's own XML is asked.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.etree.ElementTree import ParseError  # nosec B405 -- only the error; defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from domain.ingestion.submissions import UnreadableFile

_MAY_HOLD = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")
_SIGNS = (b"<f", b":f", b'="e"', b"='e'")
"""What has none of these has no match of `_MAY_HOLD`."""
_OVERLAP_BYTES = 64
_CHUNK_BYTES = 1 << 20
_INDEX_BYTES_MAX = 5_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LETTERS = 26

Cells = dict[tuple[int, int], str]
"""By row and column, both from 0: the error as it is shown, or the formula with its `=`."""


def formulas_without_values(path: Path) -> dict[str, Cells]:
    """
    By name of the sheet; sheets without any are left out. A sheet is parsed only if it may have some.

    Raises:
        UnreadableFile: its XML is broken or defines entities, or the list of sheets is far too long.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                name: cells
                for name, part in _sheets(archive)
                if _may_hold(archive, part) and (cells := _cells_of(archive, part))
            }
    except (DefusedXmlException, ParseError, KeyError, ValueError) as error:
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from error


def _cells_of(archive: zipfile.ZipFile, part: str) -> Cells:
    with archive.open(part) as xml:
        return dict(_cells(xml))


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = {
        link.get("Id"): link.get("Target", "")
        for link in fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))
    }
    for element in fromstring(_small(archive, "xl/workbook.xml")).iter():
        if _local(element.tag) != "sheet":
            continue
        relation = next((value for key, value in element.items() if _local(key) == "id"), None)
        if target := targets.get(relation):
            at = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
            yield element.get("name", ""), at


def _small(archive: zipfile.ZipFile, part: str) -> bytes:
    if archive.getinfo(part).file_size > _INDEX_BYTES_MAX:
        raise UnreadableFile("This workbook's list of sheets is too long. It was not opened.")
    return archive.read(part)


def _may_hold(archive: zipfile.ZipFile, part: str) -> bool:
    tail = b""
    with archive.open(part) as xml:
        while chunk := xml.read(_CHUNK_BYTES):
            looked_at = tail + chunk
            # Each of these is looked for many times as fast as the expression.
            if any(sign in looked_at for sign in _SIGNS) and _MAY_HOLD.search(looked_at):
                return True
            tail = chunk[-_OVERLAP_BYTES:]
    return False


def _cells(xml: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    row = column = -1
    rows: Any = None
    for event, element in iterparse(xml, events=("start", "end")):
        kind = _local(element.tag)
        if event == "start":
            # A row or a cell without a place of its own follows the one before.
            if kind == "sheetData":
                rows = element
            elif kind == "row":
                row, column = int(element.get("r") or row + 2) - 1, -1
            elif kind == "c":
                at = _column(element.get("r"))
                column = column + 1 if at is None else at
            continue
        if kind == "c" and (text := _without_value(element)) is not None:
            yield (row, column), text
        if kind == "row" and rows is not None:
            rows.clear()


def _without_value(cell: Any) -> str | None:
    parts = {_local(part.tag): part.text or "" for part in cell}
    value, kind = parts.get("v", "").strip(), cell.get("t")
    if kind == "e":
        return value or "#N/A"
    # Of type `str` an empty value is one: =IF(A1="", "", …).
    if "f" in parts and not value and kind != "str":
        return f"={parts['f']}"
    return None


def _column(reference: str | None) -> int | None:
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        return None
    number = 0
    for letter in match[1]:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]
