"""What was sent to a webhook, and sending it once more; and the events themselves, for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.postgres.publishing.reads import webhooks as reads_webhooks
from api.commands.publishing import webhook_deliveries as commands
from api.commands.publishing.webhooks import found
from api.http.errors.problem import Code, error_responses
from api.http.idempotency import OperationKey
from api.http.identity.authentication import PERMITTED, SignedIn
from api.http.lists import ListRequest, list_response, page_params
from api.http.resources import reading, resources
from api.http.responses import json_response
from api.http.routing import IdempotentRoute
from api.http.schema import Data, DataList
from api.rest.publishing.schemas.webhook_deliveries import (
    DeliveryResponse,
    PublishedEventResponse,
    ReplayedResponse,
    ReplayRequest,
    delivery_response,
    published_event_response,
)
from domain.publishing.events import EventName
from domain.publishing.webhooks import DeliveryStatus

router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[PERMITTED],
)
_ERRORS = (Code.VALIDATION_ERROR, Code.AUTHENTICATION_ERROR, Code.AUTHORIZATION_ERROR)
_CHANGE_ERRORS = error_responses(*_ERRORS, Code.NOT_FOUND, Code.CONFLICT)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="List a webhook's deliveries",
    response_model=DataList[DeliveryResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def list_deliveries(
    request: Request,
    webhook_id: UUID,
    list_request: Annotated[ListRequest, page_params(DeliveryResponse, sort="createdAt")],
    status: DeliveryStatus | None = None,
) -> Response:
    """For administrators: what was sent, how often, and what the receiver answered last."""
    async with resources(request).database.transaction() as work:
        found(await work.publishing.webhooks.get(webhook_id))
    async with reading(request) as connection:
        rows = await reads_webhooks.deliveries_page(
            connection, webhook_id, list_request.page, status
        )
    return list_response(
        request, list_request, rows, delivery_response, lambda d: (d.created_at, d.id)
    )


@router.post(
    "/webhooks/{webhook_id}/ping",
    status_code=201,
    summary="Send a ping to a webhook",
    response_model=Data[DeliveryResponse],
    responses=_CHANGE_ERRORS,
)
async def ping_webhook(
    request: Request, account: SignedIn, key: OperationKey, webhook_id: UUID
) -> Response:
    """For administrators. Sends `webhook.ping` to this webhook alone; the log shows what came of it."""
    delivery = await commands.ping_webhook(resources(request), account, key, webhook_id)
    return json_response(delivery_response(delivery), status=201)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    summary="Send a delivery once more",
    response_model=Data[DeliveryResponse],
    responses=_CHANGE_ERRORS,
)
async def replay_delivery(
    request: Request, account: SignedIn, key: OperationKey, webhook_id: UUID, delivery_id: UUID
) -> Response:
    """For administrators. The event keeps its id; a delivery that is still on its way is refused."""
    delivery = await commands.replay_delivery(
        resources(request), account, key, webhook_id, delivery_id
    )
    return json_response(delivery_response(delivery))


@router.post(
    "/webhooks/{webhook_id}/replay",
    summary="Send a span of events once more",
    response_model=Data[ReplayedResponse],
    responses=_CHANGE_ERRORS,
)
async def replay_span(
    request: Request, account: SignedIn, key: OperationKey, webhook_id: UUID, body: ReplayRequest
) -> Response:
    """
    For administrators. Sends what the webhook wants of the span, also what was never sent to it.

    What is still on its way is left alone. At most 1,000 events at a time.
    """
    events = await commands.replay_span(
        resources(request), account, key, webhook_id, body.since, body.until
    )
    return json_response(ReplayedResponse(events=events))


@router.get(
    "/events",
    summary="List events",
    response_model=DataList[PublishedEventResponse],
    responses=error_responses(*_ERRORS),
)
async def list_events(
    request: Request,
    list_request: Annotated[ListRequest, page_params(PublishedEventResponse, sort="occurredAt")],
    name: Annotated[EventName | None, Query()] = None,
) -> Response:
    """For administrators: everything that was published, whether or not a webhook wanted it."""
    async with reading(request) as connection:
        rows = await reads_webhooks.events_page(connection, list_request.page, name)
    return list_response(
        request, list_request, rows, published_event_response, lambda e: (e.occurred_at, e.id)
    )
