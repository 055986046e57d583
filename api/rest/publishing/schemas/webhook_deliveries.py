"""Deliveries to webhooks, and events, as JSON."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from adapters.postgres.publishing.reads.webhooks import DeliveryView, EventView
from api.http.fields import read_moment, refuse
from api.http.schema import Moment, RequestSchema, ResponseSchema
from api.rest.publishing.examples.webhooks import DELIVERY, REGISTRY_EVENT, REPLAY_SENT, REPLAYED
from domain.publishing.events import EventName
from domain.publishing.webhooks import DeliveryStatus


def _moment(value: Any, info: ValidationInfo) -> datetime:
    name = "From" if info.field_name == "since" else "To"
    moment = read_moment(value, name=name)
    since = info.data.get("since")
    if since is not None and moment <= since:
        raise refuse("To must be later than from")
    return moment


MomentInput = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]


class ReplayRequest(RequestSchema):
    """The span, by when events happened: from the first moment, up to and without the second."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPLAY_SENT]})

    since: MomentInput = Field(alias="from")
    until: MomentInput = Field(alias="to")


class ReplayedResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REPLAYED]})

    events: int = Field(description="Sent once more, or for the first time.")


class DeliveryResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    id: UUID
    event_id: UUID = Field(description="The same in every attempt and replay.")
    event_name: EventName
    status: DeliveryStatus
    attempts: int = Field(description="All of them, also those before a replay.")
    replays: int
    last_status_code: int | None
    last_error: str | None
    created_at: Moment
    last_attempt_at: Moment | None
    delivered_at: Moment | None


class PublishedEventResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_EVENT]})

    id: UUID
    name: EventName
    occurred_at: Moment
    payload: dict[str, Any] = Field(description="As docs/events.md says of each name.")


def delivery_response(view: DeliveryView) -> DeliveryResponse:
    return DeliveryResponse(**{name: getattr(view, name) for name in DeliveryResponse.model_fields})


def published_event_response(view: EventView) -> PublishedEventResponse:
    return PublishedEventResponse(
        id=view.id, name=view.name, occurred_at=view.occurred_at, payload=dict(view.payload)
    )
