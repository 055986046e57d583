"""Maps that come in: the same places whatever the file and its reference system, and bad ones refused."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapefile
import tifffile
from pyproj import CRS

from adapters.ingestion.maps import kml as kml_reader
from domain.ingestion.issues import IssueRule
from domain.ingestion.submissions import UnreadableFile
from tests.adapters.ingestion.reading import read_bytes

RING = [[76.5, 10.5], [76.6, 10.5], [76.6, 10.6], [76.5, 10.5]]
UTM_RING = [
    (664153.35, 1161086.74),
    (675099.5, 1161140.72),
    (675042.93, 1172201.5),
    (664153.35, 1161086.74),
]
"""The same in metres of EPSG:32643."""
POINT = {"type": "Point", "coordinates": [76.55, 10.52]}


def collection(*features: tuple[Any, Mapping[str, Any]], **more: Any) -> bytes:
    found = [{"type": "Feature", "geometry": g, "properties": p} for g, p in features]
    return json.dumps({"type": "FeatureCollection", "features": found, **more}).encode()


def polygon(ring: list[Any]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def kml(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{inside}</Folder></Document></kml>'.encode()


PLACEMARK = (
    "<Placemark><name>North</name><ExtendedData><Data name='role'><value>stratum</value></Data></ExtendedData>"
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
    + " ".join(f"{x},{y},0" for x, y in RING)
    + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)


def shape_zip(
    system: str | None = "EPSG:4326",
    *,
    without: tuple[str, ...] = (),
    cut: int | None = None,
    beside: Mapping[str, bytes] | None = None,
    is_point: bool = False,
) -> bytes:
    parts = {name: io.BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding="utf-8") as writer:
        writer.field("name", "C", 40)
        writer.field("role", "C", 20)
        if is_point:
            writer.point(76.55, 10.52)
        else:
            writer.poly([UTM_RING if system == "EPSG:32643" else RING])
        writer.record("Nörth", "stratum")
    contents = {f"area/{name}": part.getvalue() for name, part in parts.items()}
    contents = {f"map.{name.partition('/')[2]}": part for name, part in contents.items()}
    if system is not None:
        contents["map.prj"] = CRS.from_user_input(system).to_wkt("WKT1_ESRI").encode()
    if cut is not None:
        contents["map.shp"] = contents["map.shp"][:cut]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**contents, **(beside or {})}.items():
            if not name.endswith(without or ("?",)):
                archive.writestr(name, part)
    return written.getvalue()


AREAS = {
    "GeoJSON": collection((polygon(RING), {"name": "North", "role": "stratum"})),
    "GeoJSON, ring clockwise, with heights": collection(
        (polygon([[*one, 12.0] for one in RING[::-1]]), {"name": "North", "role": "stratum"})
    ),
    "KML": kml(PLACEMARK),
    "Shapefile": shape_zip().replace(b"N\xc3\xb6rth", b"North "),
}


@pytest.mark.parametrize("content", AREAS.values(), ids=AREAS.keys())
def test_an_area_is_the_same_in_each_kind_of_map(content: bytes, tmp_path: Path) -> None:
    read = read_bytes(tmp_path, content, "boundaries")

    assert read.issues == []
    (record,) = read.records
    assert record.values["geometry"] == {"type": "Polygon", "coordinates": [RING]}
    assert (record.values["role"], record.line) == ("stratum", 1)


def test_a_shapefile_in_metres_is_read_in_degrees(tmp_path: Path) -> None:
    (record,) = read_bytes(tmp_path, shape_zip("EPSG:32643"), "boundaries").records

    (ring,) = record.values["geometry"]["coordinates"]
    flat = [number for position in ring for number in position]
    assert flat == pytest.approx([number for position in RING for number in position], abs=1e-6)
    assert record.values["name"] == "Nörth"


POINTS = {
    "GeoJSON": collection((POINT, {"name": "Plot 1", "latitude": 0})),
    "KML": kml(
        "<Placemark><name>Plot 1</name><Point><coordinates>76.55,10.52,0</coordinates></Point></Placemark>"
    ),
    "Shapefile": shape_zip(is_point=True),
}


@pytest.mark.parametrize("content", POINTS.values(), ids=POINTS.keys())
def test_a_point_of_a_map_is_where_it_is_drawn(content: bytes, tmp_path: Path) -> None:
    (record,) = read_bytes(tmp_path, content, "sampling-points").records

    assert (record.values["latitude"], record.values["longitude"]) == ("10.52", "76.55")


BAD_AREAS = {
    "crosses itself": polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]),
    "open": polygon([[0, 0], [1, 0], [1, 1], [0, 1]]),
    "off the globe": polygon([[0, 0], [1, 0], [1, 95], [0, 0]]),
    "too wide": polygon([[0, 0], [50, 0], [50, 1], [0, 0]]),
    "no numbers": polygon([["0", 0], [1, 0], [1, 1], ["0", 0]]),
    "a line": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    "nothing in it": {"type": "Polygon", "coordinates": []},
}


@pytest.mark.parametrize("geometry", BAD_AREAS.values(), ids=BAD_AREAS.keys())
def test_an_area_that_cannot_be_is_told_with_its_feature(geometry: Any, tmp_path: Path) -> None:
    content = collection((polygon(RING), {"name": "good"}), (geometry, {"name": "bad"}))
    read = read_bytes(tmp_path, content, "boundaries")

    assert [(issue.rule, issue.line, issue.column) for issue in read.issues] == [
        (IssueRule.GEOMETRY, 2, "geometry")
    ]
    assert [record.values["name"] for record in read.records] == ["good"]


BILLION = (
    '<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
REFUSED = {
    "entities in KML": (kml("<name>&c;</name>", BILLION), "This KML declares a document type"),
    "a file beside KML": (
        kml("<name>&x;</name>", '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "This KML declares a document type",
    ),
    "half of KML": (kml(PLACEMARK)[:-30], "This KML is broken off"),
    "deep KML": (kml("<Folder>" * 200 + "</Folder>" * 200), "This KML is nested deeper"),
    "other XML": (b'<?xml version="1.0"?><gpx/>', "This is XML, but no KML."),
    "half of GeoJSON": (AREAS["GeoJSON"][:-40], "This is no JSON, or it is broken off"),
    "deep GeoJSON": (
        b'{"type": "Feature", "geometry": ' + b"[" * 100_000,
        "This GeoJSON is nested deeper",
    ),
    "unknown system of GeoJSON": (
        collection((polygon(RING), {}), crs={"properties": {"name": "urn:of:nowhere"}}),
        "The file is in a reference system that is not known",
    ),
    "no .prj": (shape_zip(None), "The Shapefile lacks its .prj."),
    "no .shx and .dbf": (
        shape_zip(without=(".shx", ".dbf")),
        "The Shapefile lacks its .shx, .dbf.",
    ),
    "two of them": (shape_zip(beside={"other.shp": b"?"}), "The archive holds 2 Shapefiles."),
    "half a Shapefile": (shape_zip(cut=120), "The Shapefile is broken off"),
    "a system without its grid": (shape_zip("EPSG:24378"), "The file is in “"),
    "a path that leads out": (
        shape_zip(beside={"../../etc/cron.d/job": b"* * * * *"}),
        "This archive has parts whose names lead out of it",
    ),
    "a Windows path that leads out": (
        shape_zip(beside={"C:\\autoexec.bat": b"?"}),
        "This archive has parts whose names lead out of it",
    ),
    "a Shapefile that unpacks to far more": (
        shape_zip(beside={"map.sbn": bytes(20_000_000)}),
        "This archive unpacks to far more than it says.",
    ),
    "an archive of something else": (
        shape_zip(without=(".shp", ".dbf")),
        "This is an archive (ZIP). Send the files in it one by one.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_map_that_is_none_is_refused_with_a_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(tmp_path, content, "boundaries")

    assert refused.value.detail.startswith(sentence)


def test_a_line_of_more_positions_than_any_map_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kml_reader, "COORDINATES_CHARACTERS_MAX", 20)

    with pytest.raises(UnreadableFile, match="more than 20 characters of positions"):
        read_bytes(tmp_path, kml(PLACEMARK), "boundaries")


def geotiff(
    folder: Path, *, tags: bool = True, epsg: int = 32643, epsg_in: int = 0, text: str = ""
) -> bytes:
    keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, epsg_in, len(text) or 1, epsg)
    tagged = [
        (33550, "d", 3, (30.0, 30.0, 0.0), True),
        (33922, "d", 6, (0.0, 0.0, 0.0, 664248.0, 1172107.0, 0.0), True),
        (34735, "H", len(keys), keys, True),
        (42113, "s", 0, "-9999", True),
        *([(34737, "s", 0, text, True)] if text else []),
    ]
    path = folder / "made.tif"
    tifffile.imwrite(
        path, np.zeros((40, 60), "float32"), extratags=tagged if tags else [], description="Canopy"
    )
    return path.read_bytes()


def test_a_raster_is_known_by_its_header(tmp_path: Path) -> None:
    (record,) = read_bytes(tmp_path, geotiff(tmp_path), "rasters").records

    values = record.values
    assert (values["width"], values["height"], values["noData"]) == (60, 40, "-9999")
    assert (values["crs"], values["dataType"], values["cellWidth"]) == (
        "EPSG:32643",
        "float32",
        "30",
    )
    edges = [float(values[name]) for name in ("west", "south", "east", "north")]
    assert edges == pytest.approx([76.5, 10.589, 76.5165, 10.6], abs=2e-3)


NO_RASTERS = {
    "lies nowhere": ({"tags": False}, None, "This TIFF does not say where it lies."),
    "half of it": ({}, 60, "This TIFF is broken off"),
    "a text for its code": (
        {"epsg": 0, "epsg_in": 34737, "text": "UTM 43|"},
        None,
        "This TIFF names no reference system",
    ),
    "a system of its own": ({"epsg": 32767}, None, "This TIFF names no reference system"),
}


@pytest.mark.parametrize(("made", "length", "sentence"), NO_RASTERS.values(), ids=NO_RASTERS.keys())
def test_a_raster_that_lies_nowhere_is_refused(
    made: dict[str, Any], length: int | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_bytes(tmp_path, geotiff(tmp_path, **made)[:length], "rasters")

    assert refused.value.detail.startswith(sentence)
