"""Alerts, for staff: what is wrong now, and what was."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.chain import reads as reads_chain
from api.http.authentication import requires
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading
from api.http.routing import RegistryRoute
from api.http.schema import DataList, Moment, ResponseSchema
from api.rest.chain.examples.alerts import ALERT
from domain.accounts.roles import Permission
from domain.chain.alerts import Alert, AlertKind


class AlertResponse(ResponseSchema):
    """A condition that somebody must know of, from when it began until it ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALERT]})

    id: UUID
    kind: AlertKind
    subject: str = Field(
        description="The wallet, transaction, record or network it is about, or the ledger."
    )
    sentence: str = Field(description="How it stands, or how it stood when it ended.")
    raised_at: Moment
    cleared_at: Moment | None = Field(description="Null as long as the condition holds.")


router = APIRouter(
    prefix="/admin",
    tags=["Staff"],
    route_class=RegistryRoute,
    dependencies=[requires(Permission.RUN_CHAIN)],
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
    asked: Annotated[ListRequest, page_params(AlertResponse, sort="raisedAt")],
    kind: AlertKind | None = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only those that hold now, or that are over.")
    ] = None,
) -> Response:
    """For administrators: outages, a low wallet, slow or failing records, a ledger that does not add up; newest first unless asked otherwise."""
    async with reading(request) as connection:
        rows = await reads_chain.alerts_page(connection, asked.part, kind=kind, is_open=is_open)
    return answer_list(request, asked, rows, alert_response, lambda a: (a.raised_at, a.id))


def alert_response(alert: Alert) -> AlertResponse:
    return AlertResponse(
        id=alert.id,
        kind=alert.kind,
        subject=alert.subject,
        sentence=alert.sentence,
        raised_at=alert.raised_at,
        cleared_at=alert.cleared_at,
    )
