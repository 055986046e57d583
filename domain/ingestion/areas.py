"""Areas that come in: GeoJSON polygons in WGS 84, each fault told in a sentence."""

import json
from collections.abc import Iterator
from itertools import pairwise
from math import isfinite

from domain.ingestion.issues import IssueRule
from domain.ingestion.values import Cell, CellFault

POSITIONS_MAX = 20_000
EXTENT_DEGREES_MAX = 20.0
CHARACTERS_MAX = 2_000_000
_RING_MIN = 4
_DIGITS = 7
"""Decimals of a degree that are kept: a centimetre."""

_AREAS = ("Polygon", "MultiPolygon")
_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "GeometryCollection")

Position = tuple[float, float]


class _NoArea(ValueError):
    """With the sentence that is told of it."""


def area(cell: Cell) -> dict[str, object] | CellFault:
    """
    A GeoJSON Polygon or MultiPolygon from a cell that is one, or whose text is one.

    Rings are turned as RFC 7946 wants them (the outer one counter-clockwise) and heights are left off. Refused are
    rings that are open or cross themselves, positions off the globe, and extents that no project has.
    """
    try:
        polygons = list(_polygons(_document(cell)))
        for rings in polygons:
            _require_extent(rings[0])
        _require_valid(polygons)
    except _NoArea as fault:
        return CellFault(IssueRule.GEOMETRY, str(fault))
    written = [[[list(one) for one in ring] for ring in rings] for rings in polygons]
    if len(written) == 1:
        return {"type": "Polygon", "coordinates": written[0]}
    return {"type": "MultiPolygon", "coordinates": written}


def _polygons(found: object) -> Iterator[list[list[Position]]]:
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(found, dict) or kind not in _AREAS:
        named = f"; this is a {kind}" if kind in _OTHERS else ""
        raise _NoArea(
            f"This is no area. A boundary is a polygon, in a table the text of its GeoJSON geometry{named}."
        )
    coordinates = found.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise _NoArea("The polygon has no positions.")
    left = POSITIONS_MAX
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise _NoArea("A polygon is a list of rings, the outer one first.")
        left -= sum(len(ring) for ring in polygon if isinstance(ring, list))
        if left < 0:
            raise _NoArea(f"An area has {POSITIONS_MAX:,} positions at most. Draw it simpler.")
        yield [_turned(_ring(ring), is_outer=not number) for number, ring in enumerate(polygon)]


def _document(cell: Cell) -> object:
    if isinstance(cell, str) and len(cell) <= CHARACTERS_MAX:
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return None
    return cell


def _ring(ring: object) -> list[Position]:
    if not isinstance(ring, list) or len(ring) < _RING_MIN:
        raise _NoArea("A ring has four positions at least, the last one like the first.")
    positions: list[Position] = []
    for position in ring:
        pair = position[:2] if isinstance(position, list | tuple) else ()
        if len(pair) != 2 or not all(  # noqa: PLR2004 -- longitude and latitude
            isinstance(one, int | float) and not isinstance(one, bool) and isfinite(one)
            for one in pair
        ):
            raise _NoArea("A position is a longitude and a latitude.")
        longitude, latitude = (round(float(one), _DIGITS) for one in pair)
        if abs(longitude) > 180 or abs(latitude) > 90:  # noqa: PLR2004 -- degrees of a globe
            raise _NoArea(
                f"{pair[0]}, {pair[1]} is no longitude and latitude. The longitude comes first, in degrees."
            )
        positions.append((longitude, latitude))
    if positions[0] != positions[-1]:
        raise _NoArea("A ring is not closed: its last position is its first.")
    return positions


def _turned(ring: list[Position], *, is_outer: bool) -> list[Position]:
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return ring if (twice_area > 0) == is_outer else ring[::-1]


def _require_extent(ring: list[Position]) -> None:
    longitudes, latitudes = zip(*ring, strict=True)
    width, height = max(longitudes) - min(longitudes), max(latitudes) - min(latitudes)
    if max(width, height) > EXTENT_DEGREES_MAX:
        raise _NoArea(
            f"A polygon is wider or higher than {EXTENT_DEGREES_MAX:g} degrees. Are longitude and latitude"
            " exchanged? What crosses the 180th meridian is two polygons."
        )


def _require_valid(polygons: list[list[list[Position]]]) -> None:
    # Loaded when the first area comes in: it brings numpy.
    import shapely  # noqa: PLC0415 -- as said

    made = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    shape = made[0] if len(made) == 1 else shapely.MultiPolygon(made)
    if not shape.is_valid:
        raise _NoArea(
            f"The outline crosses itself, or its parts overlap ({shapely.is_valid_reason(shape)}). Draw it again there."
        )
