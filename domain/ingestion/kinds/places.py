"""Where things are: boundaries, points of sampling, and what the header of a raster says."""

from dataclasses import replace
from decimal import Decimal

from domain.ingestion.kinds.fields import (
    FieldType,
    IngestedKind,
    ModelField,
    RecordModel,
    choice,
    degrees,
    measured,
    text,
)


def _required(field: ModelField) -> ModelField:
    return replace(field, required=True)


def _count(name: str, description: str) -> ModelField:
    return ModelField(name, FieldType.INTEGER, description, required=True, minimum=Decimal(1))


PLACES = (
    RecordModel(
        IngestedKind.BOUNDARY,
        "Boundary",
        "An area of a project: its outline, a stratum, a parcel. Polygons in WGS 84.",
        (
            text("name", "Name or number of the area.", required=True),
            choice(
                "role",
                "What it bounds.",
                "project",
                "stratum",
                "parcel",
                "leakage_belt",
                "reference_region",
            ),
            ModelField(
                "geometry",
                FieldType.GEOMETRY,
                "A GeoJSON Polygon or MultiPolygon, longitude first.",
                required=True,
            ),
            measured("areaHectares", "hectare", "Its area, as its source states it."),
            text("source", "How it was drawn: survey, cadastre, image and date."),
        ),
        format_id="boundaries",
    ),
    RecordModel(
        IngestedKind.SAMPLING_POINT,
        "Sampling point",
        "Where samples are taken or an instrument stands.",
        (
            text("name", "Name or number of the point, as in the series.", required=True),
            _required(degrees("latitude", 90, "Degrees north, WGS 84.")),
            _required(degrees("longitude", 180, "Degrees east, WGS 84.")),
            ModelField("depth", FieldType.NUMBER, "Metres below the surface.", unit="metre"),
            measured("positionUncertainty", "metre", "Standard uncertainty of the position."),
            text("description", "What is there."),
        ),
        format_id="sampling-points",
    ),
    RecordModel(
        IngestedKind.RASTER,
        "Raster",
        "What the header of a GeoTIFF says. Values of its cells are not read.",
        (
            text("name", "Name of the raster.", required=True),
            _count("width", "Columns of cells."),
            _count("height", "Rows of cells."),
            _count("bands", "Values of each cell."),
            text("dataType", "Type of the values, as `float32`."),
            text("crs", "Its reference system, as `EPSG:32643`.", required=True),
            _required(degrees("west", 180, "Western edge, WGS 84.")),
            _required(degrees("south", 90, "Southern edge, WGS 84.")),
            _required(degrees("east", 180, "Eastern edge, WGS 84.")),
            _required(degrees("north", 90, "Northern edge, WGS 84.")),
            ModelField("cellWidth", FieldType.NUMBER, "In units of its reference system."),
            ModelField("cellHeight", FieldType.NUMBER, "In units of its reference system."),
            text("noData", "The value that stands for none."),
        ),
        format_id="rasters",
    ),
)
