"""Fixtures of the chain's tests: one devnet for all of them, and a wallet of its own for each."""

from collections.abc import AsyncIterator, Mapping
from itertools import count

import pytest

from adapters.chain.blockfrost.client import BlockfrostChain
from adapters.chain.own_node.client import OwnNodeChain
from adapters.chain.wallet.wallet import PlatformWallet
from devstack.devnet import running_devnet
from devstack.ports import choose_ports
from domain.chain.networks import CardanoNetwork
from tests.adapters.chain.worlds import (
    FUNDS_LOVELACE,
    DevnetHand,
    FakeHand,
    OwnNodeHand,
    World,
    pay,
)
from tests.fakes.chain import FakeChain, SeedSigner

_numbers = count()


@pytest.fixture(scope="session")
async def origin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The devnet, which makes blocks on command only."""
    folder = tmp_path_factory.mktemp("devnet")
    port = choose_ports(folder)["devnet"]
    address = PlatformWallet(SeedSigner("bank"), CardanoNetwork.DEVNET).address
    async with running_devnet(folder, port=port, fund_address=address, block_seconds=0):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
async def bank(origin: str) -> AsyncIterator[World]:
    """The wallet that holds the devnet's funds."""
    chain = BlockfrostChain(
        f"{origin}/api/v0", project_id=None, requests_per_second=1_000, open_seconds=0
    )
    yield World(chain, SeedSigner("bank"), DevnetHand(origin))
    await chain.close()


DOORS = ["blockfrost", "dolos", "ogmios and kupo"]
"""The ways into the devnet: as hosted Blockfrost, as Dolos, as our own node."""


@pytest.fixture(scope="session")
async def doors(origin: str, bank: World) -> AsyncIterator[Mapping[str, World]]:
    """The bank as it is seen through each door."""
    dolos = BlockfrostChain(
        f"{origin}/dolos", project_id=None, requests_per_second=1_000, open_seconds=0
    )
    own_node = OwnNodeChain(
        ogmios_url=f"{origin}/ogmios", kupo_url=f"{origin}/kupo", open_seconds=0
    )
    worlds = [
        bank,
        World(dolos, bank.signer, bank.hand),
        World(own_node, bank.signer, OwnNodeHand(origin)),
    ]
    yield dict(zip(DOORS, worlds, strict=True))
    await dolos.close()
    await own_node.close()


@pytest.fixture(params=["fake", *DOORS])
async def world(request: pytest.FixtureRequest, bank: World, doors: Mapping[str, World]) -> World:
    """The same tests run on all; what the fake does, the devnet does, through each of its doors."""
    if request.param != "fake":
        return await _own_wallet(bank, doors[request.param])
    own = PlatformWallet(SeedSigner("on the fake"), CardanoNetwork.DEVNET)
    chain = FakeChain({own.address: FUNDS_LOVELACE})
    return World(chain, SeedSigner("on the fake"), FakeHand(chain))


@pytest.fixture
async def ledger(bank: World) -> World:
    """The devnet alone, for what only the ledger rules can judge."""
    return await _own_wallet(bank, bank)


async def _own_wallet(bank: World, door: World) -> World:
    world = World(door.chain, SeedSigner(f"wallet {next(_numbers)}"), door.hand)
    # A payment whose answer was lost before leaves the bank's outputs spent in the mempool.
    await bank.hand.mine()
    await pay(bank, world.wallet.address, *FUNDS_LOVELACE)
    await bank.hand.mine()
    return world
