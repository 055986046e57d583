"""
Places on the map of the pages, in Equal Earth projection, where areas compare fairly.

The outline is static/world.svg, drawn with the same function (static/SOURCES.md).
Source: B. Šavrič, T. Patterson, B. Jenny, "The Equal Earth map projection", 2018.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

WIDTH = 1000.0
"""Drawing units from the 180th meridian to itself along the equator."""
_NORTH, _SOUTH = 84.0, -58.0
"""Antarctica holds no projects; leaving it out gives the rest more room."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_HALF_WIDTH = 2 * sqrt(3) * radians(180) / (3 * _A1)


@dataclass(frozen=True)
class MapPoint:
    """A place in drawing units, from the top left corner."""

    x: float
    y: float


def _equal_earth(latitude: float, longitude: float) -> tuple[float, float]:
    theta = asin(sqrt(3) / 2 * sin(radians(latitude)))
    squared = theta**2
    sixth = squared**3
    slope = 9 * _A4 * sixth * squared + 7 * _A3 * sixth + 3 * _A2 * squared + _A1
    x = 2 * sqrt(3) * radians(longitude) * cos(theta) / (3 * slope)
    y = theta * (_A4 * sixth * squared + _A3 * sixth + _A2 * squared + _A1)
    return x, y


_SCALE = WIDTH / (2 * _HALF_WIDTH)
_TOP = _equal_earth(_NORTH, 0)[1]
HEIGHT = round((_TOP - _equal_earth(_SOUTH, 0)[1]) * _SCALE, 1)


def to_map(*, latitude: float, longitude: float) -> MapPoint:
    """Degrees to drawing units; a place beyond the drawn latitudes stands at the map's edge."""
    x, y = _equal_earth(min(max(latitude, _SOUTH), _NORTH), longitude)
    return MapPoint(round((x + _HALF_WIDTH) * _SCALE, 1), round((_TOP - y) * _SCALE, 1))


def view_around(point: MapPoint, *, width: float = 260.0, height: float = 156.0) -> str:
    """The `viewBox` of a piece of the map with the point in it, never beyond the map's edge."""
    left = min(max(point.x - width / 2, 0), WIDTH - width)
    top = min(max(point.y - height / 2, 0), HEIGHT - height)
    return f"{left:g} {top:g} {width:g} {height:g}"


WHOLE_MAP = f"0 0 {WIDTH:g} {HEIGHT:g}"
