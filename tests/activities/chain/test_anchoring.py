"""
Writing records to Cardano: stored before sent, sent again unchanged, rebuilt only when dead.

The chain is the fake of tests/fakes/chain.py, which mines, rolls back, hides and loses answers
when a test says so; the database is real. A follower that "looks once" is one whose worker is
shutting down: it makes one visit and ends.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from pycardano import Transaction
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.chain.anchoring import (
    AnchorRecords,
    AnnounceRecords,
    ChainFollowed,
    ConfirmedRecord,
    FollowChain,
    RecordsAnchored,
    RecordsAnnounced,
    SubmitTransaction,
    TransactionSubmitted,
)
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import chain_records
from domain.chain.confirmations import (
    EXPIRY_SETTLE_BLOCKS,
    MISSES_BEFORE_EXPIRED,
    MISSES_BEFORE_VANISHED,
)
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.chain.transactions import ChainTransactionStatus, StoredTransaction, UnspentOutput
from domain.credits.ledger import CreditTransaction
from domain.identifiers import derived_id
from tests.activities import story
from tests.activities.killed import KILLED, Moment, killed_attempt
from tests.activities.registry import (
    FUNDS_LOVELACE,
    TTL_SLOTS,
    WALLET,
    Registry,
    funded_chain,
    run,
    run_until_shutdown,
)
from tests.activities.story import the_follower_looks_once
from tests.databases import changed_tables, snapshot
from tests.factories import NOW, issued_beside, named
from tests.issuance_guards import issuing_without_approvals

ISSUING_WORKFLOW = story.ISSUE.waiting_workflow_id


async def anchor(registry: Registry) -> RecordsAnchored:
    return await run(registry.on_chain.anchor_records, AnchorRecords())


async def anchored_transaction(registry: Registry) -> StoredTransaction:
    """The story up to credits issued, whose one record is now in signed, unsent bytes."""
    await story.credits_are_issued(registry)
    tx_hash = (await anchor(registry)).tx_hash
    assert tx_hash is not None
    return await transaction(registry, tx_hash)


async def submit(registry: Registry, tx_hash: str) -> TransactionSubmitted:
    return await run(registry.on_chain.submit_transaction, SubmitTransaction(tx_hash=tx_hash))


async def transaction(registry: Registry, tx_hash: str) -> StoredTransaction:
    async with registry.database.transaction() as work:
        found = await work.chain.records.transaction(tx_hash)
    assert found is not None
    return found


async def issuance_record(registry: Registry) -> ChainRecord:
    async with registry.database.transaction() as work:
        issuance = await issuance_of(registry)
        found = await work.chain.records.for_transaction(issuance.id)
    assert found is not None
    return found


async def issuance_of(registry: Registry) -> CreditTransaction:
    async with registry.database.transaction() as work:
        found = await work.credits.entries.transaction(
            derived_id(story.VERIFICATION_ID, "issuance")
        )
    assert found is not None
    return found


async def unspent(registry: Registry) -> Sequence[UnspentOutput]:
    async with registry.database.transaction() as work:
        return await work.chain.wallet_utxos.lock_unspent(WALLET.address)


async def test_a_record_is_signed_and_stored_and_nothing_is_sent_yet(registry: Registry) -> None:
    stored = await anchored_transaction(registry)

    record = await issuance_record(registry)
    tip = await registry.chain.tip()
    assert registry.chain.submissions == []
    assert (stored.status, stored.ttl_slot, stored.submissions) == (
        ChainTransactionStatus.SIGNED,
        tip.slot + TTL_SLOTS,
        0,
    )
    assert (record.status, record.tx_hash) == (RecordStatus.SUBMITTED, stored.tx_hash)
    assert await unspent(registry) == [
        UnspentOutput(stored.tx_hash, 0, FUNDS_LOVELACE - stored.fee_lovelace)
    ]


async def test_anchoring_again_attaches_nothing_twice(
    registry: Registry, engine: AsyncEngine
) -> None:
    await anchored_transaction(registry)
    before = await snapshot(engine)

    # Nobody has sent it yet, so somebody has to wake the follower.
    assert await anchor(registry) == RecordsAnchored(unsent=1)

    assert changed_tables(before, await snapshot(engine)) == set()


async def test_two_attempts_at_once_sign_one_record_once(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)

    answers = await asyncio.gather(anchor(registry), anchor(registry))

    (tx_hash,) = [answer.tx_hash for answer in answers if answer.tx_hash]
    tables = await snapshot(engine)
    assert [row["tx_hash"] for row in tables["chain_transactions"]] == [tx_hash]
    assert [row["tx_hash"] for row in tables["chain_records"]] == [tx_hash]


@pytest.mark.parametrize("moment", Moment)
async def test_killed_at_its_commit_an_attempt_leaves_all_or_nothing_and_the_next_finds_it(
    moment: Moment, registry: Registry, engine: AsyncEngine, database_url: str
) -> None:
    await story.credits_are_issued(registry)

    code = await killed_attempt(
        "on_chain.anchor_records",
        AnchorRecords(),
        moment,
        database_url=database_url,
        effect_in=4,
        chain=registry.chain,
        objects=registry.objects,
        now=registry.clock.now(),
    )
    signed_by_the_killed = [
        row["tx_hash"] for row in (await snapshot(engine))["chain_transactions"]
    ]
    again = await anchor(registry)

    tables = await snapshot(engine)
    signed = [row["tx_hash"] for row in tables["chain_transactions"]]
    assert (code, len(signed)) == (KILLED, 1)
    assert [row["tx_hash"] for row in tables["chain_records"]] == signed
    if moment is Moment.BEFORE_COMMIT:
        assert (signed_by_the_killed, [again.tx_hash]) == ([], signed)
    else:
        assert (signed_by_the_killed, again.tx_hash) == (signed, None)


async def test_bytes_that_were_stored_and_never_sent_are_sent_by_the_follower(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)

    await the_follower_looks_once(registry)

    sent = await transaction(registry, stored.tx_hash)
    assert registry.chain.submissions == [stored.cbor]
    assert (sent.status, sent.submissions, sent.submitted_at) == (
        ChainTransactionStatus.SUBMITTED,
        1,
        NOW,
    )


async def test_bytes_are_sent_and_a_second_sending_is_refused_without_harm(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)

    answers = [await submit(registry, stored.tx_hash) for _ in range(2)]

    sent = await transaction(registry, stored.tx_hash)
    assert [answer.taken for answer in answers] == [True, False]
    assert registry.chain.submissions == [stored.cbor, stored.cbor]
    assert (sent.status, sent.submissions) == (ChainTransactionStatus.SUBMITTED, 2)


async def test_bytes_that_were_never_stored_cannot_be_sent(registry: Registry) -> None:
    with pytest.raises(ApplicationError) as refused:
        await submit(registry, "00" * 32)

    assert refused.value.non_retryable
    assert registry.chain.submissions == []


async def test_when_the_answer_is_lost_the_same_transaction_is_confirmed(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)
    registry.chain.lose_answers()
    with pytest.raises(ChainUnavailable):
        await submit(registry, stored.tx_hash)

    await the_follower_looks_once(registry)
    registry.chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    assert set(registry.chain.submissions) == {stored.cbor}
    assert [confirmed.workflow_id for confirmed in followed.confirmed] == [ISSUING_WORKFLOW]


async def test_a_confirmed_record_is_told_again_until_its_workflow_has_been_told(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(7)

    told = [await run(registry.on_chain.follow_chain, FollowChain()) for _ in range(2)]
    record = await issuance_record(registry)
    announced = await run(
        registry.on_chain.announce_records, AnnounceRecords(record_ids=(record.id,))
    )
    afterwards = await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())

    confirmed = ConfirmedRecord(record_id=record.id, workflow_id=ISSUING_WORKFLOW)
    assert told == [ChainFollowed(confirmed=(confirmed,), in_flight=1)] * 2
    assert announced == RecordsAnnounced(count=1)
    assert afterwards == ChainFollowed(in_flight=1)
    assert record.status is RecordStatus.CONFIRMED


async def test_five_blocks_on_top_are_not_six(registry: Registry) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(1 + 5)

    followed = await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())

    assert followed == ChainFollowed(in_flight=1)
    assert (await issuance_record(registry)).status is RecordStatus.SUBMITTED


async def test_a_transaction_can_spend_change_that_no_block_holds_yet(registry: Registry) -> None:
    await story.credits_are_issued(registry)
    hashes = await story.everything_is_sent(registry)
    await run(registry.retirement.retire_units, story.RETIRE)

    hashes += await story.everything_is_sent(registry)
    registry.chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    assert len(hashes) == 2
    assert [confirmed.workflow_id for confirmed in followed.confirmed] == [
        ISSUING_WORKFLOW,
        story.RETIRE.waiting_workflow_id,
    ]


async def expire_unsent(registry: Registry) -> tuple[StoredTransaction, ChainFollowed]:
    """Signed bytes that no node ever saw, and a chain that went on beyond their end."""
    stored = await anchored_transaction(registry)
    registry.chain.mine(slots=TTL_SLOTS)
    await the_follower_looks_once(registry)
    registry.chain.mine(EXPIRY_SETTLE_BLOCKS)
    for _ in range(MISSES_BEFORE_EXPIRED - 1):
        await the_follower_looks_once(registry)
        registry.chain.mine()
    return stored, await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())


async def test_when_a_transaction_can_no_longer_land_its_records_wait_again(
    registry: Registry,
) -> None:
    stored, followed = await expire_unsent(registry)

    record = await issuance_record(registry)
    assert followed == ChainFollowed(requeued=True, in_flight=0, wake=("platform",))
    assert (record.status, record.tx_hash, record.attempts) == (RecordStatus.QUEUED, None, 1)
    assert (await transaction(registry, stored.tx_hash)).status is ChainTransactionStatus.EXPIRED
    assert [output.lovelace for output in await unspent(registry)] == [FUNDS_LOVELACE]


async def test_an_expired_transaction_is_rebuilt_on_the_same_input(registry: Registry) -> None:
    stored, _ = await expire_unsent(registry)

    rebuilt = (await anchor(registry)).tx_hash
    assert rebuilt is not None
    await submit(registry, rebuilt)
    registry.chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    # The same input: whatever happened to the old bytes, only one of the two can ever stand.
    assert rebuilt != stored.tx_hash
    assert spent_by(await transaction(registry, rebuilt)) == spent_by(stored)
    assert [confirmed.workflow_id for confirmed in followed.confirmed] == [ISSUING_WORKFLOW]
    assert (await issuance_record(registry)).tx_hash == rebuilt


async def test_until_its_end_has_settled_an_expired_transaction_is_not_given_up(
    registry: Registry,
) -> None:
    await anchored_transaction(registry)
    registry.chain.mine(slots=TTL_SLOTS)
    await the_follower_looks_once(registry)
    registry.chain.mine(EXPIRY_SETTLE_BLOCKS - 1)

    followed = await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())

    assert followed == ChainFollowed(in_flight=1)
    assert (await issuance_record(registry)).status is RecordStatus.SUBMITTED


async def test_a_record_that_the_chain_would_refuse_is_parked_and_holds_up_nobody(
    registry: Registry, engine: AsyncEngine
) -> None:
    await story.credits_are_issued(registry)
    unfit = await an_unfit_record_waits_first(registry, engine)

    anchored = await anchor(registry)

    parked = next(
        row for row in (await snapshot(engine))["chain_records"] if row["id"] == str(unfit.id)
    )
    record = await issuance_record(registry)
    assert anchored == RecordsAnchored(tx_hash=record.tx_hash, parked=1)
    assert (parked["status"], parked["tx_hash"], parked["park_reason"]) == (
        "parked",
        None,
        "Metadata at '/msg/0': over 64 bytes",
    )
    assert record.status is RecordStatus.SUBMITTED


async def test_an_empty_wallet_says_so(engine: AsyncEngine) -> None:
    registry = Registry(PostgresDatabase(engine), chain=funded_chain({WALLET.address: [1_000_000]}))
    await story.credits_are_issued(registry)

    anchored = await anchor(registry)

    assert anchored.too_low is not None
    assert "1000000 lovelace do not pay a fee of" in anchored.too_low
    assert (anchored.tx_hash, anchored.waiting) == (None, 1)
    assert (await issuance_record(registry)).status is RecordStatus.QUEUED


async def test_a_top_up_is_used_by_the_attempt_that_finds_it(engine: AsyncEngine) -> None:
    registry = Registry(
        PostgresDatabase(engine), chain=funded_chain({WALLET.address: [1_000_000, 90_000_000]})
    )
    await story.credits_are_issued(registry)
    async with registry.database.transaction() as work:
        await work.chain.wallet_utxos.add(WALLET.address, [UnspentOutput("ee" * 32, 0, 1_000_000)])

    assert (await anchor(registry)).tx_hash is not None


async def test_a_wallet_that_holds_nothing_is_requested_about_again(engine: AsyncEngine) -> None:
    """A top-up is seen by the next attempt."""
    registry = Registry(PostgresDatabase(engine), chain=funded_chain({"addr_test_other": [5]}))
    await story.credits_are_issued(registry)
    empty = await anchor(registry)

    topped_up = Registry(registry.database, chain=funded_chain())

    assert empty.too_low == f"{WALLET.address} holds nothing to pay fees with."
    assert (await anchor(topped_up)).tx_hash is not None


async def test_after_a_rollback_the_same_bytes_are_sent_and_confirmed_again(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(7)
    await run(registry.on_chain.follow_chain, FollowChain())
    registry.chain.rollback(7, requeue=False)

    # What is confirmed is looked at every tenth block, what is missed at every one.
    registry.chain.mine(7 + CONFIRMED_CHECK_BLOCKS)
    for _ in range(MISSES_BEFORE_VANISHED):
        registry.chain.mine()
        await the_follower_looks_once(registry)
    vanished = await transaction(registry, stored.tx_hash)
    registry.chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    assert (vanished.status, vanished.block_hash, vanished.rollbacks) == (
        ChainTransactionStatus.SUBMITTED,
        None,
        1,
    )
    assert registry.chain.submissions == [stored.cbor, stored.cbor]
    assert len(followed.confirmed) == 1


async def test_a_record_that_stands_in_another_block_after_a_rollback_is_told_again(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(7)
    await run(registry.on_chain.follow_chain, FollowChain())
    record = await issuance_record(registry)
    await run(registry.on_chain.announce_records, AnnounceRecords(record_ids=(record.id,)))
    registry.chain.rollback(7)
    registry.chain.mine(30)

    followed = await run_until_shutdown(registry.on_chain.follow_chain, FollowChain())

    again = ConfirmedRecord(record_id=record.id, workflow_id=ISSUING_WORKFLOW, again=True)
    assert followed == ChainFollowed(confirmed=(again,), in_flight=1)
    moved = await transaction(registry, stored.tx_hash)
    assert (moved.rollbacks, moved.taken_back_at) == (1, NOW)


async def test_a_replica_that_lags_changes_nothing(registry: Registry) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(3)
    await the_follower_looks_once(registry)
    seen = await transaction(registry, stored.tx_hash)
    registry.chain.hide_transactions(MISSES_BEFORE_VANISHED - 1)

    for _ in range(MISSES_BEFORE_VANISHED - 1):
        registry.chain.mine()
        await the_follower_looks_once(registry)
    hidden = await transaction(registry, stored.tx_hash)

    # The block that was seen still stands, and grows deeper.
    assert hidden == replace(seen, confirmations=seen.confirmations + MISSES_BEFORE_VANISHED - 1)
    assert registry.chain.submissions == [stored.cbor]


async def test_a_final_transaction_is_watched_no_more(registry: Registry) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(1 + 432)

    first = await run(registry.on_chain.follow_chain, FollowChain())
    record = await issuance_record(registry)
    await run(registry.on_chain.announce_records, AnnounceRecords(record_ids=(record.id,)))
    second = await run(registry.on_chain.follow_chain, FollowChain())

    assert (len(first.confirmed), first.in_flight, record.status) == (1, 0, RecordStatus.FINAL)
    assert second == ChainFollowed()


async def test_a_follower_with_nothing_to_watch_ends(registry: Registry) -> None:
    assert await run(registry.on_chain.follow_chain, FollowChain()) == ChainFollowed()


async def test_a_follower_keeps_heart_beating_through_an_outage_and_then_tells(
    registry: Registry,
) -> None:
    stored = await anchored_transaction(registry)
    await submit(registry, stored.tx_hash)
    registry.chain.mine(7)
    registry.chain.fail(ChainUnavailable("HTTP 503"), times=3)
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)

    followed = await environment.run(registry.on_chain.follow_chain, FollowChain())

    assert len(followed.confirmed) == 1
    assert len(beats) >= 4


async def test_a_follower_that_is_turned_away_stops_rather_than_insist(registry: Registry) -> None:
    await anchored_transaction(registry)
    registry.chain.fail(ChainMisconfigured("HTTP 403"))

    with pytest.raises(ApplicationError) as stopped:
        await run(registry.on_chain.follow_chain, FollowChain())

    assert (stopped.value.type, stopped.value.non_retryable) == ("ChainMisconfigured", True)


def spent_by(stored: StoredTransaction) -> set[str]:
    inputs = Transaction.from_cbor(stored.cbor).transaction_body.inputs
    return {f"{spent.transaction_id}#{spent.index}" for spent in inputs}


async def an_unfit_record_waits_first(registry: Registry, engine: AsyncEngine) -> ChainRecord:
    """No rule of the registry writes such a record; a faulty version of it might."""
    issuance = await issuance_of(registry)
    async with registry.database.transaction() as work:
        issued = await work.credits.entries.get(issuance.entry_id)
    assert issued is not None
    entry, movement = issued_beside(issued, issuance, named("faulty movement"))
    unfit = ChainRecord(
        id=named("unfit"),
        transaction_id=movement.id,
        kind=RecordKind.ISSUANCE,
        record={"msg": ["x" * 65]},
        status=RecordStatus.QUEUED,
        waiting_workflow_id="verification/2",
        queued_at=NOW,
    )
    async with issuing_without_approvals(engine), registry.database.transaction() as work:
        await work.credits.entries.add(entry)
        await work.credits.entries.add_transaction(movement)
        await work.chain.records.queue(unfit)
    async with engine.begin() as connection:
        # The queue is in the order of `position`; the faulty one moves to its head.
        await connection.execute(
            chain_records.update().where(chain_records.c.id == unfit.id).values(position=0)
        )
    return unfit
