"""What the one who asks was told, and what of it they have read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.accounts.reads import notification, notifications_page, unread_count
from api.commands.accounts import profile as commands
from api.http.errors.problem import Code, error_responses
from api.http.fields import Flag
from api.http.idempotency import OperationKey
from api.http.identity.authentication import SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data
from api.rest.accounts.schemas.notifications import (
    NotificationListResponse,
    NotificationResponse,
    notification_response,
)
from domain.errors import NotFound

router = APIRouter(tags=["Accounts"], route_class=IdempotentRoute)


@router.get(
    "/me/notifications",
    summary="Read my notifications",
    response_model=NotificationListResponse,
    responses=error_responses(Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR),
)
async def list_notifications(
    request: Request,
    account: SignedIn,
    list_request: Annotated[ListRequest, page_params(NotificationResponse, sort="createdAt")],
    unread: Annotated[
        Flag | None, Query(description="Only what is not read yet, or only what is.")
    ] = None,
) -> Response:
    """What one was told, newest first; `meta.unread` is how many are not read yet, in all."""
    async with reading(request) as connection:
        rows = await notifications_page(connection, account.id, list_request.page, unread=unread)
        count = await unread_count(connection, account.id)
    return list_response(
        request,
        list_request,
        rows,
        notification_response,
        lambda n: (n.created_at, n.id),
        more_meta={"unread": count},
    )


@router.post(
    "/me/notifications/{notification_id}/read",
    summary="Mark a notification as read",
    response_model=Data[NotificationResponse],
    responses=error_responses(
        Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.NOT_FOUND, Code.CONFLICT
    ),
)
async def read_notification(
    request: Request,
    account: SignedIn,
    key: OperationKey,  # noqa: ARG001 -- the answer is kept under it
    notification_id: UUID,
) -> Response:
    """What was read before keeps the moment it was read first."""
    await commands.mark_read(resources(request), account, notification_id)
    async with reading(request) as connection:
        view = await notification(connection, notification_id, account.id)
    if view is None:
        raise NotFound("There is no such notification.")
    return json_response(notification_response(view))
