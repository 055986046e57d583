"""
A worker that dies by force before and after each commit of each step to the chain.

The dead worker's process is forked, works on the same database and devnet, and is killed at one of
its commits. Another goes on.
"""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from activities.chain.anchoring import (
    AnchorRecords,
    AnnounceRecords,
    FollowChain,
    SubmitTransaction,
)
from domain.chain.confirmations import EXPIRY_SETTLE_BLOCKS, MISSES_BEFORE_EXPIRED
from tests.activities.killed import KILLED, Moment, MortalDatabase
from tests.activities.registry import run, run_until_shutdown
from tests.databases import engine_for
from tests.faults.conftest import MakePlatform
from tests.faults.platform import Devnet, Platform, every_record_is_on_the_chain_once

pytestmark = pytest.mark.proof


@dataclass(frozen=True)
class Step:
    """`before` is what has happened; `commits` are those in which the step may be killed."""

    name: str
    before: Callable[[Platform], Awaitable[None]]
    commits: int


async def nothing(platform: Platform) -> None:
    assert await platform.transactions() == {}


async def signed(platform: Platform) -> None:
    await platform.sign()


async def sent(platform: Platform) -> None:
    await platform.send()
    await platform.devnet.mine()


async def included(platform: Platform) -> None:
    await sent(platform)
    await platform.follow()
    await platform.devnet.mine(6)


async def confirmed(platform: Platform) -> None:
    await included(platform)
    await platform.follow()


async def expired(platform: Platform) -> None:
    """Its TTL has passed and settled; the next visit gives it up."""
    await platform.sign()
    await platform.devnet.mine(400)
    await platform.follow()
    await platform.devnet.mine(EXPIRY_SETTLE_BLOCKS)
    for _ in range(MISSES_BEFORE_EXPIRED - 1):
        await platform.follow()
        await platform.devnet.mine()


STEPS = [
    Step("anchor", nothing, 4),
    Step("submit", signed, 2),
    Step("follow what was signed", signed, 3),
    Step("follow what was sent", sent, 3),
    Step("follow what is six deep", included, 3),
    Step("follow what expired", expired, 5),
    Step("announce", confirmed, 1),
]


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    ("step", "commit"),
    [
        pytest.param(step, commit, id=f"{step.name}, commit {commit}")
        for step in STEPS
        for commit in range(1, step.commits + 1)
    ],
)
async def test_a_worker_killed_at_a_commit(
    make: MakePlatform,
    devnet: Devnet,
    database_url: str,
    step: Step,
    commit: int,
    moment: Moment,
) -> None:
    platform = await make()
    await step.before(platform)

    code = await killed(platform, step.name, commit, moment, database_url)
    await platform.ends(within_blocks=30)

    assert code == KILLED
    await every_record_is_on_the_chain_once(platform)


async def killed(
    platform: Platform, step: str, commit: int, moment: Moment, database_url: str
) -> int | None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    process = processes.Process(
        target=_attempt,
        args=(step, commit, moment, database_url, platform.devnet.url, platform.signer_name),
    )
    process.start()
    await asyncio.to_thread(process.join)
    return process.exitcode


def _attempt(
    step: str, commit: int, moment: Moment, database_url: str, url: str, signer_name: str
) -> None:
    async def attempt() -> None:
        engine = engine_for(database_url)
        platform = Platform.elsewhere(engine, url, signer_name)
        request = await _request(platform, step)
        platform.use(MortalDatabase(engine, moment, commit))
        match request:
            case AnchorRecords():
                await run(platform.chain.anchor_records, request)
            case SubmitTransaction():
                await run(platform.chain.submit_transaction, request)
            case FollowChain():
                await run_until_shutdown(platform.chain.follow_chain, request)
            case AnnounceRecords():
                await run(platform.chain.announce_records, request)

    asyncio.run(attempt())


async def _request(
    platform: Platform, step: str
) -> AnchorRecords | SubmitTransaction | FollowChain | AnnounceRecords:
    async with platform.database.transaction() as work:
        (in_flight,) = [None] if step == "anchor" else await work.chain.records.in_flight()
        told = await work.chain.records.confirmed_unannounced(500)
    if in_flight is None:
        return AnchorRecords(flush=True)
    if step == "submit":
        return SubmitTransaction(tx_hash=in_flight.tx_hash)
    if step == "announce":
        return AnnounceRecords(record_ids=tuple(record.id for record in told))
    return FollowChain()
