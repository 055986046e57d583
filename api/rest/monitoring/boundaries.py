"""Where projects lie: drawn by suppliers, read by everybody, asked for by a box."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.commands.monitoring import boundaries as commands
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.resources import resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.monitoring.schemas.boundaries import (
    BoundaryRequest,
    PlaceResponse,
    PointsRequest,
    PublicBoundariesResponse,
    PublicBoundaryResponse,
    place_response,
    public_boundary_response,
)

router = APIRouter(prefix="/projects", tags=["Monitoring"], route_class=RegistryRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)

_READ = error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND)
_WRITE = error_responses(
    Code.VALIDATION_ERROR,
    Code.AUTHENTICATION_ERROR,
    Code.AUTHORIZATION_ERROR,
    Code.NOT_FOUND,
)


@router.get(
    "/{project_id}/boundary",
    summary="Read where a project lies",
    response_model=Data[PlaceResponse],
    responses=_READ,
)
async def read_boundary(request: Request, account: SignedIn, project_id: UUID) -> Response:
    """For the project's supplier, its verifiers, and administrators: with sampling points and overlaps."""
    view = await commands.visible_place(resources(request), account, project_id)
    return json_response(place_response(view))


@router.put(
    "/{project_id}/boundary",
    summary="Draw a project's boundary",
    response_model=Data[PlaceResponse],
    responses=_WRITE,
)
async def draw_boundary(
    request: Request, account: SignedIn, project_id: UUID, body: BoundaryRequest
) -> Response:
    """
    For the project's supplier. Drawn anew, the former one stays; everybody reads the newest.

    Staff and verifiers are told of projects whose boundaries overlap with it.
    """
    await commands.draw_boundary(
        resources(request), account, project_id, body.geometry.model_dump()
    )
    view = await commands.visible_place(resources(request), account, project_id)
    return json_response(place_response(view))


@router.put(
    "/{project_id}/sampling-points",
    summary="Name a project's sampling points",
    response_model=Data[PlaceResponse],
    responses=_WRITE,
)
async def set_points(
    request: Request, account: SignedIn, project_id: UUID, body: PointsRequest
) -> Response:
    """For the project's supplier; those that are not named are gone. Points outside the boundary are told."""
    await commands.set_points(resources(request), account, project_id, body.sampling_points())
    view = await commands.visible_place(resources(request), account, project_id)
    return json_response(place_response(view))


@public_router.get(
    "/boundaries",
    summary="Find projects in a box",
    response_model=Data[PublicBoundariesResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def find_boundaries(
    request: Request,
    bbox: Annotated[
        str,
        Query(
            max_length=200,
            description="West, south, east and north in degrees, as `-76,43.8,-75.9,43.9` (RFC 7946, section 5).",
        ),
    ],
) -> Response:
    """Projects whose boundary has a part in the box, the largest first, at most 100."""
    found = await commands.boundaries_in(resources(request), bbox)
    shape = PublicBoundariesResponse(boundaries=[public_boundary_response(one) for one in found])
    return public_response(request, data_bytes(shape))


@public_router.get(
    "/projects/{project_id}/boundary",
    summary="Read a project's boundary",
    response_model=Data[PublicBoundaryResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_public_boundary(request: Request, project_id: UUID) -> Response:
    """As its supplier drew it last."""
    found = await commands.public_boundary(resources(request), project_id)
    return public_response(request, data_bytes(public_boundary_response(found)))
