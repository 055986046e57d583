"""A boundary and points near it as shapes: a plan in drawing units, true to area where it is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from domain.monitoring.boundaries import SamplingPoint

WIDTH, HEIGHT = 560, 320
_MARGIN = 20
_POSITIONS_MAX = 2000


@dataclass(frozen=True)
class SitePoint:
    name: str
    x: float
    y: float
    is_outside: bool


@dataclass(frozen=True)
class SiteMap:
    """`path` is of an SVG path, all rings in it; empty where no boundary is drawn."""

    path: str
    points: Sequence[SitePoint]
    width: int = WIDTH
    height: int = HEIGHT


def site_map(
    geometry: Mapping[str, Any] | None,
    points: Sequence[SamplingPoint],
    outside: Sequence[SamplingPoint] = (),
) -> SiteMap | None:
    """None where there is nothing to draw. Points far outside make the boundary small, and so are seen."""
    rings = _rings(geometry) if geometry else []
    places = [position for ring in rings for position in ring]
    places += [(one.longitude, one.latitude) for one in points]
    if not places:
        return None
    west, east = min(x for x, _ in places), max(x for x, _ in places)
    south, north = min(y for _, y in places), max(y for _, y in places)
    # A degree of longitude is shorter than one of latitude, by the cosine.
    narrow = max(cos(radians((south + north) / 2)), 0.01)
    wide, high = (east - west) * narrow, north - south
    scale = min((WIDTH - 2 * _MARGIN) / (wide or 1e-6), (HEIGHT - 2 * _MARGIN) / (high or 1e-6))
    left = (WIDTH - wide * scale) / 2
    top = (HEIGHT - high * scale) / 2

    def at(longitude: float, latitude: float) -> tuple[float, float]:
        x = left + (longitude - west) * narrow * scale
        return round(x, 1), round(top + (north - latitude) * scale, 1)

    path = "".join(
        "M" + "L".join(f"{x} {y}" for x, y in (at(*position) for position in _thinned(ring))) + "Z"
        for ring in rings
    )
    drawn = [
        SitePoint(one.name, *at(one.longitude, one.latitude), one in outside) for one in points
    ]
    return SiteMap(path, drawn)


def _rings(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [[(one[0], one[1]) for one in ring] for polygon in polygons for ring in polygon]


def _thinned(ring: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    return ring[:: -(-len(ring) // _POSITIONS_MAX)]
