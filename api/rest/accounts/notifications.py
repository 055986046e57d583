"""What the one who asks was told."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import notifications_page
from api.http.errors.problem import Code, error_responses
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading
from api.http.routing import RegistryRoute
from api.http.schema import DataList
from api.rest.accounts.schemas.notifications import NotificationResponse, notification_response

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
    list_request: Annotated[ListRequest, page_params(NotificationResponse, sort="createdAt")],
) -> Response:
    """The same that were sent by mail, newest first."""
    async with reading(request) as connection:
        rows = await notifications_page(connection, account.id, list_request.page)
    return list_response(
        request, list_request, rows, notification_response, lambda n: (n.created_at, n.id)
    )
