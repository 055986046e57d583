"""What the one who asks was told."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import NotificationView, notifications_page
from api.http.authentication import SignedIn
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading
from api.http.routing import RegistryRoute
from api.http.schema import DataList, Moment, ResponseSchema
from api.rest.accounts.examples.notifications import NOTIFICATION
from domain.accounts.notifications import NotificationKind


class NotificationResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [NOTIFICATION]})

    id: UUID
    kind: NotificationKind
    message: str
    link: str = Field(description="A path below the registry's public address.")
    read_at: Moment | None
    created_at: Moment


router = APIRouter(tags=["Accounts"], route_class=RegistryRoute)


@router.get(
    "/me/notifications",
    summary="Read my notifications",
    response_model=DataList[NotificationResponse],
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_notifications(
    request: Request,
    account: SignedIn,
    asked: Annotated[ListRequest, page_params(NotificationResponse, sort="createdAt")],
) -> Response:
    """The same that were sent by mail, newest first."""
    async with reading(request) as connection:
        rows = await notifications_page(connection, account.id, asked.part)
    return answer_list(request, asked, rows, _response, lambda n: (n.created_at, n.id))


def _response(seen: NotificationView) -> NotificationResponse:
    return NotificationResponse(
        id=seen.id,
        kind=seen.kind,
        message=seen.message,
        link=seen.link,
        read_at=seen.read_at,
        created_at=seen.created_at,
    )
