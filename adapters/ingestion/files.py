"""What a file is, by its content, and its rows; every refusal is a sentence for who sent it."""

import codecs
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from activities.ports.ingestion import DetectedFile
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.delimited import delimited_rows
from adapters.ingestion.json_rows import json_lines_rows, json_rows
from adapters.ingestion.workbooks import require_harmless, workbook_rows
from domain.ingestion.formats import FileKind, Format
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row

HEAD_BYTES = 65_536
CHUNK_BYTES = 1024 * 1024
FOREIGN = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"7z\xbc\xaf": "a compressed file (7-Zip)",
    b"Rar!": "a compressed file (RAR)",
    b"PAR1": "a Parquet file, which is not read yet",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KINDS = {
    FileKind.DELIMITED: "a text file with columns",
    FileKind.TOA5: "a Campbell TOA5 file",
    FileKind.WORKBOOK: "an Excel workbook",
    FileKind.JSON: "a JSON file",
    FileKind.JSON_LINES: "a file of JSON lines",
}


class DeclaredFormats:
    """Implements `activities.ports.ingestion.Formats`."""

    def format(self, format_id: str) -> Format | None:
        return declared_formats().get(format_id)


class ReadableFiles:
    """Implements `activities.ports.ingestion.Files`."""

    def detect(self, path: Path, format: Format) -> DetectedFile:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        detected = _detected(path, head, format)
        if detected.kind not in format.files:
            known = " or ".join(KINDS[kind] for kind in format.files)
            raise UnreadableFile(f"This is {KINDS[detected.kind]}; this format is {known}.")
        return detected

    def rows(self, file: DetectedFile, format: Format) -> Iterator[Row]:
        match file.kind:
            case FileKind.WORKBOOK:
                return workbook_rows(file.path, format)
            case FileKind.JSON:
                return json_rows(file.path, file.encoding)
            case FileKind.JSON_LINES:
                return json_lines_rows(file.path, file.encoding)
            case FileKind.DELIMITED | FileKind.TOA5:
                return delimited_rows(file.path, file.encoding, format)


def _detected(path: Path, head: bytes, format: Format) -> DetectedFile:
    if not head.strip():
        raise UnreadableFile("The file is empty.")
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableFile(f"This is {what}, whatever its name says. Send a table.")
    if head.startswith(OLE):
        raise UnreadableFile(
            "This workbook is encrypted, or of the old .xls kind. Save it as .xlsx without a"
            " password."
        )
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            raise UnreadableFile("The file is broken off: its end is missing. Send it again.")
        require_harmless(path)
        return DetectedFile(path, FileKind.WORKBOOK)
    encoding, is_assumed = _encoding(path, head, format.encoding)
    start = head[:4096].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if start.startswith(('"TOA5"', "TOA5,")):
        return DetectedFile(path, FileKind.TOA5, encoding, is_assumed)
    if start.startswith(("[", "{")):
        return DetectedFile(path, _json_kind(head, encoding), encoding, is_assumed)
    return DetectedFile(path, FileKind.DELIMITED, encoding, is_assumed)


def _json_kind(head: bytes, encoding: str) -> FileKind:
    """Lines of JSON have one whole object on the first; a line longer than the head is taken for one."""
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    first = text.partition("\n")[0].strip()
    if not first.startswith("{"):
        return FileKind.JSON
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        return FileKind.JSON
    # One object with a list of objects in it is a page of an API's answer.
    is_page = any(
        isinstance(one, list) and one and isinstance(one[0], dict) for one in found.values()
    )
    return FileKind.JSON if is_page else FileKind.JSON_LINES


def _encoding(path: Path, head: bytes, declared: str | None) -> tuple[str, bool]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if b"\x00" in head:
        raise UnreadableFile("This is no text file and no workbook. Send a table.")
    if declared is not None:
        return declared, False
    if _is_utf8(path):
        return ("utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"), False
    # Every byte has a meaning in it, but which letter was meant cannot be known: the reader is told.
    return "cp1252", True


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
