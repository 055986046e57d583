"""Alerts, for staff: what is wrong now, and what was."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import reads as reads_chain
from api.http.errors.problem import Code, error_responses
from api.http.fields import Flag
from api.http.identity.authentication import PERMITTED
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading
from api.http.routing import RegistryRoute
from api.http.schema import DataList
from api.rest.chain.schemas.alerts import AlertResponse, alert_response
from domain.chain.alerts import AlertKind

router = APIRouter(
    prefix="/admin",
    tags=["Staff"],
    route_class=RegistryRoute,
    dependencies=[PERMITTED],
)


@router.get(
    "/alerts",
    summary="List alerts",
    response_model=DataList[AlertResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR
    ),
)
async def list_alerts(
    request: Request,
    list_request: Annotated[ListRequest, page_params(AlertResponse, sort="raisedAt")],
    kind: AlertKind | None = None,
    is_open: Annotated[
        Flag | None, Query(alias="open", description="Only those that hold now, or that are over.")
    ] = None,
) -> Response:
    """For administrators: outages, a low wallet, slow or failing records, a ledger that does not add up; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_chain.alerts_page(
            connection, list_request.page, kind=kind, is_open=is_open
        )
    return list_response(request, list_request, rows, alert_response, lambda a: (a.raised_at, a.id))
