"""Who gets which event, and what becomes of a delivery."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict
from domain.publishing.events import Event, EventName
from domain.publishing.webhooks import (
    SUBSCRIBABLE,
    Delivery,
    DeliveryStatus,
    ReceiverResponse,
    Webhook,
    after_attempt,
    envelope,
    give_up,
    new_delivery,
    plan,
    replay,
    require_active,
    wants,
)
from tests.factories import ADMINISTRATOR, NOW, named

SECRET = "whsec_of_a_test"
LATER = NOW + timedelta(seconds=3)
WEBHOOK = Webhook(
    id=named("webhook"),
    url="https://hooks.example/karbonica",
    sealed_secret=SECRET,
    events=(),
    active=True,
    created_by=ADMINISTRATOR.id,
    created_at=NOW,
)
EVENT = Event(
    named("event"), EventName.RETIREMENT_ACCEPTED, {"quantity": "10.00", "accountId": "é"}, NOW
)
DELIVERY = new_delivery(WEBHOOK, EVENT, at=NOW)
DELIVERED = replace(
    DELIVERY,
    status=DeliveryStatus.DELIVERED,
    attempts=1,
    last_status_code=200,
    last_attempt_at=NOW,
    delivered_at=NOW,
    taken_at=NOW,
)


def test_the_body_is_the_same_at_each_attempt_and_in_canonical_form() -> None:
    assert (
        envelope(EVENT)
        == (
            f'{{"id":"{EVENT.id}","name":"retirement.accepted","occurredAt":"2026-03-01T12:00:00Z",'
            '"payload":{"accountId":"é","quantity":"10.00"}}'
        ).encode()
    )


def test_without_names_a_webhook_wants_every_event_but_nobodys_ping() -> None:
    assert {name for name in EventName if wants(WEBHOOK, name)} == set(SUBSCRIBABLE)
    assert set(EventName) - set(SUBSCRIBABLE) == {EventName.WEBHOOK_PING}


def test_each_event_goes_once_to_each_active_webhook_that_wants_it() -> None:
    chosen = replace(WEBHOOK, id=named("chosen"), events=(EventName.CREDITS_ISSUED,))
    off = replace(WEBHOOK, id=named("off"), active=False)
    issued = replace(EVENT, id=named("issued"), name=EventName.CREDITS_ISSUED)

    planned = plan([EVENT, issued], [WEBHOOK, chosen, off], at=LATER)

    assert [(d.event_id, d.webhook_id) for d in planned] == [
        (EVENT.id, WEBHOOK.id),
        (issued.id, WEBHOOK.id),
        (issued.id, chosen.id),
    ]
    assert plan([EVENT, issued], [WEBHOOK, chosen, off], at=LATER) == planned
    assert len({d.id for d in planned}) == 3


@given(st.integers(200, 299))
def test_any_2xx_is_delivered(status_code: int) -> None:
    after = after_attempt(DELIVERY, ReceiverResponse(status_code), at=LATER)

    assert after == replace(
        DELIVERY,
        status=DeliveryStatus.DELIVERED,
        attempts=1,
        last_status_code=status_code,
        last_attempt_at=LATER,
        delivered_at=LATER,
    )


@given(st.one_of(st.integers(100, 199), st.integers(300, 599)).filter(lambda code: code != 410))
def test_anything_else_is_tried_again(status_code: int) -> None:
    after = after_attempt(DELIVERY, ReceiverResponse(status_code, "No."), at=LATER)

    assert after == replace(
        DELIVERY,
        attempts=1,
        last_status_code=status_code,
        last_error="No.",
        last_attempt_at=LATER,
    )


def test_a_receiver_that_is_gone_gets_no_further_attempt() -> None:
    after = after_attempt(DELIVERY, ReceiverResponse(410, "Gone."), at=LATER)

    assert (after.status, after.last_error) == (DeliveryStatus.FAILED, "Gone.")


def test_what_was_delivered_stays_delivered() -> None:
    after = after_attempt(DELIVERED, ReceiverResponse(500, "Too late."), at=LATER)

    assert after == replace(DELIVERED, attempts=2, last_attempt_at=LATER)
    assert give_up(DELIVERED) == DELIVERED


def test_giving_up_keeps_the_last_error_or_says_why() -> None:
    tried = after_attempt(DELIVERY, ReceiverResponse(500, "The receiver answered 500."), at=LATER)

    assert give_up(tried) == replace(tried, status=DeliveryStatus.FAILED)
    assert give_up(tried, "Switched off.").last_error == "Switched off."


def test_a_replay_is_a_new_round_of_the_same_event() -> None:
    again = replay(DELIVERED)

    assert again == replace(
        DELIVERED,
        status=DeliveryStatus.PENDING,
        replays=1,
        delivered_at=None,
        taken_at=None,
    )
    with pytest.raises(Conflict, match="still on its way"):
        replay(again)


def test_nothing_is_sent_to_a_webhook_that_is_switched_off() -> None:
    require_active(WEBHOOK)
    with pytest.raises(Conflict, match="not active"):
        require_active(replace(WEBHOOK, active=False))


def test_a_secret_is_not_shown_where_a_webhook_is_printed() -> None:
    assert SECRET not in repr(WEBHOOK)


def test_a_delivery_has_the_same_id_whenever_it_is_planned() -> None:
    assert isinstance(DELIVERY, Delivery)
    assert new_delivery(WEBHOOK, EVENT, at=LATER).id == DELIVERY.id
