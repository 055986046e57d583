"""Positions of other reference systems turned into WGS 84 by PROJ, or refused where that would be a guess."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from domain.ingestion.submissions import UnreadableFile

ACCURACY_METRES_MAX = 5.0
"""As PROJ states it. Grids of national surveys are not installed, and without them it is off by a hundred."""

_LISTS = (list, tuple)
_CELL_DEGREES = 5


@dataclass(frozen=True)
class ToWgs84:
    """`name` is what the system calls itself; `turn` takes and gives x and y, longitude first."""

    name: str
    turn: Callable[[float, float], tuple[float, float]] | None

    def geometry(self, geometry: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if geometry is None or self.turn is None:
            return geometry
        if geometry.get("type") == "GeometryCollection":
            parts = [self.geometry(one) for one in geometry.get("geometries", ())]
            return {"type": "GeometryCollection", "geometries": parts}
        return {**geometry, "coordinates": self._turned(geometry.get("coordinates"))}

    def bounds(self, west: float, south: float, east: float, north: float) -> tuple[float, ...]:
        """Of what lies between: edges that are straight in one system are bent in another."""
        if self.turn is None:
            return west, south, east, north
        steps = [number / 20 for number in range(21)]
        edge = [
            *((west + (east - west) * at, y) for at in steps for y in (south, north)),
            *((x, south + (north - south) * at) for at in steps for x in (west, east)),
        ]
        xs, ys = zip(*(self.turn(*one) for one in edge), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def _turned(self, found: Any) -> Any:
        if not isinstance(found, _LISTS) or not found or self.turn is None:
            return found
        if isinstance(found[0], _LISTS):
            return [self._turned(one) for one in found]
        return [*self.turn(found[0], found[1]), *found[2:]]


WGS_84 = ToWgs84("WGS 84", None)


@lru_cache(maxsize=32)
def to_wgs_84(system: str) -> ToWgs84:
    """
    `system` is WKT as in a `.prj`, or a name as `EPSG:32643`.

    Raises:
        UnreadableFile: PROJ does not know it. What `turn` raises too: at a position that is none in it, or that is turned
            into WGS 84 to no better than 5 m.
    """
    # Loaded when a file of another system comes in: it brings a library of its own.
    from pyproj import CRS, Transformer  # noqa: PLC0415 -- as said
    from pyproj.exceptions import ProjError  # noqa: PLC0415 -- as said

    try:
        crs = CRS.from_user_input(system)
        if crs.is_bound:
            raise UnreadableFile(_refusal("another system with a shift of its own"))
        named = crs.name[:100]
        if crs.is_geographic and crs.to_epsg(min_confidence=70) in {4326, 4979}:
            return WGS_84
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True, only_best=True)
    except ProjError as unknown:
        raise UnreadableFile(_refusal("a reference system that is not known")) from unknown
    looked_at: set[tuple[int, int]] = set()

    def turn(x: float, y: float) -> tuple[float, float]:
        if not isinstance(x, int | float) or not isinstance(y, int | float):
            raise UnreadableFile("A position of the file is no pair of numbers.")
        longitude, latitude = transformer.transform(x, y)
        if not (isfinite(longitude) and isfinite(latitude)):
            raise UnreadableFile(
                f"{x}, {y} is no position in “{named}”. Is the file of another reference system?"
            )
        cell = int(longitude // _CELL_DEGREES), int(latitude // _CELL_DEGREES)
        if cell not in looked_at:
            # Which way PROJ takes depends on the place, and it takes a while to say which it was.
            looked_at.add(cell)
            if not 0 <= transformer.get_last_used_operation().accuracy <= ACCURACY_METRES_MAX:
                raise UnreadableFile(_refusal(f"“{named}”"))
        return longitude, latitude

    return ToWgs84(named, turn)


def _refusal(named: str) -> str:
    return f"The file is in {named}, which is not turned into WGS 84 exactly enough here. Save it in WGS 84 (EPSG:4326)."
