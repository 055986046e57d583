"""Boundaries and sampling points as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from adapters.postgres.monitoring.reads.boundaries import PublicBoundaryView
from api.commands.monitoring.boundaries import SiteView
from api.http.fields import Text
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.monitoring.examples.monitoring import (
    BOUNDARY_SENT,
    PLACE,
    POINTS_SENT,
    PUBLIC_BOUNDARIES,
    PUBLIC_BOUNDARY,
)
from domain.monitoring.boundaries import POINTS_MAX, SamplingPoint


class GeometryRequest(RequestSchema):
    """A GeoJSON geometry (RFC 7946): longitude first, WGS 84."""

    type: Annotated[str, Text(20)] = Field(description="Polygon or MultiPolygon.")
    coordinates: list[Any]


class BoundaryRequest(RequestSchema):
    """A project's boundary."""

    model_config = ConfigDict(json_schema_extra={"examples": [BOUNDARY_SENT]})

    geometry: GeometryRequest


class SentPoint(RequestSchema):
    """A place where samples are taken; degrees, WGS 84."""

    name: Annotated[str, Text(100)]
    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


class PointsRequest(RequestSchema):
    """All sampling points of a project, in the place of those that there are."""

    model_config = ConfigDict(json_schema_extra={"examples": [POINTS_SENT]})

    points: Annotated[list[SentPoint], Field(max_length=POINTS_MAX)]

    def sampling_points(self) -> list[SamplingPoint]:
        return [SamplingPoint(one.name, one.latitude, one.longitude) for one in self.points]


class GeometryResponse(ResponseSchema):
    """A GeoJSON geometry, its rings as RFC 7946 wants them."""

    type: str
    coordinates: list[Any]


class PointResponse(ResponseSchema):
    name: str
    latitude: float
    longitude: float


class OverlapResponse(ResponseSchema):
    """`share` is the part of the project's own area, 0 to 1."""

    project_id: UUID
    title: str
    share: float
    area_hectares: float


class PlaceResponse(ResponseSchema):
    """
    Where a project lies; `geometry` null: nobody has drawn it yet. `pointsOutside` name points that do not lie in it.

    `overlaps` are projects whose boundaries overlap; null for suppliers.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [PLACE]})

    project_id: UUID
    geometry: GeometryResponse | None
    area_hectares: float | None
    number: int | None = Field(description="Counts the boundaries of a project from 1.")
    set_at: Moment | None
    points: list[PointResponse]
    points_outside: list[str]
    overlaps: list[OverlapResponse] | None


class PublicBoundaryResponse(ResponseSchema):
    """Where a project lies, for everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_BOUNDARY]})

    project_id: UUID
    geometry: GeometryResponse
    area_hectares: float
    set_at: Moment


class PublicBoundariesResponse(ResponseSchema):
    """Projects with a part in a box, the largest first, at most 100."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLIC_BOUNDARIES]})

    boundaries: list[PublicBoundaryResponse]


def place_response(view: SiteView) -> PlaceResponse:
    boundary = view.boundary
    return PlaceResponse(
        project_id=view.project_id,
        geometry=None if boundary is None else GeometryResponse(**boundary.geometry),
        area_hectares=None if boundary is None else boundary.area_hectares,
        number=None if boundary is None else boundary.number,
        set_at=None if boundary is None else boundary.set_at,
        points=[PointResponse(**vars(one)) for one in view.points],
        points_outside=[one.name for one in view.outside],
        overlaps=None
        if view.overlaps is None
        else [
            OverlapResponse(
                project_id=one.other_project_id,
                title=one.title,
                share=one.share,
                area_hectares=one.area_hectares,
            )
            for one in view.overlaps
        ],
    )


def public_boundary_response(view: PublicBoundaryView) -> PublicBoundaryResponse:
    return PublicBoundaryResponse(
        project_id=view.project_id,
        geometry=GeometryResponse(**view.geometry),
        area_hectares=view.area_hectares,
        set_at=view.set_at,
    )
