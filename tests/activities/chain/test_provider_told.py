"""A webhook of the chain's provider ends the follower's wait, and says nothing that is believed."""

import asyncio
import time
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.chain.anchoring import ChainActivities, FollowChain
from activities.chain.confirmation_tracker import ChainRules
from adapters.postgres.chain.provider_notes import note_provider_told
from adapters.postgres.database import PostgresDatabase
from domain.chain.confirmations import CONFIRMATIONS_REQUIRED, FINALITY_BLOCKS
from tests.activities.chain.queued import a_chain_of
from tests.activities.registry import FUNDS_LOVELACE, TTL_SLOTS, WALLET, Registry
from tests.factories import NOW
from tests.fakes.counting_chain import CountingChain

PATIENCE_SECONDS = 60


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_follower_that_is_told_looks_at_once(engine: AsyncEngine, *, is_told: bool) -> None:
    chain = CountingChain({WALLET.address: [FUNDS_LOVELACE]})
    registry = Registry(PostgresDatabase(engine), chain=chain)
    await a_chain_of(registry, engine, 1)
    rules = ChainRules(
        CONFIRMATIONS_REQUIRED, FINALITY_BLOCKS, TTL_SLOTS, poll_seconds=PATIENCE_SECONDS
    )
    following = ChainActivities(
        registry.database,
        chain,
        registry.wallets,
        registry.clock,
        replace(rules, is_told=is_told),
        network="devnet",
    )
    environment = ActivityEnvironment()
    began = time.monotonic()
    follower = asyncio.create_task(environment.run(following.follow_chain, FollowChain()))
    while len(chain.submissions) == 1:  # noqa: ASYNC110 -- the fake chain tells nobody
        # The first look has sent the bytes once more.
        await asyncio.sleep(0.05)
    chain.mine(CONFIRMATIONS_REQUIRED + 1)
    async with engine.begin() as connection:
        await note_provider_told(connection, NOW)
    if not is_told:
        await asyncio.sleep(1)
        environment.worker_shutdown()

    followed = await follower

    assert bool(followed.confirmed) is is_told
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
