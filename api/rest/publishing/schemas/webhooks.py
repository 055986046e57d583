"""Webhooks as JSON."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema

from api.http.fields import refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.publishing.examples.webhooks import (
    WEBHOOK,
    WEBHOOK_CHANGED,
    WEBHOOK_CREATED,
    WEBHOOK_SENT,
)
from domain.errors import Invalid
from domain.publishing.events import EventName
from domain.publishing.webhook_urls import URL_LENGTH_MAX, require_url
from domain.publishing.webhooks import SUBSCRIBABLE, Webhook


def _url(text: str) -> str:
    # Whether this registry takes http, and where the host leads, is asked later.
    try:
        require_url(text, allow_loopback=True)
    except Invalid as unfit:
        raise refuse(unfit.detail) from None
    return text


def _wanted(name: Any) -> EventName:
    if not isinstance(name, str) or name not in SUBSCRIBABLE:
        raise refuse(f"Events must be among {', '.join(SUBSCRIBABLE)}")
    return EventName(name)


Url = Annotated[
    str,
    AfterValidator(_url),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": URL_LENGTH_MAX}),
]
EventsWanted = Annotated[
    tuple[
        Annotated[
            EventName,
            BeforeValidator(_wanted),
            WithJsonSchema({"type": "string", "enum": list(SUBSCRIBABLE)}),
        ],
        ...,
    ],
    AfterValidator(lambda names: tuple(dict.fromkeys(names))),
    Field(max_length=len(EventName), description="Names of events; an empty list means all."),
]


class WebhookRequest(RequestSchema):
    """Where to send events, and which."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_SENT]})

    url: Url
    events: EventsWanted = ()


class WebhookChanged(RequestSchema):
    """Only what is sent changes; `active: false` stops deliveries, also those under way."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_CHANGED]})

    # These defaults are never read: what was not sent is not in `model_fields_set`.
    url: Url = ""
    events: EventsWanted = ()
    active: StrictBool = True


class WebhookResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK]})

    id: UUID
    url: str
    events: tuple[EventName, ...] = Field(description="An empty list means all.")
    active: bool
    created_by: UUID
    created_at: Moment


class WebhookCreatedResponse(WebhookResponse):
    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK_CREATED]})

    secret: str = Field(
        description="Signs what is sent (docs/events.md). Shown here and never again."
    )


def webhook_response(webhook: Webhook) -> WebhookResponse:
    return WebhookResponse(**_fields(webhook))


def webhook_created_response(webhook: Webhook, secret: str) -> WebhookCreatedResponse:
    return WebhookCreatedResponse(**_fields(webhook), secret=secret)


def _fields(webhook: Webhook) -> dict[str, Any]:
    return {name: getattr(webhook, name) for name in WebhookResponse.model_fields}
