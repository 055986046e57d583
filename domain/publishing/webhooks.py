"""Webhooks: who wants which event, what is sent, and when a delivery is given up (docs/events.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import rfc8785

from domain.errors import Conflict
from domain.identifiers import derived_id
from domain.publishing.events import Event, EventName

FIRST_RETRY_AFTER = timedelta(seconds=2)
RETRY_COEFFICIENT = 2
RETRY_AFTER_MAX = timedelta(hours=1)
"""A receiver that comes back after a night should not wait for longer than this."""

GIVE_UP_AFTER = timedelta(hours=24)

GONE = 410
"""The one status by which a receiver says that it wants nothing any more (RFC 9110, 15.5.11)."""

SUBSCRIBABLE = tuple(name for name in EventName if name is not EventName.WEBHOOK_PING)
"""A ping is sent when staff ask for one, and to that webhook alone."""


class DeliveryStatus(StrEnum):
    """
    pending    on its way, or waiting for its next attempt
    delivered  the receiver answered with a 2xx status
    failed     given up after 24 hours, or the webhook was switched off; staff can replay it
    """

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Webhook:
    """
    Where events go; no `events` means all of them.

    The secret that signs what is sent is kept sealed, and opened only to sign (ADR 0025).
    """

    id: UUID
    url: str
    sealed_secret: str = field(repr=False)
    events: tuple[EventName, ...]
    active: bool
    created_by: UUID
    created_at: datetime


@dataclass(frozen=True)
class Delivery:
    """
    One event on its way to one webhook.

    `attempts` counts all of them, also those before a replay. `taken_at` is when the dispatcher
    began this round; `replays` counts the rounds after the first.
    """

    id: UUID
    webhook_id: UUID
    event_id: UUID
    status: DeliveryStatus
    created_at: datetime
    attempts: int = 0
    replays: int = 0
    last_status_code: int | None = None
    last_error: str | None = None
    last_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True)
class ReceiverResponse:
    """What came of one attempt: the receiver's status, or a sentence that says why there is none."""

    status_code: int | None = None
    error: str | None = None

    @property
    def accepts(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004 -- any 2xx


def wants(webhook: Webhook, name: EventName) -> bool:
    return webhook.active and name in (webhook.events or SUBSCRIBABLE)


def plan(events: Iterable[Event], webhooks: Sequence[Webhook], *, at: datetime) -> list[Delivery]:
    """A delivery for each event and each webhook that wants it, in the order of the events."""
    return [
        new_delivery(webhook, event, at=at)
        for event in events
        for webhook in webhooks
        if wants(webhook, event.name)
    ]


def new_delivery(webhook: Webhook, event: Event, *, at: datetime) -> Delivery:
    return Delivery(
        id=derived_id(event.id, f"delivery/{webhook.id}"),
        webhook_id=webhook.id,
        event_id=event.id,
        status=DeliveryStatus.PENDING,
        created_at=at,
    )


def after_attempt(delivery: Delivery, response: ReceiverResponse, *, at: datetime) -> Delivery:
    """
    Count an attempt and note what came of it.

    What was delivered stays delivered, whatever a second attempt that ran beside it was answered.
    """
    counted = replace(delivery, attempts=delivery.attempts + 1, last_attempt_at=at)
    if delivery.status is DeliveryStatus.DELIVERED:
        return counted
    attempted = replace(counted, last_status_code=response.status_code, last_error=response.error)
    if response.accepts:
        return replace(attempted, status=DeliveryStatus.DELIVERED, delivered_at=at)
    if response.status_code == GONE:
        return replace(attempted, status=DeliveryStatus.FAILED)
    return attempted


def give_up(delivery: Delivery, reason: str | None = None) -> Delivery:
    """Stop trying; what was delivered meanwhile stays delivered. Without a reason the last error stands."""
    if delivery.status is not DeliveryStatus.PENDING:
        return delivery
    error = reason or delivery.last_error
    return replace(delivery, status=DeliveryStatus.FAILED, last_error=error)


def replay(delivery: Delivery) -> Delivery:
    """
    Send an event once more, under the same event id.

    Raises:
        Conflict: it is still on its way.
    """
    if delivery.status is DeliveryStatus.PENDING:
        raise Conflict("This delivery is still on its way; replay it when it has ended.")
    return replace(
        delivery,
        status=DeliveryStatus.PENDING,
        replays=delivery.replays + 1,
        delivered_at=None,
        taken_at=None,
    )


def require_active(webhook: Webhook) -> None:
    """
    Raises:
        Conflict: nothing is sent to a webhook that is switched off.
    """
    if not webhook.active:
        raise Conflict("This webhook is not active; switch it on before you send anything to it.")


def envelope(event: Event) -> bytes:
    """What is sent, byte for byte the same at each attempt: canonical JSON (RFC 8785)."""
    occurred_at = event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return rfc8785.dumps(
        {
            "id": str(event.id),
            "name": event.name.value,
            "occurredAt": occurred_at,
            "payload": dict(event.payload),
        }
    )
