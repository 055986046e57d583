"""What was sent to a webhook, and sending it once more; and the events themselves, for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from activities.ports.database import UnitOfWork
from adapters.postgres.publishing import reads as reads_webhooks
from api.http.authentication import SignedIn, requires
from api.http.idempotency import OperationKey
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import answer
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
from api.rest.publishing.webhooks import audit, found
from domain.accounts.roles import Permission
from domain.errors import Fault, Invalid, NotFound
from domain.identifiers import operation_id
from domain.publishing.events import Event, EventName
from domain.publishing.webhooks import (
    SUBSCRIBABLE,
    DeliveryStatus,
    Webhook,
    new_delivery,
    replay,
    require_active,
)

REPLAY_EVENTS_MAX = 1000
"""One transaction holds them all; a longer span is sent in parts."""


router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[requires(Permission.MANAGE_WEBHOOKS)],
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
    asked: Annotated[ListRequest, page_params(DeliveryResponse, sort="createdAt")],
    status: DeliveryStatus | None = None,
) -> Response:
    """For administrators: what was sent, how often, and what the receiver answered last."""
    async with resources(request).database.transaction() as work:
        found(await work.publishing.webhooks.get(webhook_id))
    async with reading(request) as connection:
        rows = await reads_webhooks.deliveries_page(connection, webhook_id, asked.part, status)
    return answer_list(request, asked, rows, delivery_response, lambda d: (d.created_at, d.id))


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
    parts = resources(request)
    now = parts.clock.now()
    ping = Event(
        id=operation_id(account.id, "ping-webhook", key),
        name=EventName.WEBHOOK_PING,
        payload={"webhookId": str(webhook_id)},
        occurred_at=now,
    )
    async with parts.database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        require_active(webhook)
        delivery = new_delivery(webhook, ping, at=now)
        if await work.publishing.outbox.get(ping.id) is None:
            await work.publishing.outbox.add(ping)
            # Nobody but this webhook is to get it, so that there is nothing left to plan.
            await work.publishing.outbox.mark_dispatched([ping.id], now)
            await work.publishing.deliveries.add([delivery])
            audit(request, work, "pinged", account, webhook_id)
    return await _answer_delivery(request, delivery.id, status=201)


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
    operation = f"replay/{operation_id(account.id, 'replay-delivery', key)}"
    async with resources(request).database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        delivery = await work.publishing.deliveries.lock(delivery_id)
        if delivery is None or delivery.webhook_id != webhook_id:
            raise NotFound("There is no such delivery.")
        if await work.requests.activity_results.claim(operation):
            require_active(webhook)
            await work.publishing.deliveries.save(replay(delivery))
            audit(request, work, "replayed", account, webhook_id)
            await work.requests.activity_results.finish(operation, {"events": 1})
    return await _answer_delivery(request, delivery_id)


@router.post(
    "/webhooks/{webhook_id}/replay",
    summary="Send a span of events once more",
    response_model=Data[ReplayedResponse],
    responses=_CHANGE_ERRORS,
)
async def replay_span(
    request: Request, account: SignedIn, key: OperationKey, webhook_id: UUID, sent: ReplayRequest
) -> Response:
    """
    For administrators. Sends what the webhook wants of the span, also what was never sent to it.

    What is still on its way is left alone. At most 1,000 events at a time.
    """
    operation = f"replay/{operation_id(account.id, 'replay-span', key)}"
    async with resources(request).database.transaction() as work:
        webhook = found(await work.publishing.webhooks.get(webhook_id))
        if await work.requests.activity_results.claim(operation):
            require_active(webhook)
            count = await _replay_span(request, work, webhook, sent)
            audit(request, work, "replayed", account, webhook_id)
            await work.requests.activity_results.finish(operation, {"events": count})
        replayed = await work.requests.activity_results.result(operation)
    return answer(ReplayedResponse(events=replayed["events"]))


@router.get(
    "/events",
    summary="List events",
    response_model=DataList[PublishedEventResponse],
    responses=error_responses(*_ERRORS),
)
async def list_events(
    request: Request,
    asked: Annotated[ListRequest, page_params(PublishedEventResponse, sort="occurredAt")],
    name: Annotated[EventName | None, Query()] = None,
) -> Response:
    """For administrators: everything that was published, whether or not a webhook wanted it."""
    async with reading(request) as connection:
        rows = await reads_webhooks.events_page(connection, asked.part, name)
    return answer_list(
        request, asked, rows, published_event_response, lambda e: (e.occurred_at, e.id)
    )


async def _replay_span(
    request: Request, work: UnitOfWork, webhook: Webhook, sent: ReplayRequest
) -> int:
    names = webhook.events or SUBSCRIBABLE
    events = await work.publishing.outbox.occurred_between(
        sent.since, sent.until, names, REPLAY_EVENTS_MAX + 1
    )
    if len(events) > REPLAY_EVENTS_MAX:
        detail = f"Choose a shorter span: this one holds more than {REPLAY_EVENTS_MAX} events"
        raise Invalid(detail, Fault("/to", detail))
    now, count = resources(request).clock.now(), 0
    for event in events:
        first = new_delivery(webhook, event, at=now)
        delivery = await work.publishing.deliveries.lock(first.id)
        if delivery is None:
            await work.publishing.deliveries.add([first])
        elif delivery.status is DeliveryStatus.PENDING:
            continue
        else:
            await work.publishing.deliveries.save(replay(delivery))
        count += 1
    return count


async def _answer_delivery(request: Request, delivery_id: UUID, *, status: int = 200) -> Response:
    async with reading(request) as connection:
        seen = await reads_webhooks.delivery_view(connection, delivery_id)
    if seen is None:
        raise NotFound("There is no such delivery.")
    return answer(delivery_response(seen), status=status)
