"""Fixtures of the fault matrix: one devnet for all of it, and a funded wallet with a queue for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.postgres.database import PostgresDatabase
from devstack.devnet import running_devnet
from devstack.ports import choose_ports
from tests.activities import story
from tests.activities.registry import Registry
from tests.adapters.chain.worlds import DevnetHand, World
from tests.databases import engine_for, save_people
from tests.fakes.chain import SeedSigner
from tests.faults.platform import Devnet, Platform

_numbers = count()

MakePlatform = Callable[..., Awaitable[Platform]]


@pytest.fixture(scope="session")
async def bank(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The devnet, which makes blocks on command only, with the wallet that holds its funds."""
    folder = tmp_path_factory.mktemp("devnet")
    port = choose_ports(folder)["devnet"]
    origin = f"http://127.0.0.1:{port}"
    chain = BlockfrostChain(
        f"{origin}/api/v0", project_id=None, requests_per_second=1_000, open_seconds=0
    )
    world = World(chain, SeedSigner("bank"), DevnetHand(origin))
    async with running_devnet(
        folder, port=port, fund_address=world.wallet.address, block_seconds=0
    ):
        yield world
    await chain.close()


@pytest.fixture(scope="session")
async def devnet(bank: World) -> AsyncIterator[Devnet]:
    # The bank's chain and this one are the same process; the bank knows its address.
    async with Devnet.at(bank.hand) as found:
        yield found


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A registry in which credits are issued; their record waits for the chain."""
    made = engine_for(database_url)
    await save_people(made)
    await story.credits_are_issued(Registry(PostgresDatabase(made)))
    yield made
    await made.dispose()


@pytest.fixture
async def make(engine: AsyncEngine, bank: World, devnet: Devnet) -> AsyncIterator[MakePlatform]:
    """A platform with its own wallet; the devnet has no trouble left when the test is over."""
    platforms: list[Platform] = []

    async def made(**options: int) -> Platform:
        wallet = f"faults {next(_numbers)}"
        platform = await Platform.with_records(engine, bank, devnet, wallet, **options)
        platforms.append(platform)
        return platform

    yield made
    await devnet.clear_faults()
    for platform in platforms:
        await platform.close()
