"""The watch on the way to the chain: it sees what is wrong, tells staff once, and sees when it is over."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.accounts.notifications import MailNotification
from activities.chain.anchoring import AnchorRecords
from activities.chain.watch import ChainWatched, WatchChain
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.postgres.database import PostgresDatabase
from domain.chain.alerts import Alert, AlertKind
from domain.chain.confirmations import (
    EXPIRY_SETTLE_BLOCKS,
    MISSES_BEFORE_EXPIRED,
    MISSES_BEFORE_VANISHED,
)
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.chain.watch import ProviderState
from tests.activities import story
from tests.activities.registry import TTL_SLOTS, WALLET, Registry, funded_chain, run
from tests.factories import ADMINISTRATOR, NOW, OTHER_ADMINISTRATOR, named
from tests.fakes.gauges import Gauges

DAYS_AGO = NOW - timedelta(days=3)


async def watch(registry: Registry, *, minutes_later: float = 1) -> ChainWatched:
    """The clock goes on first: no two watches are of one moment."""
    registry.clock.advance(minutes=minutes_later)
    request = WatchChain(watch_id=named(f"watch at {registry.clock.now()}"))
    return await run(registry.watching.watch_chain, request)


async def open_alerts(registry: Registry) -> dict[AlertKind, Alert]:
    async with registry.database.transaction() as work:
        known = await work.chain.alerts.lock_recent(registry.clock.now() + timedelta(seconds=1))
    return {alert.kind: alert for alert in known}


async def mail_all(registry: Registry, watched: ChainWatched) -> None:
    for notification_id in watched.notification_ids:
        request = MailNotification(notification_id=notification_id)
        await run(registry.notifications.mail_notification, request)


async def execute(engine: AsyncEngine, statement: str, **values: Any) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)


async def test_a_quiet_registry_disturbs_nobody(registry: Registry) -> None:
    watched = await watch(registry)

    tip = await registry.chain.tip()
    assert (watched.troubles, watched.notification_ids) == (0, ())
    async with registry.database.transaction() as work:
        state = await work.chain.watch.provider()
    at = registry.clock.now()
    assert state == ProviderState(
        asked_at=at,
        answered_at=at,
        tip_height=tip.height,
        tip_slot=tip.slot,
        tip_hash=tip.block_hash,
        tip_seen_at=at,
    )


async def test_an_outage_is_told_once_after_a_minute_and_is_over_with_the_first_answer(
    registry: Registry,
) -> None:
    await watch(registry)
    registry.chain.fail(ChainUnavailable("HTTP 503"), times=3)

    found = [await watch(registry) for _ in range(3)]
    during = await open_alerts(registry)
    after = await watch(registry)

    assert [watched.troubles for watched in (*found, after)] == [0, 1, 1, 0]
    assert list(during) == [AlertKind.CHAIN_OUTAGE]
    assert await open_alerts(registry) == {}
    (first, second) = (set(watched.notification_ids) for watched in found[1:])
    assert len(first) == 2
    assert second == first


async def test_a_provider_that_turns_us_away_is_left_alone_for_ten_minutes(
    registry: Registry,
) -> None:
    registry.chain.fail(ChainMisconfigured("HTTP 402"), times=2)

    refused = await watch(registry)
    left_alone = [await watch(registry) for _ in range(9)]
    asked_again = await watch(registry)
    for _ in range(9):
        await watch(registry)
    answered = await watch(registry)

    assert [w.troubles for w in (refused, *left_alone, asked_again)] == [1] * 11
    assert answered.troubles == 0


async def test_all_staff_are_mailed_once_and_until_it_has_been_sent(registry: Registry) -> None:
    await story.a_record_is_parked(registry)

    unsent = await watch(registry)
    sent = await watch(registry)
    await mail_all(registry, sent)
    later = await watch(registry)

    assert set(unsent.notification_ids) == set(sent.notification_ids)
    assert later.notification_ids == ()
    assert {mail.contact.email for mail in registry.mailer.sent} == {
        f"{person.id}@people.example" for person in (ADMINISTRATOR, OTHER_ADMINISTRATOR)
    }
    assert all(story.PARK_REASON in mail.subject for mail in registry.mailer.sent)


async def test_a_wallet_that_can_pay_few_fees_is_noticed_until_it_is_topped_up(
    engine: AsyncEngine,
) -> None:
    registry = Registry(
        PostgresDatabase(engine), chain=funded_chain({WALLET.address: [50_000_000]})
    )
    before = await watch(registry)
    await story.credits_are_issued(registry)
    await story.everything_is_sent(registry)

    low = await watch(registry)
    (alert,) = (await open_alerts(registry)).values()
    richer = funded_chain({WALLET.address: [50_000_000, 1_000_000_000]})
    topped_up = await watch(Registry(registry.database, chain=richer), minutes_later=3)

    # Before the first transaction no output of the wallet is known.
    assert (before.troubles, low.troubles, topped_up.troubles) == (0, 1, 0)
    assert (alert.kind, alert.subject) == (AlertKind.WALLET_LOW, WALLET.address)


async def test_a_record_that_waits_for_ten_minutes_is_noticed_until_it_is_confirmed(
    registry: Registry,
) -> None:
    await story.credits_are_issued(registry)

    in_time = await watch(registry, minutes_later=10)
    late = await watch(registry)
    await story.everything_is_sent(registry)
    registry.chain.mine(7)
    await story.the_follower_looks_once(registry)
    confirmed = await watch(registry)

    assert (in_time.troubles, late.troubles, confirmed.troubles) == (0, 1, 0)


async def test_a_confirmed_transaction_that_is_gone_is_noticed_until_it_is_confirmed_again(
    registry: Registry,
) -> None:
    await story.credits_are_issued(registry)
    (tx_hash,) = await story.everything_is_sent(registry)
    registry.chain.mine(7)
    await story.the_follower_looks_once(registry)
    registry.chain.rollback(7, requeue=False)
    # What is confirmed is looked at every tenth block, what is missed at every one.
    registry.chain.mine(7 + CONFIRMED_CHECK_BLOCKS)
    for _ in range(MISSES_BEFORE_VANISHED):
        registry.chain.mine()
        await story.the_follower_looks_once(registry)

    gone = await watch(registry)
    (alert,) = (await open_alerts(registry)).values()
    registry.chain.mine(7)
    await story.the_follower_looks_once(registry)
    back = await watch(registry)

    assert (gone.troubles, back.troubles) == (1, 0)
    assert (alert.kind, alert.subject) == (AlertKind.RECORD_GONE, tx_hash)


async def test_a_record_taken_back_after_days_has_not_waited_for_days(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    await story.everything_is_sent(registry)
    registry.chain.mine(7)
    await story.the_follower_looks_once(registry)
    registry.clock.advance(days=3)
    registry.chain.rollback(7, requeue=False)
    registry.chain.mine(7 + CONFIRMED_CHECK_BLOCKS)
    for _ in range(MISSES_BEFORE_VANISHED):
        registry.chain.mine()
        await story.the_follower_looks_once(registry)

    await watch(registry)
    at_once = await open_alerts(registry)
    await watch(registry, minutes_later=10)
    late = await open_alerts(registry)

    assert set(at_once) == {AlertKind.RECORD_GONE}
    assert AlertKind.CONFIRMATION_SLOW in late
    assert "has waited 11 minutes" in late[AlertKind.CONFIRMATION_SLOW].sentence


async def test_a_record_whose_transaction_expired_waits_anew(registry: Registry) -> None:
    await story.credits_are_issued(registry)
    await run(registry.on_chain.anchor_records, AnchorRecords(flush=True))
    registry.chain.mine(slots=TTL_SLOTS)
    await story.the_follower_looks_once(registry)
    registry.chain.mine(EXPIRY_SETTLE_BLOCKS - 1)
    registry.clock.advance(hours=2)
    for _ in range(MISSES_BEFORE_EXPIRED):
        registry.chain.mine()
        await story.the_follower_looks_once(registry)

    await watch(registry)

    assert AlertKind.CONFIRMATION_SLOW not in await open_alerts(registry)


async def test_a_provider_whose_tip_stands_still_is_noticed_until_the_next_block(
    registry: Registry,
) -> None:
    first = await watch(registry)
    later = [await watch(registry, minutes_later=5) for _ in range(3)]
    stalled = await open_alerts(registry)
    registry.chain.mine()
    again = await watch(registry)

    assert [watched.troubles for watched in (first, *later, again)] == [0, 0, 0, 1, 0]
    assert list(stalled) == [AlertKind.CHAIN_STALLED]


@pytest.mark.parametrize(("outputs", "troubles"), [(45, 1), (110, 0)])
async def test_small_outputs_pay_as_well_as_a_large_one(
    engine: AsyncEngine, outputs: int, troubles: int
) -> None:
    """None of them alone pays a fee and leaves change."""
    chain = funded_chain({WALLET.address: [1_000_000] * outputs})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    await story.credits_are_issued(registry)

    sent = await story.everything_is_sent(registry)
    chain.mine()

    assert (await watch(registry)).troubles == troubles
    assert [(await chain.inclusion(tx_hash)) is not None for tx_hash in sent] == [True]


@pytest.mark.parametrize(("failed", "troubles"), [(1, 0), (2, 1)])
async def test_two_of_twenty_transactions_that_fail_in_a_day_are_too_many(
    registry: Registry, engine: AsyncEngine, failed: int, troubles: int
) -> None:
    for number in range(20):
        await add_transaction(engine, number, NOW, expired=number < failed)
    for number in range(20, 40):
        await add_transaction(engine, number, DAYS_AGO, expired=True)

    assert (await watch(registry)).troubles == troubles


async def add_transaction(
    engine: AsyncEngine, number: int, built_at: datetime, *, expired: bool
) -> None:
    await execute(
        engine,
        "INSERT INTO chain_transactions"
        " (tx_hash, wallet_address, cbor, ttl_slot, fee_lovelace, status, built_at)"
        " VALUES (:hash, 'addr_test1', '', 1, 170000, :status, :built_at)",
        hash=f"{number:064x}",
        status="expired" if expired else "confirmed",
        built_at=built_at,
    )


async def test_hundreds_of_parked_records_are_one_message(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.a_buyer_holds_two_entries(registry)
    await execute(engine, "UPDATE chain_records SET status = 'parked', park_reason = 'Too large'")

    watched = await watch(registry)
    await mail_all(registry, watched)

    # Three of them, and that everything fails.
    assert watched.troubles == 4
    assert len(watched.notification_ids) == 4
    (of_records, of_failures) = (
        [mail for mail in registry.mailer.sent if text in mail.subject]
        for text in ("There are 2 more like this.", "3 of 3 attempts")
    )
    assert (len(of_records), len(of_failures)) == (2, 2)


async def test_what_prometheus_reads_is_measured_with_each_watch(registry: Registry) -> None:
    await story.credits_are_issued(registry)
    registry.clock.advance(minutes=2)
    environment = ActivityEnvironment()
    environment.metric_meter = meter = Gauges()

    await environment.run(registry.watching.watch_chain, WatchChain(watch_id=named("watch")))

    assert meter.values == {
        "registry_chain_records_queued": 1,
        "registry_chain_records_waiting": 1,
        "registry_chain_oldest_waiting_seconds": 120,
        "registry_chain_transactions_in_flight": 0,
        "registry_chain_transactions_not_shown": 0,
        "registry_alerts_open": 0,
        "registry_wallet_lovelace": 0,
    }


async def test_a_frozen_wallet_is_an_alert_until_it_is_resumed(registry: Registry) -> None:
    async with registry.database.transaction() as work:
        state = await work.chain.wallets.lock("devnet", "platform", WALLET.address)
        frozen = replace(
            state, frozen_at=NOW, frozen_reason="Its key is doubted.", frozen_by=ADMINISTRATOR.id
        )
        await work.chain.wallets.save(frozen)

    found = await watch(registry)
    alerts = await open_alerts(registry)
    async with registry.database.transaction() as work:
        await work.chain.wallets.save(state)
    resumed = await watch(registry)

    assert (found.troubles, resumed.troubles) == (1, 0)
    assert [(alert.kind, alert.subject) for alert in alerts.values()] == [
        (AlertKind.WALLET_FROZEN, WALLET.address)
    ]
