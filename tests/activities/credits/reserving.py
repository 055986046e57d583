"""Chapters of a story in which a buyer asks a supplier for credits; each goes on where the one before ends."""

from activities.credits.reservation import (
    AnswerReservation,
    EndReservation,
    RequestReservation,
    ReservationPayload,
)
from domain.credits.reservation import ReservationStatus
from tests.activities import story
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import BUYER, DEVELOPER, NOW, after, named

RESERVATION_ID = named("reservation")
UNTIL = after(days=10)
ASK = RequestReservation(
    reservation_id=RESERVATION_ID,
    serial=story.ISSUED_SERIAL,
    quantity_units=40_000,
    until=UNTIL,
    account_id=BUYER.id,
)
ANSWER = AnswerReservation(reservation_id=RESERVATION_ID, account_id=DEVELOPER.id)
CANCEL = AnswerReservation(reservation_id=RESERVATION_ID, account_id=BUYER.id)
END = EndReservation(reservation_id=RESERVATION_ID)
RESERVED_SERIAL, REST_SERIAL = "KRB-2024-001-000002", "KRB-2024-001-000003"
HAND_OVER = story.TRANSFER.model_copy(
    update={"serial": RESERVED_SERIAL, "quantity_units": ASK.quantity_units}
)


async def a_note_is_kept(registry: Registry) -> None:
    await story.credits_are_issued(registry)
    await keep_draft(registry, RESERVATION_ID, BUYER.id, ReservationPayload(note="For 2025"))


async def it_is_asked_for(registry: Registry) -> None:
    await a_note_is_kept(registry)
    await run(registry.reservations.request_reservation, ASK)


async def it_is_set_aside(registry: Registry) -> None:
    await it_is_asked_for(registry)
    step = await run(registry.reservations.accept_reservation, ANSWER)
    assert step.status is ReservationStatus.ACCEPTED
    assert NOW < UNTIL
