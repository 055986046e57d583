"""
Where a project lies: its boundary as a polygon, what points lie outside, and whose boundaries overlap.

A boundary is GeoJSON (RFC 7946): longitude before latitude, WGS 84, the outer ring counter-clockwise. Exact
questions are asked of shapely (GEOS) in the plane of degrees: right for boundaries of less than some degrees,
and areas are told in hectares by an equal-area projection of the same degrees (ADR 0104 says where that ends).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import TYPE_CHECKING, Any
from uuid import UUID

import rfc8785

from domain.accounts.roles import Account, Permission
from domain.errors import Fault, Invalid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

POSITIONS_MAX = 20_000
POLYGONS_MAX = 100
POINTS_MAX = 1000
EXTENT_DEGREES_MAX = 20.0
"""Wider than any project; what is wider has latitude and longitude exchanged, or a wrong sign."""
OVERLAP_SHARE_MIN = 0.001
"""Of the smaller one: boundaries that merely touch, or were drawn with another thickness, do not overlap."""
_HECTARES_IN_SQUARE_DEGREE = 6_371_008.8**2 * radians(1) ** 2 / 10_000
_DIGITS = 7
"""Decimals of a degree that are kept: a centimetre."""

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """Degrees; `west` is not more than `east`: what lies on both sides of the 180th meridian is two polygons."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Boundary:
    """
    `number` counts those of a project from 1; the newest counts, the others stay.

    `geometry` is a GeoJSON Polygon or MultiPolygon, `area_hectares` its area on the globe.
    """

    project_id: UUID
    number: int
    geometry: Mapping[str, Any]
    area_hectares: float
    set_by: UUID
    set_at: datetime

    @property
    def box(self) -> Box:
        positions = [position for ring in _rings(self.geometry) for position in ring]
        longitudes, latitudes = zip(*positions, strict=True)
        return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(rfc8785.dumps(dict(self.geometry))).hexdigest()


@dataclass(frozen=True)
class SamplingPoint:
    """A place where samples are taken; degrees, WGS 84."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Overlap:
    """`share` of the project's own boundary that lies in the other one's, 0 to 1."""

    other_project_id: UUID
    share: float
    area_hectares: float


def boundary_of(
    project_id: UUID,
    geometry: Any,
    before: Boundary | None,
    *,
    actor: Account,
    at: datetime,
    pointer: str = "/geometry",
) -> Boundary:
    """
    The boundary as it stands from now on; the one before, if nothing is new.

    Rings that run the wrong way are turned; nothing else is mended.

    Raises:
        Forbidden: the actor's role draws no boundaries.
        Invalid: it is no polygon, is not closed, crosses itself, or is no place on the globe; all faults at once.
    """
    actor.require(Permission.DRAW_BOUNDARY)
    polygons = _polygons(geometry, pointer)
    shape = _shape(polygons)
    if not shape.is_valid:
        import shapely  # noqa: PLC0415 -- numpy comes with it, which nobody who has no boundary should load

        why = str(shapely.is_valid_reason(shape))
        detail = f"The boundary crosses or touches itself: {why}."
        raise Invalid(detail, Fault(f"{pointer}/coordinates", detail))
    shape = shape.normalize()
    made = Boundary(
        project_id=project_id,
        number=1 if before is None else before.number + 1,
        geometry=_document(shape),
        area_hectares=_area(shape),
        set_by=actor.id,
        set_at=at,
    )
    return before if before is not None and before.geometry == made.geometry else made


def require_points(points: Sequence[SamplingPoint]) -> None:
    """
    Raises:
        Invalid: two have one name, or they are more than a project has; all faults at once.
    """
    names = [one.name for one in points]
    faults = [
        Fault(f"/points/{place}/name", f"There are two points {name}.")
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if faults:
        raise Invalid(" ".join(one.detail for one in faults), *faults)


def points_outside(boundary: Boundary, points: Sequence[SamplingPoint]) -> list[SamplingPoint]:
    """Those that lie neither in the boundary nor on it."""
    import shapely  # noqa: PLC0415 -- as above

    shape = _shape(_polygons(boundary.geometry, ""))
    return [one for one in points if not shape.covers(shapely.Point(one.longitude, one.latitude))]


def overlap_of(boundary: Boundary, other: Boundary) -> Overlap | None:
    """What of `boundary` lies in `other`; None where they merely touch, or not even that."""
    own, others = (_shape(_polygons(one.geometry, "")) for one in (boundary, other))
    shared = own.intersection(others)
    if shared.area < OVERLAP_SHARE_MIN * min(own.area, others.area) or not shared.area:
        return None
    return Overlap(other.project_id, round(shared.area / own.area, 4), round(_area(shared), 2))


def box_from(text: str, *, pointer: str = "/bbox") -> Box:
    """
    West, south, east and north, with commas (RFC 7946, section 5).

    Raises:
        Invalid: it is no box of the globe; one over the 180th meridian is two.
    """
    try:
        west, south, east, north = (float(one) for one in text.split(","))
    except ValueError:
        west, south, east, north = 0.0, 0.0, -1.0, -1.0
    if not (west <= east and south <= north and _on_globe(west, south) and _on_globe(east, north)):
        detail = "A box is west, south, east and north in degrees, as -76,43.8,-75.9,43.9; one over the 180th meridian is two."
        raise Invalid(detail, Fault(pointer, detail))
    return Box(west, south, east, north)


def has_part_in(geometry: Mapping[str, Any], box: Box) -> bool:
    """Whether a boundary that was drawn has a point in the box."""
    import shapely  # noqa: PLC0415 -- as above

    around = shapely.box(box.west, box.south, box.east, box.north)
    return bool(_shape(_polygons(geometry, "")).intersects(around))


def _polygons(geometry: Any, pointer: str) -> list[list[Ring]]:
    """Rings of positions, checked one by one."""
    faults: list[Fault] = []
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if kind not in {"Polygon", "MultiPolygon"} or not isinstance(coordinates, list):
        detail = "A boundary is a GeoJSON geometry of type Polygon or MultiPolygon."
        raise Invalid(detail, Fault(pointer or "/", detail))
    polygons = [coordinates] if kind == "Polygon" else coordinates
    place = f"{pointer}/coordinates"
    found: list[list[Ring]] = []
    if not 0 < len(polygons) <= POLYGONS_MAX:
        faults.append(Fault(place, f"A boundary has from 1 to {POLYGONS_MAX} polygons."))
    else:
        left = POSITIONS_MAX
        for number, rings in enumerate(polygons):
            at = place if kind == "Polygon" else f"{place}/{number}"
            if not isinstance(rings, list) or not rings:
                faults.append(Fault(at, "A polygon is a list of rings, the outer one first."))
                continue
            polygon = []
            for index, ring in enumerate(rings):
                left -= len(ring) if isinstance(ring, list) else 1
                if left < 0:
                    detail = (
                        f"A boundary has at most {POSITIONS_MAX:,} positions; draw it more simply."
                    )
                    raise Invalid(detail, Fault(place, detail))
                polygon.append(_ring(ring, f"{at}/{index}", faults))
            found.append(polygon)
    if not faults:
        faults += _extent_faults(found, place)
    if faults:
        raise Invalid(" ".join(dict.fromkeys(one.detail for one in faults)), *faults[:100])
    return found


def _ring(ring: Any, pointer: str, faults: list[Fault]) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:  # noqa: PLR2004 -- a triangle, closed
        faults.append(
            Fault(pointer, "A ring has at least four positions, the last one like the first.")
        )
        return []
    positions: Ring = []
    for index, position in enumerate(ring):
        pair = position[:2] if isinstance(position, list | tuple) else []
        if len(pair) != 2 or not all(  # noqa: PLR2004 -- longitude and latitude
            isinstance(one, int | float) and not isinstance(one, bool) for one in pair
        ):
            faults.append(Fault(f"{pointer}/{index}", "A position is a longitude and a latitude."))
        elif not _on_globe(*pair):
            faults.append(
                Fault(
                    f"{pointer}/{index}",
                    f"{pair[0]}, {pair[1]} is no longitude and latitude; in GeoJSON the longitude comes first.",
                )
            )
        else:
            positions.append((round(float(pair[0]), _DIGITS), round(float(pair[1]), _DIGITS)))
    if len(positions) == len(ring) and positions[0] != positions[-1]:
        faults.append(
            Fault(
                f"{pointer}/{len(ring) - 1}",
                "The ring is not closed: its last position is its first.",
            )
        )
    return positions


def _on_globe(longitude: float, latitude: float) -> bool:
    return abs(longitude) <= 180 and abs(latitude) <= 90  # noqa: PLR2004 -- degrees of a globe


def _extent_faults(polygons: Sequence[Sequence[Ring]], pointer: str) -> Iterator[Fault]:
    for polygon in polygons:
        longitudes, latitudes = zip(*polygon[0], strict=True)
        if (
            max(longitudes) - min(longitudes) > EXTENT_DEGREES_MAX
            or max(latitudes) - min(latitudes) > EXTENT_DEGREES_MAX
        ):
            yield Fault(
                pointer,
                f"A polygon is wider or higher than {EXTENT_DEGREES_MAX:g} degrees. Are longitude and latitude exchanged? What "
                "crosses the 180th meridian is two polygons.",
            )


def _shape(polygons: Sequence[Sequence[Ring]]) -> "BaseGeometry":
    import shapely  # noqa: PLC0415 -- as above

    made = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _document(shape: "BaseGeometry") -> dict[str, Any]:
    """With rings as RFC 7946 wants them: the outer one counter-clockwise, holes clockwise."""
    import shapely  # noqa: PLC0415 -- as above

    turned = [
        shapely.geometry.polygon.orient(one)
        for one in (shape.geoms if shape.geom_type == "MultiPolygon" else [shape])
    ]
    coordinates = [
        [[list(position) for position in ring.coords] for ring in (one.exterior, *one.interiors)]
        for one in turned
    ]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _area(shape: "BaseGeometry") -> float:
    """In hectares: degrees of longitude shortened by the latitude of the middle of each part."""
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    hectares = sum(
        one.area * cos(radians(one.centroid.y)) * _HECTARES_IN_SQUARE_DEGREE
        for one in parts
        if one.area
    )
    return float(round(hectares, 4))


def _rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[tuple[float, float]]]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        yield from ([(one[0], one[1]) for one in ring] for ring in polygon)
