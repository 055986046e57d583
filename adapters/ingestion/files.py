"""What a file is, by its content, and its rows; every refusal is a sentence for who sent it."""

import codecs
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from activities.ports.ingestion import DetectedFile
from adapters.ingestion import archives
from adapters.ingestion.declared import declared_formats
from adapters.ingestion.delimited import delimited_rows
from adapters.ingestion.json_rows import json_lines_rows, json_rows
from adapters.ingestion.maps.geojson import geojson_rows
from adapters.ingestion.maps.geotiff import geotiff_rows
from adapters.ingestion.maps.kml import kml_rows
from adapters.ingestion.maps.shapefiles import encoding_of, is_shapefile, shapefile_rows
from adapters.ingestion.parquet_rows import parquet_rows
from adapters.ingestion.workbooks import is_workbook, workbook_rows
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
    b"\x7fELF": "a program",
    b"MZ": "a program",
}
LOCKED = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "This workbook is encrypted, or of the old .xls kind. Save it as .xlsx"
    " without a password.",
    b"PARE": "This Parquet file is encrypted. Write it without a key.",
}
BINARY = {
    b"PAR1": FileKind.PARQUET,
    b"II*\x00": FileKind.GEOTIFF,
    b"MM\x00*": FileKind.GEOTIFF,
    b"II+\x00": FileKind.GEOTIFF,
    b"MM\x00+": FileKind.GEOTIFF,
}
"""The last two are BigTIFF."""
KINDS = {
    FileKind.DELIMITED: "a text file with columns",
    FileKind.TOA5: "a Campbell TOA5 file",
    FileKind.WORKBOOK: "an Excel workbook",
    FileKind.JSON: "a JSON file",
    FileKind.JSON_LINES: "a file of JSON lines",
    FileKind.PARQUET: "a Parquet file",
    FileKind.GEOJSON: "a GeoJSON file",
    FileKind.KML: "a KML file",
    FileKind.SHAPEFILE: "a zipped Shapefile",
    FileKind.GEOTIFF: "a GeoTIFF",
}


_KML = re.compile(r"<(?:\w+:)?kml[\s>]")
_GEOJSON = re.compile(
    r'"type"\s*:\s*"(?:FeatureCollection|Feature|(?:Multi)?(?:Point|LineString|Polygon))"'
)
"""Its own words; a format that is not for maps has it as any other JSON."""


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
            *others, last = (KINDS[kind] for kind in format.files)
            known = f"{', '.join(others)} or {last}" if others else last
            raise UnreadableFile(f"This is {KINDS[detected.kind]}; this format is {known}.")
        return detected

    def rows(self, file: DetectedFile, format: Format) -> Iterator[Row]:
        return _READERS[file.kind](file, format)


_READERS: Mapping[FileKind, Callable[[DetectedFile, Format], Iterator[Row]]] = {
    FileKind.DELIMITED: lambda file, how: delimited_rows(file.path, file.encoding, how),
    FileKind.TOA5: lambda file, how: delimited_rows(file.path, file.encoding, how),
    FileKind.WORKBOOK: lambda file, how: workbook_rows(file.path, how),
    FileKind.JSON: lambda file, _: json_rows(file.path, file.encoding),
    FileKind.JSON_LINES: lambda file, _: json_lines_rows(file.path, file.encoding),
    FileKind.PARQUET: lambda file, _: parquet_rows(file.path),
    FileKind.GEOJSON: lambda file, _: geojson_rows(file.path, file.encoding),
    FileKind.KML: lambda file, _: kml_rows(file.path),
    FileKind.SHAPEFILE: lambda file, _: shapefile_rows(file.path, file.encoding),
    FileKind.GEOTIFF: lambda file, _: geotiff_rows(file.path),
}


def _detected(path: Path, head: bytes, format: Format) -> DetectedFile:
    if not head.strip():
        raise UnreadableFile("The file is empty.")
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableFile(f"This is {what}, whatever its name says. Send a table.")
    for magic, sentence in LOCKED.items():
        if head.startswith(magic):
            raise UnreadableFile(sentence)
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            raise UnreadableFile("The file is broken off: its end is missing. Send it again.")
        return _archive(path)
    for magic, kind in BINARY.items():
        if head.startswith(magic):
            return DetectedFile(path, kind)
    encoding, is_assumed = _encoding(path, head, format.encoding)
    return DetectedFile(path, _text_kind(head, encoding, format), encoding, is_assumed)


def _text_kind(head: bytes, encoding: str, format: Format) -> FileKind:
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(('"TOA5"', "TOA5,")):
        return FileKind.TOA5
    if text.startswith("<"):
        if _KML.search(text):
            return FileKind.KML
        if text.startswith("<?xml"):
            raise UnreadableFile("This is XML, but no KML. Send KML, or a table.")
    if text.startswith("{") and FileKind.GEOJSON in format.files and _GEOJSON.search(text):
        return FileKind.GEOJSON
    return _json_kind(text) if text.startswith(("[", "{")) else FileKind.DELIMITED


def _archive(path: Path) -> DetectedFile:
    entries = archives.entries_of(path)
    if is_workbook(entries):
        archives.require_harmless(entries, what="workbook")
        return DetectedFile(path, FileKind.WORKBOOK)
    if is_shapefile(entries):
        archives.require_harmless(entries, what="archive")
        encoding, is_assumed = encoding_of(path)
        return DetectedFile(path, FileKind.SHAPEFILE, encoding, is_assumed)
    raise UnreadableFile("This is an archive (ZIP). Send the files in it one by one.")


def _json_kind(text: str) -> FileKind:
    """Lines of JSON have one whole object on the first; a line longer than the head is taken for one."""
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
