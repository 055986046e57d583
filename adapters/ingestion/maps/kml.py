"""KML (OGC 07-147): placemarks with their data, read element by element; no entities, no document types."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # nosec B405 -- types only; defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from adapters.ingestion.maps.features import Feature, feature_rows
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row
from domain.ingestion.values import Cell

KML_BYTES_MAX = 200_000_000
ELEMENTS_OPEN_MAX = 200_000
COORDINATES_CHARACTERS_MAX = 5_000_000
DEPTH_MAX = 60
_GEOMETRIES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_MULTI = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}


def kml_rows(path: Path) -> Iterator[Row]:
    """
    A row for each placemark, numbered from 1; folders are passed through.

    Raises:
        UnreadableFile: its XML is broken off, declares a document type or entities, is nested deeper than any map is, or one
            of its placemarks is larger than that.
    """
    if path.stat().st_size > KML_BYTES_MAX:
        raise UnreadableFile("KML above 200 MB is not read. Send it as a zipped Shapefile.")
    return feature_rows(_features(path))


def _features(path: Path) -> Iterator[Feature]:
    number = 0
    try:
        for placemark in _placemarks(path):
            number += 1
            yield Feature(number, _geometry_in(placemark), _attributes(placemark))
    except DefusedXmlException as refused:
        raise UnreadableFile(
            "This KML declares a document type or entities, which no map needs. It was not read."
        ) from refused
    except ParseError as broken:
        raise UnreadableFile(f"This KML is broken off, or no XML: {broken}.") from broken


def _placemarks(path: Path) -> Iterator[Element]:
    """Whole ones; what was read of others is let go, so that memory stays flat."""
    open_elements: list[Element] = []
    inside, held = 0, 0
    for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
        name = _local(element.tag)
        if event == "start":
            if not open_elements and name != "kml":
                raise UnreadableFile("This is XML, but no KML. Send KML, or a table.")
            open_elements.append(element)
            inside += name == "Placemark"
            held = held + 1 if inside else 0
            if len(open_elements) > DEPTH_MAX or held > ELEMENTS_OPEN_MAX:
                raise UnreadableFile(
                    "This KML is nested deeper than any map is, or one placemark never ends."
                )
            continue
        open_elements.pop()
        if name == "Placemark":
            inside -= 1
            if not inside:
                yield element
                held = 0
        if not inside:
            element.clear()
            if open_elements:
                open_elements[-1].remove(element)


def _attributes(placemark: Element) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for child in placemark:
        name = _local(child.tag)
        if name in {"name", "description", "address"} and child.text:
            found[name] = child.text.strip()
        elif name == "ExtendedData":
            found.update(_extended(child))
        elif name == "TimeStamp":
            found["time"] = next((part.text for part in child if _local(part.tag) == "when"), None)
    return found


def _extended(data: Element) -> Iterator[tuple[str, Cell]]:
    for one in data.iter():
        name = one.get("name")
        if name and _local(one.tag) == "SimpleData":
            yield name, (one.text or "").strip()
        elif name and _local(one.tag) == "Data":
            value = next((part.text for part in one if _local(part.tag) == "value"), None)
            yield name, (value or "").strip()


def _geometry_in(parent: Element) -> Mapping[str, Any] | None:
    found = [
        geometry
        for child in parent
        if _local(child.tag) in _GEOMETRIES and (geometry := _geometry(child)) is not None
    ]
    if len(found) < 2:  # noqa: PLR2004 -- of several, one that holds them
        return found[0] if found else None
    kinds = {str(one["type"]) for one in found}
    multi = _MULTI.get(kinds.pop()) if len(kinds) == 1 else None
    if multi is None:
        return {"type": "GeometryCollection", "geometries": found}
    return {"type": multi, "coordinates": [one["coordinates"] for one in found]}


def _geometry(element: Element) -> Mapping[str, Any] | None:
    match _local(element.tag):
        case "MultiGeometry":
            return _geometry_in(element)
        case "Polygon":
            rings = [
                _positions(ring)
                for side in ("outerBoundaryIs", "innerBoundaryIs")
                for boundary in element
                if _local(boundary.tag) == side
                for ring in boundary
            ]
            return {"type": "Polygon", "coordinates": rings}
        case "Point":
            positions = _positions(element)
            return {"type": "Point", "coordinates": positions[0]} if positions else None
        case _:
            return {"type": "LineString", "coordinates": _positions(element)}


def _positions(element: Element) -> list[list[float]]:
    """`longitude,latitude[,height]` with white space between positions; heights are left off."""
    text = next((part.text for part in element if _local(part.tag) == "coordinates"), None) or ""
    if len(text) > COORDINATES_CHARACTERS_MAX:
        raise UnreadableFile(
            f"One line of this KML file has more than {COORDINATES_CHARACTERS_MAX:,} characters of positions."
            " Simplify it, or cut it in parts."
        )
    try:
        return [[float(number) for number in one.split(",")[:2]] for one in text.split()]
    except ValueError:
        # An empty ring is told as a fault of its row.
        return []


def _local(name: str) -> str:
    return name.rpartition("}")[2]
