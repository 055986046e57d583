"""Adding, changing and switching off webhooks, for staff."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from activities.audit_and_notify import audit as write_audit
from activities.ports.database import UnitOfWork
from adapters.webhooks.sender import checked_addresses
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from domain.publishing.events import EventName
from domain.publishing.webhook_signatures import SECRET_BYTES, secret_text
from domain.publishing.webhooks import Webhook


async def add_webhook(
    parts: Resources, account: Account, key: str, url: str, events: Sequence[EventName]
) -> Webhook:
    """
    Send `events`, or all where none is named, to `url` from now on.

    A repeated request gets the webhook that the first one added, as it is by now.

    Raises:
        Forbidden: only staff manage webhooks.
        Invalid: the address is not one that the registry sends to.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    webhook_id = operation_id(account.id, "add-webhook", key)
    async with parts.database.transaction() as work:
        stored = await work.publishing.webhooks.get(webhook_id)
    if stored is not None:
        return stored
    await _require_address(parts, url)
    secret = secret_text(secrets.token_bytes(SECRET_BYTES))
    webhook = Webhook(
        id=webhook_id,
        url=url,
        sealed_secret=parts.webhook_secrets.seal(secret, webhook_id),
        events=tuple(events),
        active=True,
        created_by=account.id,
        created_at=parts.clock.now(),
    )
    async with parts.database.transaction() as work:
        await work.publishing.webhooks.add(webhook)
        # The same request may be under way twice; what came first is told to both.
        stored = found(await work.publishing.webhooks.get(webhook_id))
        if stored.sealed_secret == webhook.sealed_secret:
            audit(parts, work, "created", account, webhook_id, None, webhook)
    return stored


async def change_webhook(
    parts: Resources, account: Account, webhook_id: UUID, changes: Mapping[str, Any]
) -> Webhook:
    """
    Change what `changes` names: `url`, `events`, `active`.

    Raises:
        Forbidden: only staff manage webhooks.
        NotFound: there is no such webhook.
        Invalid: the address is not one that the registry sends to.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    if "url" in changes:
        await _require_address(parts, changes["url"])
    return await _change(parts, account, "changed", webhook_id, changes)


async def remove_webhook(parts: Resources, account: Account, webhook_id: UUID) -> Webhook:
    """
    Send nothing to a webhook any more; it stays readable with its log.

    Raises:
        Forbidden: only staff manage webhooks.
        NotFound: there is no such webhook.
    """
    account.require(Permission.MANAGE_WEBHOOKS)
    return await _change(parts, account, "deactivated", webhook_id, {"active": False})


def found(webhook: Webhook | None) -> Webhook:
    """
    Raises:
        NotFound: there is no such webhook.
    """
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def audit(
    parts: Resources,
    work: UnitOfWork,
    action: str,
    account: Account,
    webhook_id: UUID,
    before: Webhook | None = None,
    after: Webhook | None = None,
) -> None:
    """The log tells that an address changed, but not to what: it can hold a token, and stays for ever."""
    changed = before is not None and after is not None and before.url != after.url
    write_audit(
        work,
        f"webhook.{action}",
        ("webhook", webhook_id),
        actor_id=account.id,
        before=_audited(before),
        after=_audited(after),
        more={"urlChanged": True} if changed else None,
        at=parts.clock.now(),
    )


async def _change(
    parts: Resources,
    account: Account,
    action: str,
    webhook_id: UUID,
    changes: Mapping[str, Any],
) -> Webhook:
    async with parts.database.transaction() as work:
        before = found(await work.publishing.webhooks.lock(webhook_id))
        after = replace(before, **changes)
        if after != before:
            await work.publishing.webhooks.save(after)
            audit(parts, work, action, account, webhook_id, before, after)
    return after


async def _require_address(parts: Resources, url: str) -> None:
    await checked_addresses(url, allow_loopback=parts.settings.webhooks.webhooks_allow_loopback)


def _audited(webhook: Webhook | None) -> dict[str, Any] | None:
    if webhook is None:
        return None
    return {"active": webhook.active, "events": [name.value for name in webhook.events]}
