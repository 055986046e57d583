"""LineageView: the tree of a credit entry, and the way of a single unit."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import lineage as reads_lineage
from adapters.postgres.credits.reads.lineage_views import LineageView
from api.commands.credits.credits import visible_credit
from api.http.errors.problem import Code, error_responses
from api.http.fields import WholeNumber
from api.http.identity.authentication import SignedIn
from api.http.resources import public_url, reading, resources
from api.http.responses import data_bytes, json_response, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.rest.credits.schemas.credits import SerialInPath
from api.rest.credits.schemas.lineage import (
    LineageResponse,
    OwnLineageResponse,
    UnitResponse,
    lineage_response,
    own_lineage_response,
    unit_response,
)
from domain.errors import NotFound
from domain.identifiers import Serial

UNIT_MAX = 2**63 - 1


router = APIRouter(route_class=RegistryRoute)


@router.get(
    "/credits/{serial}/lineage",
    tags=["Credits"],
    summary="Read a credit entry's lineage",
    response_model=Data[OwnLineageResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND),
)
async def read_own_lineage(request: Request, account: SignedIn, serial: SerialInPath) -> Response:
    """The whole tree from the issuance on, for the entry's holder and staff."""
    await visible_credit(resources(request), account, serial)
    return json_response(own_lineage_response(serial, await _lineage(request, serial), account))


@router.get(
    "/registry/credits/{serial}/lineage",
    tags=["Public registry"],
    summary="Follow a serial's units",
    response_model=Data[LineageResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_lineage(request: Request, serial: SerialInPath) -> Response:
    """From the issuance to where the units are now, with each transaction; nobody is named."""
    shape = lineage_response(serial, await _lineage(request, serial))
    return public_response(request, data_bytes(shape))


@router.get(
    "/registry/units/{number}",
    tags=["Public registry"],
    summary="Follow a unit",
    response_model=Data[UnitResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_unit(
    request: Request,
    number: Annotated[int, WholeNumber(1, UNIT_MAX), Path(description="A unit is 0.01 t CO2e.")],
) -> Response:
    """Where a unit is and where it has been. Its holder is known by role only."""
    async with reading(request) as connection:
        way = await reads_lineage.unit_path(connection, number)
    if way is None:
        raise NotFound("No unit with this number was ever issued.")
    return public_response(request, data_bytes(unit_response(number, way, public_url(request))))


async def _lineage(request: Request, serial: str) -> LineageView:
    async with reading(request) as connection:
        found = await reads_lineage.lineage(connection, Serial.parse(serial))
    if found is None:
        raise NotFound("There is no such credit entry.")
    return found
