"""Fixtures of the chain's tests: one devnet for all of them, and a wallet of its own for each."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from adapters.chain.client import BlockfrostChain
from adapters.chain.wallet import PlatformWallet
from adapters.settings import CardanoNetwork
from devstack.devnet import running_devnet
from devstack.ports import choose_ports
from tests.adapters.chain.worlds import FUNDS_LOVELACE, DevnetHand, FakeHand, World, pay
from tests.fakes.chain import FakeChain, SeedSigner

_numbers = count()


@pytest.fixture(scope="session")
async def bank(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The devnet, which makes blocks on command only, with the wallet that holds its funds."""
    folder = tmp_path_factory.mktemp("devnet")
    port = choose_ports(folder)["devnet"]
    origin = f"http://127.0.0.1:{port}"
    chain = BlockfrostChain(f"{origin}/api/v0", project_id=None, requests_per_second=1_000)
    world = World(chain, SeedSigner("bank"), DevnetHand(origin))
    async with running_devnet(
        folder, port=port, fund_address=world.wallet.address, block_seconds=0
    ):
        yield world
    await chain.close()


@pytest.fixture(params=["fake", "devnet"])
def world(request: pytest.FixtureRequest) -> World:
    """The same tests run on both; what the fake does, the devnet does."""
    if request.param == "devnet":
        found: World = request.getfixturevalue("ledger")
        return found
    own = PlatformWallet(SeedSigner("on the fake"), CardanoNetwork.DEVNET)
    chain = FakeChain({own.address: FUNDS_LOVELACE})
    return World(chain, SeedSigner("on the fake"), FakeHand(chain))


@pytest.fixture
async def ledger(bank: World) -> World:
    """The devnet alone, for what only the ledger rules can judge."""
    world = World(bank.chain, SeedSigner(f"wallet {next(_numbers)}"), bank.hand)
    await pay(bank, world.wallet.address, *FUNDS_LOVELACE)
    await bank.hand.mine()
    return world
