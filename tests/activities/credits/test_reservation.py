"""What is asked for, set aside, handed over and given back, on a real database."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.credits.cancellation import CancellationPayload
from activities.credits.reservation import ReservationPayload
from activities.credits.reversal import ReversalPayload
from activities.payloads import Payload
from adapters.postgres.tables import notifications, outbox_events
from domain.credits.ledger import Conservation
from domain.credits.reservation import ReservationStatus
from domain.errors import Conflict, Forbidden, InsufficientCredits, Invalid, NotActive, Refusal
from tests.activities import story
from tests.activities.credits import reserving
from tests.activities.credits.reserving import (
    ANSWER,
    ASK,
    CANCEL,
    END,
    HAND_OVER,
    RESERVED_SERIAL,
)
from tests.activities.registry import Registry, keep_draft, run
from tests.activities.test_refusals import but, sum_of
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_BUYER, after, named
from tests.whole_ledger import broken, whole_ledger

SET_ASIDE = Conservation(100_000, 60_000, 0, 0, 0, 0, 40_000)
AS_ISSUED = Conservation(100_000, 100_000, 0, 0, 0, 0, 0)
LOSS = ReversalPayload(cause="A fire.")
REASON = CancellationPayload(reason="Counted twice.")


async def left(engine: AsyncEngine) -> tuple[list[tuple[str, Any]], list[str], list[str]]:
    """What was told to whom, published and audited of reservations."""
    async with engine.connect() as connection:
        told = await connection.execute(
            select(notifications.c.kind, notifications.c.user_id)
            .where(notifications.c.kind.startswith("reservation"))
            .order_by(notifications.c.kind)
        )
        names = list(
            await connection.scalars(
                select(outbox_events.c.name).order_by(outbox_events.c.position)
            )
        )
        audited = await connection.execute(
            text(
                "SELECT event_type FROM (SELECT event_type, at FROM audit_logs UNION ALL"
                " SELECT event_type, at FROM audit_queue) entries"
                " WHERE starts_with(event_type, 'reservation.') ORDER BY at, event_type"
            )
        )
        return (
            [(row.kind, row.user_id) for row in told],
            names[names.index("credits.issued") + 1 :],
            list(audited.scalars()),
        )


ENDS: dict[str, tuple[str, Payload, timedelta, ReservationStatus, list[Any], list[str]]] = {
    "expiry": (
        *("reservations.expire_reservation", END, timedelta(days=11), ReservationStatus.EXPIRED),
        [("reservation_ended", BUYER.id), ("reservation_ended", DEVELOPER.id)],
        ["credits.reservation_released", "reservation.ended"],
    ),
    "the requester cancels": (
        *("reservations.cancel_reservation", CANCEL, timedelta(0), ReservationStatus.CANCELLED),
        [("reservation_ended", DEVELOPER.id)],
        ["credits.reservation_released", "reservation.ended"],
    ),
    "the holder cancels": (
        *("reservations.cancel_reservation", ANSWER, timedelta(0), ReservationStatus.CANCELLED),
        [("reservation_ended", BUYER.id)],
        ["credits.reservation_released", "reservation.ended"],
    ),
    "it is handed over": (
        *("transfer.transfer_credits", HAND_OVER, timedelta(0), ReservationStatus.FULFILLED),
        [],
        ["credits.transferred", "reservation.ended"],
    ),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_set_aside_is_counted_and_ends_in_one_of_four_ways(
    registry: Registry, engine: AsyncEngine, end: str
) -> None:
    activity, request, later, status, told_at_end, events_at_end = ENDS[end]
    await reserving.it_is_set_aside(registry)
    assert await sum_of(engine) == SET_ASIDE
    registry.clock.advance(seconds=later.total_seconds())

    await run(registry.activity(activity), request)

    assert await sum_of(engine) == AS_ISSUED
    told, published, audited = await left(engine)
    assert sorted(told) == sorted(
        [
            ("reservation_answered", BUYER.id),
            ("reservation_requested", DEVELOPER.id),
            *told_at_end,
        ]
    )
    assert published == [
        *("reservation.requested", "credits.reserved", "reservation.accepted"),
        *events_at_end,
    ]
    assert sorted(audited) == sorted(
        ["reservation.requested", "reservation.accepted", f"reservation.{status}"]
    )
    async with engine.connect() as connection:
        held = await connection.execute(
            text(
                "SELECT owner_id FROM credit_entries WHERE status = 'active' AND units @> 1::bigint"
            )
        )
        assert held.scalar_one() == (BUYER.id if end == "it is handed over" else DEVELOPER.id)
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


MOVES: dict[str, tuple[str, Payload]] = {
    "retired": (
        "retirement.retire_units",
        but(story.RETIRE, serial=RESERVED_SERIAL, quantity_units=100),
    ),
    "handed to another": (
        "transfer.transfer_credits",
        but(HAND_OVER, recipient_id=OTHER_BUYER.id),
    ),
    "handed over in part": ("transfer.transfer_credits", but(HAND_OVER, quantity_units=1)),
    "cancelled": ("cancellation.cancel_credits", but(story.CANCEL, serial=RESERVED_SERIAL)),
    "asked for again": (
        "reservations.request_reservation",
        but(
            *(ASK,),
            reservation_id=named("second"),
            serial=RESERVED_SERIAL,
            account_id=OTHER_BUYER.id,
        ),
    ),
}


@pytest.mark.parametrize("move", MOVES)
async def test_what_is_set_aside_is_good_for_nothing_else(
    registry: Registry, engine: AsyncEngine, move: str
) -> None:
    activity, request = MOVES[move]
    await reserving.it_is_set_aside(registry)
    await keep_draft(registry, story.CANCEL.transaction_id, ADMINISTRATOR.id, REASON)
    await keep_draft(registry, named("second"), OTHER_BUYER.id, ReservationPayload(note=""))
    before = await snapshot(engine)

    with pytest.raises(NotActive, match="is reserved"):
        await run(registry.activity(activity), request)

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_of_two_requests_that_together_exceed_the_second_acceptance_is_refused(
    registry: Registry, engine: AsyncEngine
) -> None:
    await reserving.it_is_asked_for(registry)
    for name, quantity in (("greedy", 70_000), ("modest", 60_000)):
        await keep_draft(registry, named(name), OTHER_BUYER.id, ReservationPayload(note=""))
        other = but(
            *(ASK,),
            reservation_id=named(name),
            account_id=OTHER_BUYER.id,
            quantity_units=quantity,
        )
        await run(registry.activity("reservations.request_reservation"), other)
    accept = registry.activity("reservations.accept_reservation")
    await run(accept, ANSWER)

    with pytest.raises(InsufficientCredits) as refused:
        await run(accept, but(ANSWER, reservation_id=named("greedy")))
    # What is left lives on under another serial than was asked for.
    await run(accept, but(ANSWER, reservation_id=named("modest")))

    assert refused.value.detail == (
        "Of KRB-2024-001-000001 600.00 t can still be reserved in one piece, 700.00 t were asked for."
    )
    assert await sum_of(engine) == Conservation(100_000, 0, 0, 0, 0, 0, 100_000)


REFUSED: dict[str, tuple[Callable[[Registry], Awaitable[None]], str, Payload, type[Refusal], str]]
REFUSED = {
    "more than held": (
        *(reserving.a_note_is_kept, "request_reservation", but(ASK, quantity_units=100_001)),
        *(InsufficientCredits, "holds 1000.00 t, 1000.01 t were asked for"),
    ),
    "of one's own": (
        *(reserving.a_note_is_kept, "request_reservation", but(ASK, account_id=DEVELOPER.id)),
        *(Forbidden, "is yours"),
    ),
    "for too long": (
        *(reserving.a_note_is_kept, "request_reservation", but(ASK, until=after(days=91))),
        *(Invalid, "90 days at most"),
    ),
    "accepted by another": (
        *(reserving.it_is_asked_for, "accept_reservation", CANCEL),
        *(Forbidden, "Only the holder answers"),
    ),
    "accepted by the requester once it is": (
        *(reserving.it_is_set_aside, "accept_reservation", CANCEL),
        *(Forbidden, "Only the holder answers"),
    ),
    "accepted twice": (
        *(reserving.it_is_set_aside, "refuse_reservation", ANSWER),
        *(Conflict, "is accepted already"),
    ),
    "cancelled by a holder who has not answered": (
        *(reserving.it_is_asked_for, "cancel_reservation", ANSWER),
        *(Conflict, "refuse it"),
    ),
    "cancelled by a stranger": (
        *(reserving.it_is_set_aside, "cancel_reservation", but(ANSWER, account_id=OTHER_BUYER.id)),
        *(Forbidden, "between others"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_must_not_be_asked_for_or_answered(
    registry: Registry, engine: AsyncEngine, case: str
) -> None:
    before_it, activity, request, refusal, sentence = REFUSED[case]
    await before_it(registry)
    before = await snapshot(engine)

    with pytest.raises(refusal, match=sentence):
        await run(registry.activity(f"reservations.{activity}"), request)

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_after_its_time_nobody_accepts_or_hands_over(registry: Registry) -> None:
    await reserving.it_is_asked_for(registry)
    registry.clock.advance(days=10)

    with pytest.raises(Conflict, match="time of this reservation is up"):
        await run(registry.reservations.accept_reservation, ANSWER)

    assert (await run(registry.reservations.expire_reservation, END)).status == "expired"


async def test_a_loss_ends_what_is_set_aside_and_suspends_it(
    registry: Registry, engine: AsyncEngine
) -> None:
    await reserving.it_is_set_aside(registry)
    await keep_draft(registry, story.REVERSE.reversal_id, ADMINISTRATOR.id, LOSS)

    await run(
        registry.activity("reversal.record_reversal"), but(story.REVERSE, quantity_units=100_000)
    )

    assert await sum_of(engine) == Conservation(100_000, 0, 0, 0, 0, 100_000, 0)
    told, _, _ = await left(engine)
    assert told.count(("reservation_ended", BUYER.id)) == 1
    assert (await run(registry.reservations.expire_reservation, END)).status == "lapsed"
    async with engine.connect() as connection:
        assert broken(await whole_ledger(connection)) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reservations SET status = 'expired', ended_at = now()",
        "UPDATE reservations SET status = 'requested', reserved_entry_id = NULL, ended_at = NULL",
        "UPDATE reservations SET quantity_units = 1",
        "UPDATE credit_entries SET status = 'active' WHERE status = 'reserved'",
        "UPDATE credit_entries SET status = 'reserved' WHERE status = 'active'",
        "DELETE FROM reservations",
    ],
)
async def test_no_hand_written_statement_parts_a_reservation_from_its_entry(
    registry: Registry, engine: AsyncEngine, statement: str
) -> None:
    await reserving.it_is_set_aside(registry)

    with pytest.raises(DBAPIError):
        async with engine.begin() as connection:
            await connection.execute(text(statement))

    assert await sum_of(engine) == SET_ASIDE
