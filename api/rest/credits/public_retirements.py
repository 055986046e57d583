"""Retirements as anybody may see them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import retirements as reads_retirements
from adapters.postgres.credits.reads.retirements import RetirementFilter, RetirementView
from api.commands.credits.retirement import visible_retirement
from api.http.errors.problem import Code, error_responses
from api.http.fields import Country, Text, WholeNumber
from api.http.lists import ListRequest, list_bytes, page_params
from api.http.resources import public_url, reading, resources
from api.http.responses import data_bytes, public_response
from api.http.routing import RegistryRoute
from api.http.schema import Data, DataList
from api.rest.credits.retirement import retirement_position
from api.rest.credits.schemas.retirement import RetirementResponse, retirement_response

router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


@router.get(
    "/retirements",
    summary="List all retirements",
    response_model=DataList[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_retirements(
    request: Request,
    list_request: Annotated[ListRequest, page_params(RetirementResponse, sort="retiredAt")],
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
    vintage: Annotated[Annotated[int, WholeNumber(1, 9999)] | None, Query()] = None,
    q: Annotated[
        str | None,
        Text(200),
        Query(
            description="Words that are all in the beneficiary's name or identifier, in any case, with or "
            "without accents. Three characters of a word are enough."
        ),
    ] = None,
    country: Annotated[
        Country | None, Query(description="Where a project is whose credits were retired.")
    ] = None,
    beneficiary: Annotated[
        str | None, Text(200), Query(description="The beneficiary's whole name, letter by letter.")
    ] = None,
) -> Response:
    """Every retirement there is, newest first unless asked otherwise."""
    chosen = RetirementFilter(project_id, vintage, q, country, beneficiary)
    async with reading(request) as connection:
        rows = await reads_retirements.retirements_page(
            connection, chosen, list_request.page, account=None
        )

    def as_response(view: RetirementView) -> RetirementResponse:
        return retirement_response(view, public_url(request))

    return public_response(
        request, list_bytes(request, list_request, rows, as_response, retirement_position)
    )


@router.get(
    "/retirements/{retirement_id}",
    summary="Read a retirement",
    response_model=Data[RetirementResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.NOT_FOUND),
)
async def read_retirement(request: Request, retirement_id: UUID) -> Response:
    """On whose behalf, why, and how far its chain record has come."""
    view = await visible_retirement(resources(request), None, retirement_id)
    return public_response(request, data_bytes(retirement_response(view, public_url(request))))
