"""A provider that keeps few blocks: what it no longer shows was not rolled back (ADR 0047)."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.chain.watch import WatchChain
from adapters.postgres.database import PostgresDatabase
from domain.chain.alerts import AlertKind
from domain.chain.confirmations import FINALITY_BLOCKS, MISSES_BEFORE_VANISHED
from domain.chain.networks import CardanoNetwork, NetworkTold
from domain.chain.polling import CONFIRMED_CHECK_BLOCKS
from domain.chain.records import RecordStatus
from domain.chain.transactions import ChainTransactionStatus
from tests.activities.chain.queued import (
    a_chain_of,
    look,
    now,
    only_these_wait,
    queue,
    queued,
    sent,
    statuses,
    transaction,
)
from tests.activities.registry import FUNDS_LOVELACE, TTL_SLOTS, WALLET, Registry, run
from tests.factories import named
from tests.fakes.counting_chain import CountingChain

KEPT = 8


@pytest.fixture
def chain() -> CountingChain:
    return CountingChain({WALLET.address: [FUNDS_LOVELACE]})


@pytest.fixture
def registry(engine: AsyncEngine, chain: CountingChain) -> Registry:
    return Registry(PostgresDatabase(engine), chain=chain)


async def sentences(registry: Registry) -> dict[AlertKind, str]:
    """What is wrong with the provider, as staff read it a minute later."""
    registry.clock.advance(minutes=1)
    watch_id = named(f"watch at {registry.clock.now()}")
    await run(registry.watching.watch_chain, WatchChain(watch_id=watch_id))
    async with registry.database.transaction() as work:
        alerts = await work.chain.alerts.lock_recent(registry.clock.now())
    of_provider = {AlertKind.CHAIN_HISTORY_SHORT, AlertKind.CHAIN_MISCONFIGURED}
    return {
        alert.kind: alert.sentence
        for alert in alerts
        if alert.is_open and alert.kind in of_provider
    }


async def test_what_was_confirmed_stays_confirmed_when_its_block_is_kept_no_longer(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    (record,), (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.mine(7)
    await look(registry)
    chain.keep_history(KEPT)

    for _ in range(2 * MISSES_BEFORE_VANISHED):
        chain.mine(CONFIRMED_CHECK_BLOCKS)
        await look(registry)

    hidden = await transaction(registry, tx_hash)
    assert (hidden.status, hidden.rollbacks, hidden.misses) == ("confirmed", 0, 0)
    assert hidden.taken_back_at is None
    assert len(chain.submissions) == 1
    assert (await now(registry, record)).status is RecordStatus.CONFIRMED
    assert list(await sentences(registry)) == [AlertKind.CHAIN_HISTORY_SHORT]

    # Another provider, or the same one with another setting, and all is well again.
    chain.keep_history(None)
    chain.mine(CONFIRMED_CHECK_BLOCKS)
    await look(registry)

    assert (await transaction(registry, tx_hash)).not_shown_at_height is None
    assert await sentences(registry) == {}


async def test_where_history_ends_little_is_asked(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    for number in range(4):
        await queue(registry, queued(number))
        await sent(registry)
        chain.mine()
    chain.mine(7)
    await look(registry)
    chain.keep_history(KEPT)
    chain.mine(CONFIRMED_CHECK_BLOCKS)
    chain.calls = 0

    await look(registry)
    asked = chain.calls
    chain.mine()
    await look(registry)

    # The tip, one transaction and its block; a block later, the tip alone.
    assert (asked, chain.calls - asked) == (3, 1)


async def test_another_block_at_its_height_is_a_rollback_also_with_a_short_history(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    (record,), (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.mine(7)
    await look(registry)
    chain.keep_history(50)
    chain.rollback(7, requeue=False)
    chain.mine(7 + CONFIRMED_CHECK_BLOCKS)

    for _ in range(MISSES_BEFORE_VANISHED):
        chain.mine()
        await look(registry)

    assert (await transaction(registry, tx_hash)).rollbacks == 1
    assert (await now(registry, record)).status is RecordStatus.SUBMITTED
    assert len(chain.submissions) == 2


async def test_a_provider_that_reads_the_chain_anew_takes_nothing_back(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    _, (tx_hash,) = await a_chain_of(registry, engine, 1)
    chain.mine(FINALITY_BLOCKS)
    await look(registry)
    chain.rollback(FINALITY_BLOCKS, requeue=False)
    height = (await transaction(registry, tx_hash)).block_height
    assert height is not None
    await chain_begins_anew(chain)

    for _ in range(MISSES_BEFORE_VANISHED):
        chain.mine()
        await look(registry)

    assert (await transaction(registry, tx_hash)).status is ChainTransactionStatus.CONFIRMED


async def chain_begins_anew(chain: CountingChain) -> None:
    """Its tip is lower than any rollback could make it."""
    for block in chain._blocks:  # noqa: SLF001 -- heights are what the test is about
        object.__setattr__(block, "height", block.height - FINALITY_BLOCKS - 50)


async def test_a_child_on_the_chain_proves_its_parent_to_a_worker_that_was_started_anew(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    hashes = []
    for number in range(2):
        await queue(registry, queued(number))
        hashes.append((await sent(registry)).tx_hash)
        chain.mine(6)
    chain.mine()
    await look(registry)
    chain.keep_history(KEPT + CONFIRMED_CHECK_BLOCKS)
    chain.mine(CONFIRMED_CHECK_BLOCKS)

    await look(Registry(registry.database, chain=chain))

    parent, child = [await transaction(registry, one) for one in hashes]
    assert await chain.inclusion(parent.tx_hash) is None
    assert (parent.not_shown_at_height, parent.status) == (None, "confirmed")
    assert child.confirmations == CONFIRMED_CHECK_BLOCKS + 6


async def test_a_block_that_was_seen_below_one_that_stands_makes_final_what_it_holds(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    await only_these_wait(registry, engine)
    hashes = []
    for number in range(2):
        await queue(registry, queued(number))
        hashes.append((await sent(registry)).tx_hash)
        chain.mine()
    chain.mine(6)
    await look(registry)
    chain.mine(FINALITY_BLOCKS - 7)
    chain.keep_history(FINALITY_BLOCKS)

    await look(registry)

    assert await chain.inclusion(hashes[0]) is None
    assert [(await transaction(registry, one)).status for one in hashes] == ["final", "confirmed"]


async def test_a_record_does_not_wait_behind_one_that_cannot_be_looked_up(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """As after a pause of the worker that was longer than the provider's history."""
    (record,), (parent,) = await a_chain_of(registry, engine, 1)
    chain.mine(2 * KEPT)
    chain.keep_history(KEPT)
    await queue(registry, queued(7))
    child = (await sent(registry)).tx_hash
    for _ in range(7):
        chain.mine()
        await look(registry)

    assert (await transaction(registry, child)).status is ChainTransactionStatus.CONFIRMED
    assert (await transaction(registry, parent)).not_shown_at_height is not None

    # Nor is it given up when its time has passed: built anew, it would stand there twice.
    chain.mine(slots=TTL_SLOTS)
    for _ in range(4):
        await look(registry)
        chain.mine(CONFIRMED_CHECK_BLOCKS)
    assert await statuses(registry, [record]) == [RecordStatus.SUBMITTED]
    assert len(set(chain.submissions)) == 2


async def test_the_same_bytes_are_sent_later_and_later(
    registry: Registry, engine: AsyncEngine, chain: CountingChain
) -> None:
    """Somebody else has spent what they spend, so that no node ever takes them."""
    await a_chain_of(registry, engine, 1, send=False)
    chain.is_robbed_of(WALLET.address, FUNDS_LOVELACE)

    for _ in range(100):
        chain.mine()
        await look(registry)

    # In 2,000 slots: at once, and after 20, 40, 80 … slots, and then every 600.
    assert len(chain.submissions) == 8


async def test_staff_are_told_that_another_network_is_shown(
    registry: Registry, chain: CountingChain
) -> None:
    chain.network_told = NetworkTold(magic=CardanoNetwork.PREPROD.facts.magic)

    told = await sentences(registry)

    assert "CARDANO_NETWORK is devnet" in told[AlertKind.CHAIN_MISCONFIGURED]
    assert "preprod (network magic 1)" in told[AlertKind.CHAIN_MISCONFIGURED]
