"""Zipped Shapefiles (ESRI 1998), by pyshp: one of them in an archive, with its reference system."""

import codecs
import mmap
import struct
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from adapters.ingestion.archives import entries_of
from adapters.ingestion.maps.features import Feature, feature_rows
from adapters.ingestion.maps.reference_systems import to_wgs_84
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell

PRJ_CHARACTERS_MAX = 10_000
_NEEDED = (".shp", ".shx", ".dbf", ".prj")
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ShapefileParts:
    """Entries of the archive by their endings."""

    shp: zipfile.ZipInfo
    shx: zipfile.ZipInfo
    dbf: zipfile.ZipInfo
    prj: zipfile.ZipInfo
    cpg: zipfile.ZipInfo | None


def is_shapefile(entries: Sequence[zipfile.ZipInfo]) -> bool:
    return any(
        PurePosixPath(entry.filename).suffix.lower() in {".shp", ".dbf"} for entry in entries
    )


def parts_of(entries: Sequence[zipfile.ZipInfo]) -> ShapefileParts:
    """
    Raises:
        UnreadableFile: there is none, or more than one, or it lacks a part.
    """
    files = {
        entry.filename: entry
        for entry in entries
        # What macOS puts beside each file is no second one.
        if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
    }
    bases = {name.rpartition(".")[0] for name in files if name.lower().endswith((".shp", ".dbf"))}
    if len(bases) != 1:
        raise UnreadableFile(f"The archive holds {len(bases)} Shapefiles. Send them one by one.")
    base = bases.pop()
    found = {
        PurePosixPath(name).suffix.lower(): entry
        for name, entry in files.items()
        if name.rpartition(".")[0] == base
    }
    missing = [ending for ending in _NEEDED if ending not in found]
    if missing:
        why = " The .prj says which reference system it is in." if ".prj" in missing else ""
        raise UnreadableFile(f"The Shapefile lacks its {', '.join(missing)}.{why}")
    return ShapefileParts(
        found[".shp"], found[".shx"], found[".dbf"], found[".prj"], found.get(".cpg")
    )


def encoding_of(path: Path) -> tuple[str, bool]:
    """
    Of its attributes: what the `.cpg` says; without one UTF-8 if it is that, else Windows-1252, assumed.

    Raises:
        UnreadableFile: it lacks a part.
    """
    parts = parts_of(entries_of(path))
    with zipfile.ZipFile(path) as archive:
        if parts.cpg is not None:
            with archive.open(parts.cpg) as file:
                named = file.read(40).decode("ascii", "replace").strip()
            try:
                return codecs.lookup(f"cp{named}" if named.isdigit() else named).name, False
            except (LookupError, ValueError):
                pass
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            with archive.open(parts.dbf) as file:
                # Its header holds bytes that are no text.
                file.read(struct.unpack("<8xH", file.read(10))[0] - 10)
                while chunk := file.read(_CHUNK_BYTES):
                    decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252", True
        except (zipfile.BadZipFile, struct.error, OSError, ValueError) as broken:
            raise UnreadableFile(_BROKEN) from broken
    return "utf-8", False


def shapefile_rows(path: Path, encoding: str) -> Iterator[Row]:
    """
    A row for each shape, numbered from 1.

    Raises:
        UnreadableFile: it lacks a part, is broken off, or is of a reference system that cannot be turned into WGS 84.
    """
    return feature_rows(_features(path, encoding))


def _features(path: Path, encoding: str) -> Iterator[Feature]:
    # Loaded when a Shapefile comes in.
    import shapefile  # noqa: PLC0415 -- as said

    parts = parts_of(entries_of(path))
    with TemporaryDirectory(prefix="shapefile-") as folder, ExitStack() as opened:
        try:
            with zipfile.ZipFile(path) as archive:
                with archive.open(parts.prj) as file:
                    wkt = file.read(PRJ_CHARACTERS_MAX).decode("utf-8", "replace")
                # Under names of ours, and mapped: no length that the file states makes memory of its size.
                shp, shx, dbf = (
                    opened.enter_context(_mapped(archive, entry, Path(folder) / str(number)))
                    for number, entry in enumerate((parts.shp, parts.shx, parts.dbf))
                )
            system = to_wgs_84(wkt.strip())
            reader = opened.enter_context(
                shapefile.Reader(
                    shp=shp, shx=shx, dbf=dbf, encoding=encoding, encodingErrors="replace"
                )
            )
            for number, found in enumerate(reader.iterShapeRecords(), start=1):
                attributes = {name: _cell(value) for name, value in found.record.as_dict().items()}
                yield Feature(number, system.geometry(_geometry(found.shape)), attributes)
        except UnreadableFile:
            raise
        except (
            *(zipfile.BadZipFile, shapefile.ShapefileException, struct.error, OSError, EOFError),
            *(
                ValueError,
                IndexError,
                KeyError,
                TypeError,
                OverflowError,
                MemoryError,
                AttributeError,
            ),
        ) as broken:
            # All of these come out of pyshp for bytes that are none of a Shapefile.
            raise UnreadableFile(_BROKEN) from broken


_BROKEN = "The Shapefile is broken off, or its parts are not of one file. Zip and send it again."


def _mapped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> mmap.mmap:
    with archive.open(entry) as source, path.open("wb") as target:
        while chunk := source.read(_CHUNK_BYTES):
            target.write(chunk)
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape.shapeType == 0:
        return None
    found = shape.__geo_interface__
    return {"type": found["type"], "coordinates": _lists(found["coordinates"])}


def _lists(found: Any) -> Any:
    return [_lists(one) for one in found] if isinstance(found, list | tuple) else found


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool | int | float | date):
        return value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\x00", "").strip() or None
