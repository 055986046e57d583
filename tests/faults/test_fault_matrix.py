"""
The fault matrix: whatever the network, the node, the provider or a thief does, every record ends up
on the chain, confirmed, exactly once.

The database and the ledger rules are real. Blocks, rollbacks and faults come on command.
"""

from typing import Any

import pytest

from adapters.chain import http_client
from domain.chain.alerts import AlertKind
from tests.adapters.chain.worlds import World, pay
from tests.faults.conftest import MakePlatform
from tests.faults.platform import (
    SECONDS_PER_BLOCK,
    Devnet,
    every_record_is_on_the_chain_once,
)

SUBMIT, LOOK, TIP, ANYTHING = "/tx/submit", "/txs/", "/blocks/latest", ""
proof = pytest.mark.proof
"""For the longer rows of a table, of which the suite runs the hardest."""

UNDISTURBED_BLOCKS = 1 + 6
SHORT_TTL_SLOTS = 20 * SECONDS_PER_BLOCK
ALL_BUT_CHANGE = 98_800_000
"""Of the wallet's 100 ADA; what is left pays no fee and keeps the smallest output."""


async def test_undisturbed_it_takes_one_block_and_six_on_top(make: MakePlatform) -> None:
    platform = await make()

    blocks = await platform.ends(within_blocks=10)

    assert blocks == UNDISTURBED_BLOCKS
    await every_record_is_on_the_chain_once(platform)


async def test_records_that_come_in_bursts_wait_for_each_other_and_share_transactions(
    make: MakePlatform, devnet: Devnet
) -> None:
    platform = await make(records=10)
    for burst in range(1, 30):
        await platform.send(flush=False)
        await platform.queue(10 * burst, 10)
        if burst % 10 == 0:
            await devnet.mine()

    await platform.ends(within_blocks=15)

    shown = await devnet.records_of(platform.wallet.address)
    assert len(shown) <= 300 / 10
    assert max(len(records) for records in shown.values()) > 10
    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_lost_submit_answer(make: MakePlatform, devnet: Devnet, times: int) -> None:
    platform = await make(records=100)
    await devnet.fault(lose_response=True, path=SUBMIT, times=times)

    await platform.ends(within_blocks=15)

    assert await platform.transactions() == {
        "confirmed": sum((await platform.transactions()).values())
    }
    await every_record_is_on_the_chain_once(platform)


FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429},
    "500": {"status": 500},
    "HTML 502": {"html": 502},
    "timeout": {"delay_ms": 400},
    "timeout and no answer": {"delay_ms": 400, "lose_response": True},
    "402": {"status": 402},
    "425, mempool full": {"status": 425},
}


each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


@each_fault
async def test_a_provider_that_answers_every_call_badly(
    make: MakePlatform,
    devnet: Devnet,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
) -> None:
    await answers_badly(make, devnet, monkeypatch, fault, ANYTHING)


@pytest.mark.proof
@each_fault
@pytest.mark.parametrize("path", [SUBMIT, LOOK, TIP])
async def test_a_provider_that_answers_one_call_badly(
    make: MakePlatform,
    devnet: Devnet,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    path: str,
) -> None:
    await answers_badly(make, devnet, monkeypatch, fault, path)


async def answers_badly(
    make: MakePlatform,
    devnet: Devnet,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    path: str,
) -> None:
    platform = await make()
    # Only now: the first transaction of a new devnet may take a busy machine longer.
    monkeypatch.setattr(http_client, "READ_TIMEOUT_SECONDS", 0.1)
    await devnet.fault(**fault, path=path, times=4)

    await platform.ends(within_blocks=20)

    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize(
    ("depth", "misses"),
    [
        (3, 2),
        (3, 7),
        (6, 3),
        *(
            pytest.param(depth, misses, marks=proof)
            for depth in (0, 3, 6)
            for misses in (1, 2, 3, 7)
            if (depth, misses) not in {(3, 2), (3, 7), (6, 3)}
        ),
    ],
)
async def test_stale_404s(make: MakePlatform, devnet: Devnet, depth: int, misses: int) -> None:
    """A replica that lags does not show a transaction that is in a block, so many blocks deep."""
    platform = await make()
    await platform.goes_on(blocks=1 + depth)
    await devnet.fault(status=404, path=LOOK, times=misses)

    await platform.goes_on(blocks=misses)
    await platform.ends(within_blocks=20)

    assert await platform.transactions() == {"confirmed": 1}
    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize("requeue", [True, False], ids=["mempool kept", "mempool lost"])
@pytest.mark.parametrize("blocks", [pytest.param(1, marks=proof), pytest.param(3, marks=proof), 6])
async def test_a_rollback_of_what_was_just_included(
    make: MakePlatform, devnet: Devnet, blocks: int, requeue: bool
) -> None:
    platform = await make(records=100)
    await platform.goes_on(blocks=blocks)
    # The follower sees them in blocks, so that it is these that are taken back.
    await platform.follow()
    included = await platform.in_blocks()
    await devnet.rollback(blocks, requeue=requeue)

    await platform.ends(within_blocks=40)

    assert included > 0
    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize("requeue", [True, False], ids=["mempool kept", "mempool lost"])
async def test_a_rollback_of_confirmed_records_is_told_and_they_stand_again(
    make: MakePlatform, devnet: Devnet, requeue: bool
) -> None:
    platform = await make()
    await platform.ends(within_blocks=10)
    await platform.alerts()
    await devnet.rollback(7, requeue=requeue)
    # Another branch without them has grown further than the one that held them.
    await devnet.mine(20, empty=True)

    await platform.goes_on(blocks=4)
    gone = await platform.alerts()
    await platform.ends(within_blocks=20)
    back = await platform.alerts()

    assert (AlertKind.RECORD_GONE in gone, AlertKind.RECORD_GONE in back) == (True, False)
    assert await platform.transactions() == {"confirmed": 1}
    await every_record_is_on_the_chain_once(platform)


async def test_a_transaction_that_never_lands_expires_and_its_records_go_into_another(
    make: MakePlatform, devnet: Devnet
) -> None:
    platform = await make(records=100, ttl_slots=SHORT_TTL_SLOTS)
    for _ in range(20):
        await platform.turn()
        await devnet.mine(empty=True)
    await devnet.mine(7, empty=True)

    await platform.ends(within_blocks=30)

    transactions = await platform.transactions()
    assert transactions["expired"] >= 1
    await every_record_is_on_the_chain_once(platform)


async def test_bytes_that_were_stored_and_never_sent_expire(
    make: MakePlatform, devnet: Devnet
) -> None:
    platform = await make(ttl_slots=SHORT_TTL_SLOTS)
    await platform.sign()
    await devnet.mine(25)

    await platform.ends(within_blocks=30)

    assert await platform.transactions() == {"expired": 1, "confirmed": 1}
    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize(
    "ttl_slots",
    [pytest.param(7_200, marks=proof), 100 * SECONDS_PER_BLOCK],
    ids=["within the TTL", "beyond the TTL"],
)
async def test_an_outage_of_200_blocks_under_300_waiting_records(
    make: MakePlatform, devnet: Devnet, ttl_slots: int
) -> None:
    """
    Some are on their way when it begins; the blocks go on including them, and nobody sees it.

    What is beyond its TTL when the provider answers again is dead only if no block holds it.
    """
    platform = await make(records=300, ttl_slots=ttl_slots)
    await platform.sign()
    sent = await platform.send()
    before = await platform.alerts()
    await devnet.fault(status=503, times=100_000)
    during = set()
    for _ in range(20):
        await platform.turn()
        during |= await platform.alerts()
        await devnet.mine(10)
    await devnet.clear_faults()

    await platform.ends(within_blocks=40)
    after = await platform.alerts()

    assert len(sent) > 1
    assert AlertKind.CHAIN_OUTAGE not in before
    assert AlertKind.CHAIN_OUTAGE in during
    assert AlertKind.CHAIN_OUTAGE not in after
    await every_record_is_on_the_chain_once(platform)


async def test_a_low_wallet_waits_for_its_top_up(
    make: MakePlatform, devnet: Devnet, bank: World
) -> None:
    """It holds enough for the first transaction, and not for the second."""
    platform = await make(records=100, funds_lovelace=2_000_000)
    await platform.goes_on(blocks=8)
    waiting = await platform.unconfirmed()
    low = await platform.alerts()
    await platform.top_up(bank, 1_000_000_000)
    await devnet.mine()

    await platform.ends(within_blocks=20)

    assert 0 < waiting < 100
    assert AlertKind.WALLET_LOW in low
    assert AlertKind.WALLET_LOW not in await platform.alerts()
    await every_record_is_on_the_chain_once(platform)


async def test_a_top_up_is_noticed_long_before_the_wallet_is_empty(
    make: MakePlatform, devnet: Devnet, bank: World
) -> None:
    platform = await make(funds_lovelace=20_000_000)
    await platform.ends(within_blocks=10)
    low = await platform.alerts()
    await platform.top_up(bank, 1_000_000_000)
    await devnet.mine()

    assert low == {AlertKind.WALLET_LOW}
    assert await platform.alerts() == set()
    await every_record_is_on_the_chain_once(platform)


@pytest.mark.parametrize(
    "stolen_first",
    [pytest.param(True, marks=proof), False],
    ids=["before it is sent", "while unseen"],
)
async def test_a_wallet_drained_by_a_foreign_transaction(
    make: MakePlatform, devnet: Devnet, bank: World, stolen_first: bool
) -> None:
    """
    Somebody with our key spends the output that our transaction spends, and theirs lands.

    Ours is dead, which nobody can know before its TTL; then the records wait for a top-up.
    """
    platform = await make(ttl_slots=SHORT_TTL_SLOTS)
    if stolen_first:
        await pay(platform.world, bank.wallet.address, ALL_BUT_CHANGE)
    await platform.goes_on(blocks=1)
    if not stolen_first:
        await devnet.rollback(1, requeue=False)
        await pay(platform.world, bank.wallet.address, ALL_BUT_CHANGE)
    await platform.goes_on(blocks=40)
    robbed = await platform.unconfirmed()
    low = await platform.alerts()
    await platform.top_up(bank)
    await devnet.mine()

    await platform.ends(within_blocks=40)

    assert robbed == 5
    assert AlertKind.WALLET_LOW in low
    await every_record_is_on_the_chain_once(platform)
