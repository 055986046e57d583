"""Webhooks, for staff: where events are sent. What was sent is in api/rest/publishing/webhook_deliveries.py."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.stored_responses import forgotten_before
from adapters.postgres.publishing.reads import webhooks as reads_webhooks
from api.commands.addresses import webhook_address
from api.commands.publishing import webhooks as commands
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey, ResponseForgotten
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretResponse, data_bytes, json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.publishing.schemas.webhooks import (
    WebhookChanged,
    WebhookCreatedResponse,
    WebhookRequest,
    WebhookResponse,
    webhook_created_response,
    webhook_response,
)

router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[PERMITTED],
)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)


@router.post(
    "/webhooks",
    status_code=201,
    summary="Add a webhook",
    response_model=Data[WebhookCreatedResponse],
    responses=error_responses(*_ERRORS, Code.CONFLICT),
)
async def add_webhook(
    request: Request, account: SignedIn, key: OperationKey, body: WebhookRequest
) -> Response:
    """
    For administrators. Events that happen from now on are sent to the address, signed.

    The address must be https and public. The answer holds the secret; it is not shown again, but
    to the same Idempotency-Key within a day.
    """
    parts = resources(request)
    webhook = await commands.add_webhook(parts, account, key, body.url, body.events)
    location = webhook_address(webhook.id)
    if webhook.created_at < forgotten_before(parts.clock.now()):
        raise ResponseForgotten(201, location)
    secret = parts.webhook_secrets.open(webhook.sealed_secret, webhook.id)
    return SecretResponse(
        data_bytes(webhook_created_response(webhook, secret)),
        status_code=201,
        headers={"Cache-Control": PRIVATE, "Location": location},
        media_type=MEDIA_TYPE,
    )


@router.get(
    "/webhooks",
    summary="List webhooks",
    response_model=DataList[WebhookResponse],
    responses=error_responses(*_ERRORS),
)
async def list_webhooks(
    request: Request,
    list_request: Annotated[ListRequest, page_params(WebhookResponse, sort="createdAt")],
) -> Response:
    """For administrators; those that were switched off too."""
    async with reading(request) as connection:
        rows = await reads_webhooks.webhooks_page(connection, list_request.page)
    return list_response(
        request, list_request, rows, webhook_response, lambda w: (w.created_at, w.id)
    )


@router.get(
    "/webhooks/{webhook_id}",
    summary="Read a webhook",
    response_model=Data[WebhookResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_webhook(request: Request, webhook_id: UUID) -> Response:
    """For administrators. The secret is not among what is read."""
    async with resources(request).database.transaction() as work:
        return json_response(
            webhook_response(commands.found(await work.publishing.webhooks.get(webhook_id)))
        )


@router.patch(
    "/webhooks/{webhook_id}",
    summary="Change a webhook",
    response_model=Data[WebhookResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def change_webhook(
    request: Request, account: SignedIn, webhook_id: UUID, body: WebhookChanged
) -> Response:
    """For administrators. Deliveries under way use the new address at their next attempt."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    webhook = await commands.change_webhook(resources(request), account, webhook_id, changes)
    return json_response(webhook_response(webhook))


@router.delete(
    "/webhooks/{webhook_id}",
    status_code=204,
    summary="Switch a webhook off",
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def remove_webhook(request: Request, account: SignedIn, webhook_id: UUID) -> Response:
    """For administrators. Nothing is sent to it any more; it stays readable with its log."""
    await commands.remove_webhook(resources(request), account, webhook_id)
    return Response(status_code=204)
