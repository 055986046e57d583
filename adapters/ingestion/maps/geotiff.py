"""GeoTIFF (OGC 19-008): what its header says, by tifffile; no value of a cell is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.ingestion.maps.reference_systems import to_wgs_84
from domain.ingestion.submissions import UnreadableFile
from domain.ingestion.tables import Row

COLUMNS = (
    *("name", "width", "height", "bands", "dataType", "crs", "west", "south", "east", "north"),
    *("cellWidth", "cellHeight", "noData"),
)
_USER_DEFINED = 32767
_NO_DATA_CHARACTERS_MAX = 40
_SCALE, _TIE_POINT, _TRANSFORMATION, _NO_DATA = 33550, 33922, 34264, 42113
_CELL_IS_A_POINT = 2


def geotiff_rows(path: Path) -> Iterator[Row]:
    """
    One row: size, type, reference system, edges in WGS 84.

    Raises:
        UnreadableFile: it is no TIFF, lies nowhere, or in a reference system that cannot be turned into WGS 84.
    """
    # Loaded when a raster comes in: it brings numpy.
    import tifffile  # noqa: PLC0415 -- as said

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages.first
            keys: dict[str, Any] = dict(page.geotiff_tags or {})
            name = str(keys.get("GTCitationGeoKey") or page.tags.valueof("ImageDescription") or "")
            found = {
                "name": name[:200].strip() or "GeoTIFF",
                "width": int(page.imagewidth),
                "height": int(page.imagelength),
                "bands": int(page.samplesperpixel),
                "dataType": None if page.dtype is None else str(page.dtype),
                "noData": str(page.tags.valueof(_NO_DATA) or "").strip("\x00 ")[
                    :_NO_DATA_CHARACTERS_MAX
                ]
                or None,
            }
            cell = _cells(page)
    except UnreadableFile:
        raise
    except Exception as broken:
        # tifffile raises whatever its numbers lead to: all of it means that this is no whole TIFF.
        raise UnreadableFile(
            "This TIFF is broken off, or its header is none. Send it again."
        ) from broken
    return iter(_rows(found, cell, keys))


def _rows(
    found: dict[str, Any], cell: tuple[float, float, float, float], keys: dict[str, Any]
) -> list[Row]:
    left, top, width, height = cell
    if keys.get("GTRasterTypeGeoKey") == _CELL_IS_A_POINT:
        # The tie point is then the middle of the first cell.
        left, top = left - width / 2, top + height / 2
    system = _system(keys)
    right, bottom = left + width * found["width"], top - height * found["height"]
    edges = to_wgs_84(system).bounds(left, bottom, right, top)
    west, south, east, north = (round(one, 7) for one in edges)
    values = {
        **found,
        "crs": system,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "cellWidth": width,
        "cellHeight": height,
    }
    return [Row(0, list(COLUMNS)), Row(1, [values[name] for name in COLUMNS])]


def _cells(page: Any) -> tuple[float, float, float, float]:
    """Left and upper edge, then width and height of a cell, in units of the reference system."""
    matrix = page.tags.valueof(_TRANSFORMATION)
    if matrix is not None:
        if matrix[1] or matrix[4]:
            raise UnreadableFile(
                "This raster is turned against north. Save it with its rows from west to east."
            )
        return float(matrix[3]), float(matrix[7]), float(matrix[0]), -float(matrix[5])
    scale, tie = page.tags.valueof(_SCALE), page.tags.valueof(_TIE_POINT)
    if scale is None or tie is None:
        raise UnreadableFile("This TIFF does not say where it lies. Send a GeoTIFF.")
    width, height = float(scale[0]), float(scale[1])
    return (
        float(tie[3]) - width * float(tie[0]),
        float(tie[4]) + height * float(tie[1]),
        width,
        height,
    )


def _system(keys: dict[str, Any]) -> str:
    for name in ("ProjectedCSTypeGeoKey", "GeographicTypeGeoKey"):
        code = keys.get(name, 0)
        if not isinstance(code, int) or code == _USER_DEFINED:
            # A text where the standard has a number names none.
            break
        if code:
            return f"EPSG:{code}"
    raise UnreadableFile(
        "This TIFF names no reference system by its EPSG code. Save it with one, as EPSG:4326."
    )
