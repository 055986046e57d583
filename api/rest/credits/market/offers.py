"""Offers: one's own, and for everybody what is to be had."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.credits.reads import offers as reads_offers
from adapters.postgres.credits.reads.offers import OfferFilter
from api.commands.addresses import offer_address
from api.commands.credits import offers as commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import COUNTRY_DESCRIPTION, Country, TonnesInput, WholeNumber
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_bytes, page_params, whole_list_response
from api.http.resources import reading, resources
from api.http.responses import json_response, public_response
from api.http.routing import IdempotentRoute, RegistryRoute
from api.http.schema import Data, DataList, ListLinks, ResponseSchema
from api.rest.credits.schemas.market import (
    OfferRequest,
    OfferResponse,
    RegistryOffer,
    RegistryOfferMeta,
    offer_response,
    registry_offer_response,
)
from domain.projects.projects import ProjectType
from domain.quantities import format_tonnes
from domain.standards.labels import Scheme

OFFERS_MAX = 1_000

router = APIRouter(tags=["Credits"], route_class=IdempotentRoute)
public_router = APIRouter(prefix="/registry", tags=["Public registry"], route_class=RegistryRoute)


class RegistryOfferList(ResponseSchema):
    """Part of what is offered, and the sum of all of it."""

    data: list[RegistryOffer]
    meta: RegistryOfferMeta
    links: ListLinks


@router.get(
    "/offers",
    summary="List my offers",
    response_model=DataList[OfferResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_offers(request: Request, account: SignedIn) -> Response:
    """Those that stand, also where nothing is left to be had."""
    async with reading(request) as connection:
        found = await reads_offers.offers_of(connection, account=account)
    return whole_list_response([offer_response(one) for one in found], limit=OFFERS_MAX)


@router.post(
    "/offers",
    status_code=201,
    summary="Offer credits",
    response_model=Data[OfferResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.CONFLICT,
    ),
)
async def offer_credits(
    request: Request, account: SignedIn, key: OperationKey, body: OfferRequest
) -> Response:
    """
    For holders. All active credits of the project's vintage are listed for everybody, now and later.

    Offering them again changes whether the name is shown.
    """
    offer = await commands.offer_credits(
        resources(request),
        account,
        key,
        project_id=body.project_id,
        vintage=body.vintage,
        name_shown=body.name_shown,
    )
    return json_response(offer_response(offer), status=201, location=offer_address(offer.id))


@router.delete(
    "/offers/{offer_id}",
    status_code=204,
    response_class=Response,
    summary="Withdraw an offer",
    responses=error_responses(
        Code.VALIDATION_ERROR,
        Code.AUTHENTICATION_ERROR,
        Code.AUTHORIZATION_ERROR,
        Code.NOT_FOUND,
    ),
)
async def withdraw_offer(request: Request, account: SignedIn, offer_id: UUID) -> Response:
    """For the holder. What is asked for or reserved already goes on."""
    await commands.withdraw_offer(resources(request), account, offer_id)
    return Response(status_code=204)


@public_router.get(
    "/offers",
    summary="List credits to buy",
    response_model=RegistryOfferList,
    responses=error_responses(Code.VALIDATION_ERROR),
)
async def list_registry_offers(
    request: Request,
    list_request: Annotated[ListRequest, page_params(RegistryOffer, sort="offeredAt")],
    project_id: Annotated[UUID | None, Query(alias="projectId")] = None,
    vintage: Annotated[Annotated[int, WholeNumber(1, 9999)] | None, Query()] = None,
    type: ProjectType | None = None,
    country: Annotated[Country | None, Query(description=COUNTRY_DESCRIPTION)] = None,
    min_quantity: Annotated[TonnesInput | None, Query(alias="minQuantity")] = None,
    methodology_id: Annotated[UUID | None, Query(alias="methodologyId")] = None,
    label: Annotated[
        Scheme | None, Query(description="Credits that bear a label of that scheme today.")
    ] = None,
) -> Response:
    """
    What holders offer, each by project and vintage, with how much is there and whom to ask.

    `minQuantity` leaves out where less than that is available, `methodologyId` projects verified by no version of it. `meta` has the sum of all that fit.
    """
    chosen = OfferFilter(
        project_id,
        vintage,
        type and type.value,
        country,
        min_quantity,
        methodology_id,
        label,
    )
    async with reading(request) as connection:
        rows = await reads_offers.offers_page(connection, chosen, list_request.page)
        sums = await reads_offers.offer_sums(connection, chosen)
    body = list_bytes(
        request,
        list_request,
        rows,
        registry_offer_response,
        lambda view: (view.offered_at, view.id),
        more_meta={"offers": sums.offers, "available": format_tonnes(sums.available_units)},
    )
    return public_response(request, body)
