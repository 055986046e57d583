"""
Events reach who wants them: planned once, sent until they are taken.

What happens when planning runs twice, side by side, or is killed, is tested with all other use
cases (test_exactly_once.py).
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.publishing.webhooks import (
    BATCH,
    DeliverEvent,
    DeliveriesPlanned,
    DeliveriesTaken,
    DeliveryEnded,
    DeliveryRound,
    GiveUpDelivery,
    PlanDeliveries,
    TakeDeliveries,
)
from adapters.postgres.tables import audit_logs
from adapters.webhooks.secrets import UnreadableSecret
from domain.publishing.events import Event
from domain.publishing.webhook_signatures import former_headers, secret_text, signature_headers
from domain.publishing.webhooks import DeliveryStatus, ReceiverResponse, new_delivery, replay
from tests.activities.publishing import published
from tests.activities.publishing.published import (
    DELIVERY_ID,
    EVENT,
    OFF,
    PICKY,
    ROUND,
    SECRET,
    WEBHOOK,
    seen,
)
from tests.activities.registry import WEBHOOK_SECRETS, Registry, run, run_until_shutdown
from tests.factories import NOW, named

DELIVER = DeliverEvent(delivery_id=DELIVERY_ID)


def numbered(count: int) -> list[Event]:
    return [
        replace(EVENT, id=named(f"event {n}"), occurred_at=NOW + timedelta(seconds=n))
        for n in range(count)
    ]


async def test_an_event_is_planned_for_active_webhooks_that_want_it(registry: Registry) -> None:
    await published.an_event_waits(registry)

    planned = await run(registry.webhooks.plan_deliveries, PlanDeliveries())

    assert planned == DeliveriesPlanned(rounds=(ROUND,))
    assert await seen(registry) == new_delivery(WEBHOOK, EVENT, at=NOW)


async def test_what_was_taken_is_not_handed_out_again(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)

    taken = await run(registry.webhooks.take_deliveries, published.TAKE)

    assert taken == DeliveriesTaken(count=1)
    again = await run_until_shutdown(registry.webhooks.plan_deliveries, PlanDeliveries())
    assert again == DeliveriesPlanned()


async def test_planning_waits_until_there_is_something_to_plan(registry: Registry) -> None:
    await published.webhooks_are_set_up(registry)
    planning = asyncio.create_task(run(registry.webhooks.plan_deliveries, PlanDeliveries()))
    await asyncio.sleep(0.1)
    assert not planning.done()

    await published.publish(registry, EVENT)

    assert (await planning).rounds == (ROUND,)


async def test_events_are_planned_in_their_order_a_batch_at_a_time(registry: Registry) -> None:
    await published.webhooks_are_set_up(registry)
    events = numbered(BATCH + 3)
    await published.publish(registry, *events)

    handed_out: list[DeliveryRound] = []
    for _ in range(2):
        planned = await run(registry.webhooks.plan_deliveries, PlanDeliveries())
        await run(registry.webhooks.take_deliveries, TakeDeliveries(rounds=planned.rounds))
        handed_out += planned.rounds

    expected = [new_delivery(WEBHOOK, event, at=NOW).id for event in events]
    assert [started.delivery_id for started in handed_out] == expected


async def test_planners_side_by_side_plan_each_event_once(registry: Registry) -> None:
    await published.webhooks_are_set_up(registry)
    events = numbered(BATCH)
    await published.publish(registry, *events)

    plans = await asyncio.gather(
        *(run(registry.webhooks.plan_deliveries, PlanDeliveries()) for _ in range(4))
    )

    everything = {started.delivery_id for plan in plans for started in plan.rounds}
    assert everything == {new_delivery(WEBHOOK, event, at=NOW).id for event in events}
    async with registry.database.transaction() as work:
        assert await work.publishing.outbox.lock_undispatched(1) == []
        assert len(await work.publishing.deliveries.untaken(BATCH * 2)) == BATCH


async def test_an_event_whose_transaction_was_slow_is_not_passed_over(registry: Registry) -> None:
    """It has the smaller number but is seen later, so "after the last number" would lose it."""
    await published.webhooks_are_set_up(registry)
    slow, quick = numbered(2)
    async with registry.database.transaction() as work:
        await work.publishing.outbox.add(slow)
        await published.publish(registry, quick)
        planned = await run(registry.webhooks.plan_deliveries, PlanDeliveries())
        await run(registry.webhooks.take_deliveries, TakeDeliveries(rounds=planned.rounds))

    later = await run(registry.webhooks.plan_deliveries, PlanDeliveries())

    assert [started.delivery_id for started in planned.rounds + later.rounds] == [
        new_delivery(WEBHOOK, event, at=NOW).id for event in (quick, slow)
    ]


async def test_what_is_sent_is_signed_and_names_the_event(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)

    answer = await run(registry.webhooks.deliver_event, DELIVER)

    (sent,) = registry.receivers.sent
    assert answer == DeliveryEnded(delivery_id=DELIVERY_ID, status=DeliveryStatus.DELIVERED)
    assert sent.url == WEBHOOK.url
    assert json.loads(sent.body) == {
        "id": str(EVENT.id),
        "name": "registry.frozen",
        "occurredAt": "2026-03-01T12:00:00Z",
        "payload": {"reason": "An audit", "since": "2026-03-01T12:00:00Z"},
    }
    assert sent.headers == {
        "Content-Type": "application/json",
        "User-Agent": "Karbonica-Registry",
        **signature_headers(EVENT.id, sent.body, secret=SECRET, at=NOW),
        **former_headers(EVENT, sent.body, secret=SECRET, at=NOW),
    }


async def test_a_refused_delivery_is_to_be_tried_again_with_the_same_bytes(
    registry: Registry,
) -> None:
    await published.deliveries_are_planned(registry)
    registry.receivers.answers = [
        ReceiverResponse(500, "The receiver answered 500."),
        ReceiverResponse(error="There was no answer within 10 seconds."),
    ]

    for _ in range(2):
        with pytest.raises(ApplicationError) as refused:
            await run(registry.webhooks.deliver_event, DELIVER)
        assert (refused.value.type, refused.value.non_retryable) == ("NotAccepted", False)
    await run(registry.webhooks.deliver_event, DELIVER)

    delivery = await seen(registry)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 3)
    assert (delivery.last_status_code, delivery.last_error) == (200, None)
    assert len({sent.body for sent in registry.receivers.sent}) == 1


async def test_no_error_tells_the_address_or_the_secret(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)
    registry.receivers.answers = [ReceiverResponse(500, "The receiver answered 500.")]

    with pytest.raises(ApplicationError) as refused:
        await run(registry.webhooks.deliver_event, DELIVER)

    for hidden in (SECRET, "hooks.example", "token=hidden"):
        assert hidden not in repr(refused.value) + str(refused.value.details)


async def test_nothing_is_signed_with_the_secret_of_another_webhook(registry: Registry) -> None:
    """Somebody who may write to the table copies a secret that he knows into another row."""
    await published.deliveries_are_planned(registry)
    known = WEBHOOK_SECRETS.seal(secret_text(b"his own secret of 32 bytes of it"), OFF.id)
    async with registry.database.transaction() as work:
        await work.publishing.webhooks.save(replace(WEBHOOK, sealed_secret=known))

    with pytest.raises(UnreadableSecret, match=f"of webhook {WEBHOOK.id} was not sealed for it"):
        await run(registry.webhooks.deliver_event, DELIVER)

    assert registry.receivers.sent == []
    assert (await seen(registry)).status is DeliveryStatus.PENDING


async def test_what_was_delivered_is_not_sent_again(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)

    answers = [await run(registry.webhooks.deliver_event, DELIVER) for _ in range(2)]

    assert answers == [DeliveryEnded(delivery_id=DELIVERY_ID, status=DeliveryStatus.DELIVERED)] * 2
    assert len(registry.receivers.sent) == 1


async def test_attempts_side_by_side_are_all_counted_and_end_delivered(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)
    registry.receivers.answers = [ReceiverResponse(500, "The receiver answered 500.")]

    ended = await asyncio.gather(
        *(run(registry.webhooks.deliver_event, DELIVER) for _ in range(3)), return_exceptions=True
    )

    delivery = await seen(registry)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert delivery.attempts == len(registry.receivers.sent)
    assert len([end for end in ended if isinstance(end, DeliveryEnded)]) >= 2


async def test_a_receiver_that_is_gone_is_switched_off_and_that_is_in_the_audit_log(
    registry: Registry, engine: AsyncEngine
) -> None:
    await published.deliveries_are_planned(registry)
    registry.receivers.answers = [ReceiverResponse(410, "The receiver answered 410.")]

    answer = await run(registry.webhooks.deliver_event, DELIVER)

    assert answer.status is DeliveryStatus.FAILED
    async with registry.database.transaction() as work:
        assert await work.publishing.webhooks.get(WEBHOOK.id) == replace(WEBHOOK, active=False)
    async with engine.connect() as connection:
        rows = await connection.execute(select(audit_logs.c.event_type, audit_logs.c.resource_id))
        assert rows.all() == [("webhook.deactivated", WEBHOOK.id)]


async def test_nothing_more_is_sent_to_a_webhook_that_was_switched_off(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)
    async with registry.database.transaction() as work:
        await work.publishing.webhooks.save(replace(WEBHOOK, active=False))

    answer = await run(registry.webhooks.deliver_event, DELIVER)

    delivery = await seen(registry)
    assert (answer.status, registry.receivers.sent) == (DeliveryStatus.FAILED, [])
    assert delivery.last_error == "The webhook was switched off."


async def test_a_delivery_that_was_given_up_keeps_its_last_error(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)
    registry.receivers.answers = [ReceiverResponse(503, "The receiver answered 503.")]
    with pytest.raises(ApplicationError):
        await run(registry.webhooks.deliver_event, DELIVER)

    ended = await run(registry.webhooks.give_up_delivery, GiveUpDelivery(delivery_id=DELIVERY_ID))

    assert ended.status is DeliveryStatus.FAILED
    assert (await seen(registry)).last_error == "The receiver answered 503."


async def test_a_replay_is_handed_out_as_another_round(registry: Registry) -> None:
    await published.deliveries_are_planned(registry)
    await run(registry.webhooks.take_deliveries, published.TAKE)
    await run(registry.webhooks.deliver_event, DELIVER)
    async with registry.database.transaction() as work:
        await work.publishing.deliveries.save(replay(await seen(registry)))

    late = await run(registry.webhooks.take_deliveries, published.TAKE)
    planned = await run(registry.webhooks.plan_deliveries, PlanDeliveries())
    await run(registry.webhooks.deliver_event, DELIVER)

    assert late == DeliveriesTaken(count=0)
    assert planned.rounds == (DeliveryRound(delivery_id=DELIVERY_ID, replays=1),)
    assert [sent.body for sent in registry.receivers.sent] == [registry.receivers.sent[0].body] * 2


async def test_planning_ends_when_its_worker_is_shutting_down(registry: Registry) -> None:
    environment = ActivityEnvironment()
    planning = asyncio.create_task(
        environment.run(registry.webhooks.plan_deliveries, PlanDeliveries())
    )
    await asyncio.sleep(0.05)

    environment.worker_shutdown()

    assert await asyncio.wait_for(planning, 5) == DeliveriesPlanned()


async def test_an_event_that_nobody_wants_is_done_with(registry: Registry) -> None:
    async with registry.database.transaction() as work:
        await work.publishing.webhooks.add(PICKY)
    await published.publish(registry, EVENT)

    planned = await run_until_shutdown(registry.webhooks.plan_deliveries, PlanDeliveries())

    assert planned == DeliveriesPlanned()
    async with registry.database.transaction() as work:
        assert await work.publishing.outbox.lock_undispatched(1) == []
