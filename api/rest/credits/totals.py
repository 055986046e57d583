"""Totals of the whole registry, and the sum that anybody can recompute from its parts."""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import totals as reads_totals
from api.http.errors.problem import error_responses
from api.http.resources import reading
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data
from api.http.single_flight import counted
from api.rest.credits.schemas.totals import (
    ConservationResponse,
    LastCheckResponse,
    StatsResponse,
    part_response,
    sum_response,
)

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


@router.get(
    "/stats",
    summary="Read the registry's totals",
    response_model=Data[StatsResponse],
    responses=error_responses(),
)
async def read_stats(request: Request) -> Response:
    """How many projects and retirements there are, and where the issued credits are."""
    whole = counted(request)
    sums, counts = await asyncio.gather(whole.sums(), whole.counts())
    shape = StatsResponse(
        projects=counts.projects,
        projects_verified=counts.projects_verified,
        retirements=counts.retirements,
        retirements_on_chain=counts.retirements_on_chain,
        issued=sums.issued_units,
        active=sums.active_units,
        reserved=sums.reserved_units,
        suspended=sums.suspended_units,
        retired=sums.retired_units,
        cancelled=sums.cancelled_units,
        buffer=sums.buffer_units,
    )
    return public_response(request, data_bytes(shape))


@router.get(
    "/conservation",
    summary="Recompute the conservation sum",
    response_model=Data[ConservationResponse],
    responses=error_responses(),
)
async def read_conservation(request: Request) -> Response:
    """
    Issued = active + reserved + suspended + retired + cancelled + buffer, for each project and vintage and in total.

    What was issued comes from the issuances, the rest from the entries, read in one moment. In a
    large registry that moment may be five seconds ago.
    """
    lines = await counted(request).conservation()
    async with reading(request) as connection:
        check = await reads_totals.last_check(connection)
    total = reads_totals.in_total(lines)
    shape = ConservationResponse(
        total=sum_response(total),
        holds=total.holds and all(line.parts.holds for line in lines),
        parts=[part_response(line) for line in lines],
        last_check=LastCheckResponse(checked_at=check.checked_at, holds=check.holds)
        if check
        else None,
    )
    return public_response(request, data_bytes(shape))
