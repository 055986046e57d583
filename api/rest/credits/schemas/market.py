"""Offers and reservations as JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from adapters.postgres.credits.reads.offers import OfferView
from adapters.postgres.credits.reads.reservations import ReservationView
from api.http.fields import Text, TonnesInput, WholeNumber, read_moment
from api.http.schema import Moment, RequestSchema, ResponseSchema, Tonnes
from api.rest.credits.examples.market import (
    OFFER,
    OFFER_SENT,
    REGISTRY_OFFER,
    RESERVATION,
    RESERVATION_SENT,
)
from domain.accounts.roles import Role
from domain.credits.reservation import NOTE_LENGTH_MAX, Offer, ReservationStatus


def _until(value: Any, info: ValidationInfo) -> datetime:  # noqa: ARG001 -- pydantic's signature
    return read_moment(value, name="Until")


class ReservationRequest(RequestSchema):
    """How much to set aside, until when, and what the holder should know."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESERVATION_SENT]})

    quantity: TonnesInput
    until: Annotated[
        datetime,
        BeforeValidator(_until),
        WithJsonSchema(
            {
                "type": "string",
                "format": "date-time",
                "description": "With its zone; 90 days ahead at most.",
            }
        ),
    ]
    note: Annotated[str, Text(NOTE_LENGTH_MAX, shortest=0, lines=True)] = ""


class ReservationResponse(ResponseSchema):
    """
    Units that somebody asked a holder for. `serial` was asked for; `reservedSerial` is what was set aside.

    As long as it is `accepted`, these units are the requester's to get and nobody's to use.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [RESERVATION]})

    id: UUID
    status: ReservationStatus
    serial: str
    reserved_serial: str | None = Field(description="Null until it is accepted.")
    project_id: UUID
    vintage: int
    quantity: Tonnes
    until: Moment
    note: str
    side: Literal["requester", "holder"] = Field(
        description="On which side the one who reads it stands; staff read it as a requester does."
    )
    requester_name: str | None = Field(
        description="The organisation that asks; null: a person who acts for themselves."
    )
    holder_name: str | None = Field(
        description="The organisation that was asked, told to the requester once it has accepted."
    )
    requested_at: Moment
    decided_at: Moment | None
    ended_at: Moment | None


class OfferRequest(RequestSchema):
    """Which of one's credits are to be had: all active ones of a project's vintage."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFER_SENT]})

    project_id: UUID
    vintage: Annotated[int, WholeNumber(1, 9999)]
    name_shown: bool = Field(
        default=False, description="Whether the organisation's name stands beside it in public."
    )


class OfferResponse(ResponseSchema):
    """One's own offer."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFER]})

    id: UUID
    project_id: UUID
    vintage: int
    name_shown: bool
    offered_at: Moment


class RegistryOffer(ResponseSchema):
    """Credits to buy, for everybody. To ask for them, POST a reservation of `serial`, their largest entry."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY_OFFER]})

    id: UUID
    project_id: UUID
    project_title: str
    project_type: str
    country: str
    vintage: int
    available: Tonnes
    serial: str
    largest_quantity: Tonnes
    holder_role: Literal["supplier", "buyer"]
    holder_name: str | None = Field(description="Null: the holder does not let it be shown.")
    offered_at: Moment


class RegistryOfferMeta(ResponseSchema):
    """`offers` and `available` are of all that fit, however many a page shows."""

    limit: int
    next_cursor: str | None = Field(description="Null at the end of the list.")
    offers: int
    available: Tonnes


def reservation_response(view: ReservationView) -> ReservationResponse:
    reservation = view.reservation
    return ReservationResponse(
        id=reservation.id,
        status=reservation.status,
        serial=view.serial,
        reserved_serial=view.reserved_serial,
        project_id=view.project_id,
        vintage=view.vintage,
        quantity=reservation.quantity_units,
        until=reservation.until,
        note=reservation.note,
        side="holder" if view.is_holder else "requester",
        requester_name=view.requester_name,
        holder_name=view.holder_name,
        requested_at=reservation.requested_at,
        decided_at=reservation.decided_at,
        ended_at=reservation.ended_at,
    )


def offer_response(offer: Offer) -> OfferResponse:
    return OfferResponse(
        id=offer.id,
        project_id=offer.project_id,
        vintage=offer.vintage,
        name_shown=offer.name_shown,
        offered_at=offer.offered_at,
    )


def registry_offer_response(view: OfferView) -> RegistryOffer:
    return RegistryOffer(
        id=view.id,
        project_id=view.project_id,
        project_title=view.project_title,
        project_type=view.project_type,
        country=view.country,
        vintage=view.vintage,
        available=view.available_units,
        serial=view.serial,
        largest_quantity=view.largest_units,
        holder_role="supplier" if view.holder_role == Role.DEVELOPER else "buyer",
        holder_name=view.holder_name,
        offered_at=view.offered_at,
    )
