"""GeoJSON (RFC 7946, and the `crs` of its forerunner): features with their properties."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.ingestion.json_rows import JSON_BYTES_MAX, flattened
from adapters.ingestion.maps.features import Feature, feature_rows
from adapters.ingestion.maps.reference_systems import WGS_84, ToWgs84, to_wgs_84
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row

GEOMETRIES = (
    *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    "GeometryCollection",
)
_NAMES_OF_WGS_84 = ("CRS84", "4326")


def geojson_rows(path: Path, encoding: str) -> Iterator[Row]:
    """
    A row for each feature, numbered from 1.

    Raises:
        UnreadableFile: it is broken off, above 50 MB, no GeoJSON, or of a reference system that cannot be turned into WGS 84.
    """
    if path.stat().st_size > JSON_BYTES_MAX:
        raise UnreadableFile("GeoJSON above 50 MB is not read. Send it as a zipped Shapefile.")
    try:
        found = json.loads(path.read_text(encoding))
    except RecursionError as deep:
        raise UnreadableFile("This GeoJSON is nested deeper than any geometry is.") from deep
    except ValueError as error:
        raise UnreadableFile(f"This is no JSON, or it is broken off: {error}.") from error
    return feature_rows(_features(found))


def _features(found: Any) -> Iterator[Feature]:
    system = _system(found)
    kind = found.get("type") if isinstance(found, dict) else None
    features = [found]
    if kind == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list):
            raise UnreadableFile("This FeatureCollection has no list of features.")
    elif kind in GEOMETRIES:
        features = [{"type": "Feature", "geometry": found, "properties": {}}]
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise UnreadableFile(f"Number {number} is no GeoJSON feature.")
        geometry, properties = feature.get("geometry"), feature.get("properties")
        if geometry is not None and not isinstance(geometry, dict):
            raise UnreadableFile(f"The geometry of feature {number} is none.")
        attributes = flattened(properties) if isinstance(properties, dict) else {}
        if "id" in feature:
            attributes.setdefault("id", feature["id"])
        yield Feature(number, system.geometry(geometry), attributes)


def _system(found: Any) -> ToWgs84:
    crs = found.get("crs") if isinstance(found, Mapping) else None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if not isinstance(name, str) or name.endswith(_NAMES_OF_WGS_84):
        return WGS_84
    return to_wgs_84(name[:200])
