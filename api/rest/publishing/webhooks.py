"""Webhooks, for staff: where events are sent. What was sent is in api/rest/publishing/webhook_deliveries.py."""

import secrets
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.ports.database import UnitOfWork
from activities.stored_responses import forgotten_before
from adapters.postgres.publishing import reads as reads_webhooks
from adapters.webhooks.sender import checked_addresses
from api.http.authentication import SignedIn, requires
from api.http.idempotency import AnswerForgotten, OperationKey
from api.http.lists import ListRequest, answer_list, page_params
from api.http.problem import Code, error_responses
from api.http.resources import reading, resources
from api.http.responses import MEDIA_TYPE, PRIVATE, SecretAnswer, answer, data_bytes
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
from domain.accounts.roles import Account, Permission
from domain.audit.log import AuditEntry
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.publishing.webhook_signatures import SECRET_BYTES, secret_text
from domain.publishing.webhooks import Webhook

router = APIRouter(
    tags=["Staff"],
    route_class=IdempotentRoute,
    dependencies=[requires(Permission.MANAGE_WEBHOOKS)],
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
    request: Request, account: SignedIn, key: OperationKey, sent: WebhookRequest
) -> Response:
    """
    For administrators. Events that happen from now on are sent to the address, signed.

    The address must be https and public. The answer holds the secret; it is not shown again, but
    to the same Idempotency-Key within a day.
    """
    parts = resources(request)
    webhook_id = operation_id(account.id, "add-webhook", key)
    location = f"/api/v1/webhooks/{webhook_id}"
    async with parts.database.transaction() as work:
        kept = await work.webhooks.get(webhook_id)
    if kept is None:
        await checked_addresses(
            sent.url, allow_loopback=parts.settings.webhooks.webhooks_allow_loopback
        )
        kept = await _add(request, account, webhook_id, sent)
    elif kept.created_at < forgotten_before(parts.clock.now()):
        raise AnswerForgotten(201, location)
    secret = parts.webhook_secrets.open(kept.sealed_secret, kept.id)
    return SecretAnswer(
        data_bytes(webhook_created_response(kept, secret)),
        status_code=201,
        headers={"Cache-Control": PRIVATE, "Location": location},
        media_type=MEDIA_TYPE,
    )


async def _add(
    request: Request, account: Account, webhook_id: UUID, sent: WebhookRequest
) -> Webhook:
    parts = resources(request)
    secret = secret_text(secrets.token_bytes(SECRET_BYTES))
    webhook = Webhook(
        id=webhook_id,
        url=sent.url,
        sealed_secret=parts.webhook_secrets.seal(secret, webhook_id),
        events=sent.events,
        active=True,
        created_by=account.id,
        created_at=parts.clock.now(),
    )
    async with parts.database.transaction() as work:
        await work.webhooks.add(webhook)
        # The same request may be under way twice; what came first is told to both.
        kept = found(await work.webhooks.get(webhook_id))
        if kept.sealed_secret == webhook.sealed_secret:
            audit(request, work, "created", account, webhook_id, None, webhook)
    return kept


@router.get(
    "/webhooks",
    summary="List webhooks",
    response_model=DataList[WebhookResponse],
    responses=error_responses(*_ERRORS),
)
async def list_webhooks(
    request: Request, asked: Annotated[ListRequest, page_params(WebhookResponse, sort="createdAt")]
) -> Response:
    """For administrators; those that were switched off too."""
    async with reading(request) as connection:
        rows = await reads_webhooks.webhooks_page(connection, asked.part)
    return answer_list(request, asked, rows, webhook_response, lambda w: (w.created_at, w.id))


@router.get(
    "/webhooks/{webhook_id}",
    summary="Read a webhook",
    response_model=Data[WebhookResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def read_webhook(request: Request, webhook_id: UUID) -> Response:
    """For administrators. The secret is not among what is read."""
    async with resources(request).database.transaction() as work:
        return answer(webhook_response(found(await work.webhooks.get(webhook_id))))


@router.patch(
    "/webhooks/{webhook_id}",
    summary="Change a webhook",
    response_model=Data[WebhookResponse],
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def change_webhook(
    request: Request, account: SignedIn, webhook_id: UUID, sent: WebhookChanged
) -> Response:
    """For administrators. Deliveries under way use the new address at their next attempt."""
    parts = resources(request)
    if "url" in sent.model_fields_set:
        await checked_addresses(
            sent.url, allow_loopback=parts.settings.webhooks.webhooks_allow_loopback
        )
    changes = {name: getattr(sent, name) for name in sent.model_fields_set}
    after = await _change(request, account, "changed", webhook_id, changes)
    return answer(webhook_response(after))


@router.delete(
    "/webhooks/{webhook_id}",
    status_code=204,
    summary="Switch a webhook off",
    responses=error_responses(*_ERRORS, Code.NOT_FOUND),
)
async def remove_webhook(request: Request, account: SignedIn, webhook_id: UUID) -> Response:
    """For administrators. Nothing is sent to it any more; it stays readable with its log."""
    await _change(request, account, "deactivated", webhook_id, {"active": False})
    return Response(status_code=204)


async def _change(
    request: Request, account: Account, action: str, webhook_id: UUID, changes: dict[str, Any]
) -> Webhook:
    async with resources(request).database.transaction() as work:
        before = found(await work.webhooks.lock(webhook_id))
        after = replace(before, **changes)
        if after != before:
            await work.webhooks.save(after)
            audit(request, work, action, account, webhook_id, before, after)
    return after


def found(webhook: Webhook | None) -> Webhook:
    """
    Raises:
        NotFound: there is no such webhook.
    """
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def audit(
    request: Request,
    work: UnitOfWork,
    action: str,
    account: Account,
    webhook_id: UUID,
    before: Webhook | None = None,
    after: Webhook | None = None,
) -> None:
    """The log tells that an address changed, but not to what: it can hold a token, and stays for ever."""
    changed = before is not None and after is not None and before.url != after.url
    work.audit(
        AuditEntry(
            event_type=f"webhook.{action}",
            action=action,
            user_id=account.id,
            resource_type="webhook",
            resource_id=webhook_id,
            changes={
                "before": _audited(before),
                "after": _audited(after),
            }
            | ({"urlChanged": True} if changed else {}),
            at=resources(request).clock.now(),
        )
    )


def _audited(webhook: Webhook | None) -> dict[str, Any] | None:
    if webhook is None:
        return None
    return {"active": webhook.active, "events": [name.value for name in webhook.events]}
