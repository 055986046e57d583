"""
What can happen to records on their way, on real parts: each stands on the chain once in the end.

The devnet makes a block three times a second, loses, hides and takes back what it is told to, and
judges every transaction by the ledger rules.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.adapters.chain.worlds import pay
from tests.fakes.chain import SeedSigner
from tests.workflows.chain_rig import Rig, running_rig

RECORDS, BURST = 300, 10
FEW = 30
MANY_TIMES = 100_000
EVERYTHING_LANDED = ("confirmed", "final")

Fault = Callable[[Rig], Awaitable[object]]


@pytest.fixture
async def rig(
    env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rig]:
    async with running_rig(env.client, tmp_path_factory.mktemp("rig")) as running:
        yield running


async def test_records_that_come_in_bursts_are_all_confirmed_exactly_once_in_batches(
    rig: Rig,
) -> None:
    for _ in range(RECORDS // BURST):
        await rig.queue(BURST)
        await asyncio.sleep(0.05)

    await rig.until(*EVERYTHING_LANDED)

    carriers = await rig.each_is_there_once()
    assert len(carriers) <= RECORDS / 10
    assert max(carriers.values()) > BURST


def fault(**what: Any) -> Fault:
    return lambda rig: rig.control("fault", **what)


FAULTS: dict[str, Fault] = {
    "the answers to submissions are lost": fault(lose_response=True, path="/tx/submit", times=5),
    # The wallet tries again after 1, 2, 4, 8 s and so on; more of these only take longer.
    "429": fault(status=429, times=4),
    "500": fault(status=500, times=4),
    "HTML 502": fault(html=502, times=4),
    "submissions are broken for a while": fault(status=503, path="/tx/submit", times=5),
    "replicas lag": fault(status=404, path="/txs/", times=12),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", FAULTS)
async def test_a_provider_in_trouble_delays_records_and_loses_none(name: str, rig: Rig) -> None:
    await rig.queue(FEW)
    await FAULTS[name](rig)

    for _ in range(3):
        await rig.queue(FEW)
        await asyncio.sleep(0.3)
    await rig.until(*EVERYTHING_LANDED, seconds=90)

    await rig.each_is_there_once()


@pytest.mark.proof
@pytest.mark.parametrize("requeue", [True, False], ids=["mempool kept", "mempool lost"])
@pytest.mark.parametrize("blocks", [1, 3, 7])
async def test_after_a_rollback_each_record_is_there_once(
    blocks: int, requeue: bool, rig: Rig
) -> None:
    for _ in range(3):
        await rig.queue(FEW)
        await asyncio.sleep(0.4)
    await rig.until(*(EVERYTHING_LANDED if blocks > 6 else ("submitted", *EVERYTHING_LANDED)))

    await rig.control("rollback", blocks=blocks, requeue=requeue)
    await rig.queue(FEW)
    # What is confirmed is looked at every tenth block, and gone after three misses.
    await asyncio.sleep(6)
    await rig.until(*EVERYTHING_LANDED)

    await rig.each_is_there_once()


@pytest.mark.proof
async def test_transactions_that_never_land_expire_and_their_records_go_into_others(
    rig: Rig,
) -> None:
    await rig.control("fault", status=503, path="/tx/submit", times=MANY_TIMES)
    for _ in range(3):
        await rig.queue(FEW)
        await asyncio.sleep(0.6)
    await rig.until("submitted")

    await rig.control("slot", advance=7_300)
    await rig.control("mine", blocks=1)
    await asyncio.sleep(1)
    await rig.control("fault", clear=True)
    await rig.until(*EVERYTHING_LANDED, seconds=90)

    await rig.each_is_there_once()


@pytest.mark.proof
async def test_an_outage_of_two_hundred_blocks_under_three_hundred_records_passes(
    rig: Rig,
) -> None:
    await rig.control("fault", status=503, times=MANY_TIMES)
    await rig.queue(RECORDS)

    await rig.control("mine", blocks=200)
    await asyncio.sleep(2)
    queued = await rig.count("queued")
    await rig.control("fault", clear=True)
    await rig.until(*EVERYTHING_LANDED, seconds=90)

    assert queued == RECORDS
    await rig.each_is_there_once()


@pytest.mark.proof
async def test_a_wallet_that_a_foreign_transaction_drains_goes_on_when_money_is_there(
    rig: Rig,
) -> None:
    thief = SeedSigner("thief")
    taken = type(rig.world)(rig.world.chain, thief, rig.world.hand)
    for output in await rig.world.funds():
        await pay_all(rig, output.lovelace, taken.wallet.address)
    await asyncio.sleep(1)
    await rig.queue(FEW)
    await asyncio.sleep(3)
    assert await rig.count("queued") == FEW

    await pay(taken, rig.world.wallet.address, 50_000_000)
    # A wallet that is low looks once a minute.
    await rig.until(*EVERYTHING_LANDED, seconds=90)

    await rig.each_is_there_once()


async def pay_all(rig: Rig, lovelace: int, to: str) -> None:
    """One output, but for what a change output must keep at least."""
    await pay(rig.world, to, lovelace - 300_000 - 1_000_000)
    await asyncio.sleep(0.7)


@pytest.mark.proof
async def test_two_workers_at_once_write_each_record_once(
    env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rig")
    async with running_rig(env.client, folder, workers=2) as rig:
        for _ in range(10):
            await rig.queue(FEW)
        await rig.until(*EVERYTHING_LANDED)

        await rig.each_is_there_once()
