"""
Following many transactions: little is asked, everything is noticed, and nothing lands twice.

Method as in test_chain.py: the chain is a fake that does what it is told, the database is real.
"""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.anchoring import ChainFollowed, FollowChain, RecordsAnchored
from activities.ports.chain.provider import ChainUnavailable
from adapters.postgres.database import PostgresDatabase
from domain.chain.confirmations import (
    EXPIRY_SETTLE_BLOCKS,
    MISSES_BEFORE_EXPIRED,
    MISSES_BEFORE_VANISHED,
)
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.chain.records import ATTEMPTS_MAX, REPEATED_FAILURE, ChainRecord, RecordStatus
from domain.chain.transactions import ChainTransactionStatus, UnspentOutput
from tests.activities import story
from tests.activities.chain.queued import (
    a_chain_of,
    anchor,
    anchored,
    look,
    now,
    only_these_wait,
    queue,
    queued,
    sent,
    statuses,
    transaction,
)
from tests.activities.registry import (
    FUNDS_LOVELACE,
    TTL_SLOTS,
    WALLET,
    Registry,
    run,
)
from tests.databases import snapshot
from tests.factories import NOW
from tests.fakes.counting_chain import CountingChain


@pytest.fixture
def chain() -> CountingChain:
    return CountingChain({WALLET.address: [FUNDS_LOVELACE]})


@pytest.fixture
def registry(engine: AsyncEngine, chain: CountingChain) -> Registry:
    return Registry(PostgresDatabase(engine), chain=chain)


async def test_while_a_parent_is_in_no_block_its_children_are_not_asked_for(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await a_chain_of(registry, engine, 5)
    chain.calls = 0

    await look(registry)

    # The tip, the parent, and the parent's bytes again.
    assert chain.calls == 3


async def test_the_newest_block_vouches_for_those_below_it(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    for number in range(4):
        await queue(registry, queued(number))
        await sent(registry)
        chain.mine()
        await look(registry)
    chain.mine()
    chain.calls = 0

    await look(registry)

    # The tip and the newest block.
    assert chain.calls == 2
    assert [row["confirmations"] for row in await transactions(engine)] == [4, 3, 2, 1]


async def test_nothing_is_called_confirmed_on_another_blocks_word(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    for number in range(2):
        await queue(registry, queued(number))
        await sent(registry)
        chain.mine()
        await look(registry)
    chain.mine(5)
    chain.calls = 0

    await look(registry)

    # The tip, the newest block with five on top, and the one below it with six.
    assert chain.calls == 3
    assert [row["status"] for row in await transactions(engine)] == ["confirmed", "submitted"]


async def test_a_rollback_below_the_newest_block_is_noticed_in_every_block(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    for number in range(3):
        await queue(registry, queued(number))
        await sent(registry)
        chain.mine()
        await look(registry)

    chain.rollback(2)
    chain.mine(4)
    await look(registry)

    rows = await transactions(engine)
    assert [row["rollbacks"] for row in rows] == [0, 1, 1]
    # Nobody was told that they were confirmed, so nothing was taken back from anybody.
    assert {row["taken_back_at"] for row in rows} == {None}
    assert [row["confirmations"] for row in rows] == [4, 3, 3]


async def test_after_a_rollback_without_the_mempool_the_whole_chain_is_sent_again_in_order(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    records, _ = await a_chain_of(registry, engine, 3)
    chain.mine(2)
    await look(registry)
    submitted = list(chain.submissions)

    chain.rollback(2, requeue=False)
    for _ in range(MISSES_BEFORE_VANISHED):
        chain.mine()
        await look(registry)
    chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    assert chain.submissions == submitted * 2
    assert [confirmed.workflow_id for confirmed in followed.confirmed] == [
        record.waiting_workflow_id for record in records
    ]
    assert all(confirmed.again for confirmed in followed.confirmed)


async def test_a_node_that_had_lost_a_parent_is_given_its_children_too(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await a_chain_of(registry, engine, 4)
    chain.forget_mempool()
    submitted = list(chain.submissions)

    await look(registry)

    assert chain.submissions == submitted * 2


async def test_a_child_that_no_node_ever_took_is_sent_after_its_parent(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """As after a crash between signing and sending."""
    await only_these_wait(registry, engine)
    await queue(registry, queued(1))
    await sent(registry)
    await queue(registry, queued(2))
    child = await anchored(registry)

    await look(registry)

    assert chain.submissions[-1] == child.cbor
    assert (await transaction(registry, child.tx_hash)).status is ChainTransactionStatus.SUBMITTED


async def a_dead_chain(
    registry: Registry, engine: AsyncEngine, chain: CountingChain, count: int = 3
) -> list[ChainRecord]:
    """Nothing of it was ever seen, and its time is up."""
    records, _ = await a_chain_of(registry, engine, count, send=False)
    await its_time_passes(registry, chain)
    return records


async def its_time_passes(registry: Registry, chain: CountingChain) -> None:
    """The next look is the one that gives it up."""
    chain.mine(slots=TTL_SLOTS)
    await look(registry)
    chain.mine(EXPIRY_SETTLE_BLOCKS)
    for _ in range(MISSES_BEFORE_EXPIRED - 1):
        await look(registry)
        chain.mine()


async def test_a_parent_that_expires_takes_its_children_with_it_and_order_is_kept(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    records = await a_dead_chain(registry, engine, chain)

    followed = await look(registry)

    async with registry.database.transaction() as work:
        waiting = await work.chain.records.lock_queued(10)
        outputs = await work.chain.wallet_utxos.lock_unspent(WALLET.address)
    assert followed == ChainFollowed(requeued=True, wake=("platform",))
    assert [(record.id, record.attempts) for record in waiting] == [
        (records[0].id, 1),
        (records[1].id, 0),
        (records[2].id, 0),
    ]
    assert [output.lovelace for output in outputs] == [FUNDS_LOVELACE]
    assert {row["status"] for row in await transactions(engine)} == {"expired"}


async def test_a_parent_whose_child_is_in_a_block_is_not_given_up(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """A provider that shows the child and not the parent is wrong about the parent."""
    records, (parent, child) = await a_chain_of(registry, engine, 2)
    chain.mine()
    chain.never_shows.add(parent)
    async with registry.database.transaction() as work:
        stored = await work.chain.records.transaction(child)
        assert stored is not None
        seen = await chain.inclusion(child)
        assert seen is not None
        await work.chain.records.save_transaction(
            replace(stored, block_hash=seen.block_hash, block_height=seen.block_height)
        )
    await its_time_passes(registry, chain)

    followed = await look(registry)

    assert not followed.requeued
    assert (await transaction(registry, parent)).status is ChainTransactionStatus.SUBMITTED
    assert RecordStatus.QUEUED not in await statuses(registry, records)


async def test_a_transaction_whose_output_the_chain_shows_is_not_given_up(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """One index of the provider lags, another does not: built anew, the record would stand there twice."""
    records, (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.never_shows.add(tx_hash)
    chain.mine()
    await its_time_passes(registry, chain)

    hidden = await look(registry)
    chain.never_shows.clear()
    chain.mine(CONFIRMED_CHECK_BLOCKS)
    seen = await run(registry.on_chain.follow_chain, FollowChain())

    assert not hidden.requeued
    assert [one.record_id for one in seen.confirmed] == [records[0].id]
    assert len(set(chain.submissions)) == 1


async def test_a_transaction_whose_childs_output_the_chain_shows_is_not_given_up(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    records, hashes = await a_chain_of(registry, engine, 2)
    chain.never_shows.update(hashes)
    chain.mine()
    await its_time_passes(registry, chain)

    hidden = await look(registry)

    assert not hidden.requeued
    assert await statuses(registry, records) == [RecordStatus.SUBMITTED] * 2


async def test_three_looks_at_one_tip_are_one_miss(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """Something fails after each, or the worker is started anew: what was seen is noted before that."""
    (record,), (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.mine(7)
    await look(registry)
    chain.rollback(7, requeue=False)
    chain.mine(7 + CONFIRMED_CHECK_BLOCKS)

    for _ in range(MISSES_BEFORE_VANISHED):
        await look(Registry(registry.database, chain=chain))

    missed = await transaction(registry, tx_hash)
    assert (missed.misses, missed.rollbacks) == (1, 0)
    assert (await now(registry, record)).status is RecordStatus.CONFIRMED


async def test_the_whole_chain_is_built_anew_and_each_record_lands_once(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    records = await a_dead_chain(registry, engine, chain)
    await look(registry)

    rebuilt = await sent(registry)
    chain.mine(7)
    followed = await run(registry.on_chain.follow_chain, FollowChain())

    assert {(await now(registry, record)).tx_hash for record in records} == {rebuilt.tx_hash}
    assert len(followed.confirmed) == 3


async def test_a_record_that_fails_again_and_again_waits_for_a_person(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    (record,) = await only_these_wait(registry, engine, queued(1))
    for _ in range(ATTEMPTS_MAX):
        assert (await now(registry, record)).status is RecordStatus.QUEUED
        await anchored(registry)
        await its_time_passes(registry, chain)
        await look(registry)

    rows = (await snapshot(engine))["chain_records"]
    (parked,) = [row for row in rows if row["id"] == str(record.id)]
    assert (parked["status"], parked["park_reason"], parked["attempts"]) == (
        "parked",
        REPEATED_FAILURE,
        ATTEMPTS_MAX,
    )


async def test_an_output_that_somebody_else_spent_is_dropped_and_the_next_one_pays(
    engine: AsyncEngine,
) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE, 7_000_000]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    (record,) = await only_these_wait(registry, engine, queued(1))
    stored = await anchored(registry)
    chain.is_robbed_of(WALLET.address, FUNDS_LOVELACE)
    await its_time_passes(registry, chain)

    followed = await look(registry)
    async with registry.database.transaction() as work:
        left = await work.chain.wallet_utxos.lock_unspent(WALLET.address)
    rebuilt = await sent(registry)
    chain.mine(7)
    confirmed = await run(registry.on_chain.follow_chain, FollowChain())

    assert followed.requeued
    assert [output.lovelace for output in left] == [7_000_000]
    assert rebuilt.tx_hash != stored.tx_hash
    assert [one.record_id for one in confirmed.confirmed] == [record.id]


async def test_a_wallet_that_was_emptied_says_that_it_is_low(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine, queued(1))
    await anchored(registry)
    chain.is_robbed_of(WALLET.address, FUNDS_LOVELACE)
    await its_time_passes(registry, chain)
    await look(registry)

    assert await anchor(registry) == RecordsAnchored(
        waiting=1, too_low=f"{WALLET.address} holds nothing to pay fees with."
    )


async def test_the_change_of_a_transaction_in_flight_is_never_dropped(
    registry: Registry, engine: AsyncEngine
) -> None:
    await only_these_wait(registry, engine, queued(1))
    stored = await anchored(registry)
    async with registry.database.transaction() as work:
        stranger = UnspentOutput("ee" * 32, 0, 5)
        await work.chain.wallet_utxos.add(WALLET.address, [stranger])

        dropped = await work.chain.wallet_utxos.drop_absent(WALLET.address, [])
        left = await work.chain.wallet_utxos.lock_unspent(WALLET.address)

    assert dropped == 1
    assert [output.tx_hash for output in left] == [stored.tx_hash]


async def test_a_provider_that_fails_while_something_expires_postpones_it(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """Without knowing the outputs, the next transaction might be built on one that is gone."""
    records = await a_dead_chain(registry, engine, chain, count=1)
    chain.unspent_fails = ChainUnavailable("HTTP 503")

    first = await look(registry)
    second = await look(registry)

    assert (first.requeued, second.requeued) == (False, True)
    assert await statuses(registry, records) == [RecordStatus.QUEUED]


async def test_a_block_that_takes_some_wakes_the_wallets_while_records_wait(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await a_chain_of(registry, engine, 1)
    await queue(registry, queued(7))
    before = await look(registry)
    chain.mine()

    assert before.wake == ()
    assert (await run(registry.on_chain.follow_chain, FollowChain())).wake == ("platform",)


async def test_a_record_that_vanished_is_no_longer_confirmed_and_stays_visible(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    (record,), (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.mine(7)
    await look(registry)
    chain.rollback(7, requeue=False)
    chain.mine(7 + CONFIRMED_CHECK_BLOCKS)
    for _ in range(MISSES_BEFORE_VANISHED):
        chain.mine()
        await look(registry)

    gone = await transaction(registry, tx_hash)
    assert (gone.status, gone.rollbacks) == (ChainTransactionStatus.SUBMITTED, 1)
    assert gone.taken_back_at == NOW
    assert (await now(registry, record)).status is RecordStatus.SUBMITTED


async def transactions(engine: AsyncEngine) -> list[dict[str, object]]:
    rows = (await snapshot(engine))["chain_transactions"]
    return sorted(rows, key=lambda row: -(row["confirmations"] or 0))


async def test_the_newest_block_is_noted_with_the_transactions_that_it_confirms(
    registry: Registry,
) -> None:
    await story.the_retirement_is_confirmed(registry)

    async with registry.database.transaction() as work:
        provider = await work.chain.watch.provider()
        transactions = await work.chain.records.in_flight()
    newest = max((one.block_height or 0) + one.confirmations for one in transactions)
    assert provider.tip_height == newest
