"""A boundary as people have it: the text of a GeoJSON file (RFC 7946), down to its one geometry."""

import json
from collections.abc import Mapping
from typing import Any

from domain.errors import Fault, Invalid

_WGS_84 = ("CRS84", "4326")
"""How the names of WGS 84 end that files written before RFC 7946 carry."""


def geometry_in(text: str, *, pointer: str = "/geometry") -> Mapping[str, Any]:
    """
    The geometry of a GeoJSON text: one by itself, or that of its only feature.

    What coordinates it has is for `boundaries.boundary_of` to judge.

    Raises:
        Invalid: it is no JSON, no GeoJSON, has no feature or several, or is of another reference system than WGS 84.
    """
    if not text.strip():
        raise _fault("Paste the boundary, or choose a file.", pointer)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as broken:
        raise _fault(
            f"This is no JSON: at line {broken.lineno}, column {broken.colno}.", pointer
        ) from None
    except (ValueError, RecursionError):
        raise _fault("This is no JSON that anybody draws a boundary in.", pointer) from None
    _require_wgs_84(found, pointer)
    if _kind(found) == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            count = len(features) if isinstance(features, list) else 0
            sentence = (
                f"The file has {count} features; a boundary is one. Join them to one MultiPolygon."
            )
            raise _fault(sentence if count else "The file has no feature.", pointer)
        found = features[0]
    if _kind(found) == "Feature":
        found = found.get("geometry")
    if _kind(found) not in {"Polygon", "MultiPolygon"}:
        kind = _kind(found)
        is_one = kind in {"Point", "MultiPoint", "LineString", "MultiLineString"}
        sentence = "A boundary is a GeoJSON geometry of type Polygon or MultiPolygon"
        raise _fault(f"{sentence}; this is a {kind}." if is_one else f"{sentence}.", pointer)
    return {"type": found["type"], "coordinates": found.get("coordinates")}


def _kind(found: Any) -> str:
    kind = found.get("type") if isinstance(found, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _require_wgs_84(found: Any, pointer: str) -> None:
    crs = found.get("crs") if isinstance(found, Mapping) else None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if isinstance(name, str) and not name.endswith(_WGS_84):
        raise _fault(
            "The file is of another reference system; save it in WGS 84 (EPSG:4326).", pointer
        )


def _fault(sentence: str, pointer: str) -> Invalid:
    return Invalid(sentence, Fault(pointer, sentence))
