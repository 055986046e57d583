"""Features as rows: their attributes under their own names, and what their geometry says under ours."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from adapters.ingestion.delimited import COLUMNS_MAX
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row, squeezed
from domain.ingestion.values import Cell

HEAD = 100
"""Features whose attributes together are the columns."""
OWN = ("geometry", "geometryType", "latitude", "longitude", "depth")
"""Columns that the geometry fills: GeoJSON, its type, and of a point where it is."""
_TAKEN = frozenset(squeezed(name) for name in OWN[:2])


@dataclass(frozen=True)
class Feature:
    """`geometry` is GeoJSON in WGS 84, None where a feature has none; `number` counts from 1."""

    number: int
    geometry: Mapping[str, Any] | None
    attributes: Mapping[str, Cell] = field(default_factory=dict)


def feature_rows(features: Iterable[Feature]) -> Iterator[Row]:
    """
    A header, and a row for each feature.

    Where a feature has attributes “latitude” and “longitude” beside its point, the point counts.

    Raises:
        UnreadableFile: it has more attributes than a table has columns, or as the features raise.
    """
    coming = iter(features)
    head: list[Feature] = []
    for feature in coming:
        head.append(feature)
        if len(head) == HEAD:
            break
    names: dict[str, None] = {}
    for feature in head:
        names.update(dict.fromkeys(feature.attributes))
    points = [one for one in head if one.geometry and one.geometry.get("type") == "Point"]
    ours: tuple[str, ...] = OWN if points else OWN[:2]
    taken = frozenset(squeezed(name) for name in ours[: 4 if points else 2]) | _TAKEN
    theirs = [name for name in names if squeezed(name) not in taken]
    if any(squeezed(name) == "depth" for name in theirs):
        # A depth that somebody wrote down is no height of a position.
        ours = ours[:4]
    if len(theirs) + len(ours) > COLUMNS_MAX:
        raise UnreadableFile(f"A table has {COLUMNS_MAX} columns at most.")
    yield Row(0, [*theirs, *ours])
    for feature in chain(head, coming):
        cells = [feature.attributes.get(name) for name in theirs]
        yield Row(feature.number, [*cells, *_own_cells(feature.geometry)[: len(ours)]])


def _own_cells(geometry: Mapping[str, Any] | None) -> list[Cell]:
    if geometry is None:
        return [None] * 5
    cells: list[Cell] = [dict(geometry), str(geometry.get("type", "")), None, None, None]
    position = geometry.get("coordinates")
    if geometry.get("type") == "Point" and isinstance(position, list | tuple) and len(position) > 1:
        cells[2], cells[3] = position[1], position[0]
        if len(position) > 2 and isinstance(position[2], int | float) and position[2] < 0:  # noqa: PLR2004 -- a third is a height
            cells[4] = -position[2]
    return cells
