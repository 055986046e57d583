"""What a provider shows of old blocks, and of which network: the same through every door."""

from collections.abc import AsyncIterator, Mapping
from typing import cast

import pytest

from activities.ports.chain.provider import UNKNOWN_PAYER, ChainHistory
from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import BlockPoint, BlockStanding, Inclusion
from tests.adapters.chain.conftest import DOORS
from tests.adapters.chain.worlds import FakeHand, World, pay
from tests.fakes.chain import FakeChain, SeedSigner

DOLOS = DOORS[1]
MESSAGE = {"msg": ["hello"]}


async def landed(world: World, *, blocks: int = 3) -> tuple[str, BlockPoint]:
    """A transaction in a block with others on top, by its hash and its block."""
    signed = await world.sign(MESSAGE)
    await world.chain.submit(signed.cbor)
    await world.hand.mine(blocks)
    seen = await world.chain.inclusion(signed.tx_hash)
    assert isinstance(seen, Inclusion)
    return signed.tx_hash, BlockPoint(seen.block_height, seen.slot, seen.block_hash)


async def test_a_block_that_stands_is_told_from_one_that_was_rolled_back(world: World) -> None:
    _, block = await landed(world)
    told = [await world.chain.standing(block)]

    await world.hand.rollback(3)
    told += [await world.chain.standing(block)]
    await world.hand.mine(4)
    told += [await world.chain.standing(block)]

    assert told == [BlockStanding.STANDS, BlockStanding.REPLACED, BlockStanding.REPLACED]
    assert await world.chain.shows_height(block.height)
    assert (await world.chain.network()).magic == CardanoNetwork.DEVNET.facts.magic


@pytest.fixture(params=["fake", DOLOS])
async def forgetful(
    request: pytest.FixtureRequest, bank: World, doors: Mapping[str, World]
) -> AsyncIterator[World]:
    """A provider that is told to keep few blocks."""
    world = doors[DOLOS]
    if request.param == "fake":
        chain = FakeChain({world.wallet.address: (40_000_000, 7_000_000)})
        world = World(chain, SeedSigner("bank"), FakeHand(chain))
    await world.hand.mine()
    yield world
    await world.hand.keep_history(None)


async def test_history_that_is_not_kept_is_no_rollback(forgetful: World) -> None:
    tx_hash, block = await landed(forgetful, blocks=6)

    await forgetful.hand.keep_history(3)

    assert await forgetful.chain.inclusion(tx_hash) is None
    assert await forgetful.chain.standing(block) is BlockStanding.NOT_SHOWN
    assert not await forgetful.chain.shows_height(block.height)
    assert await forgetful.chain.shows_height(block.height + 4)


async def test_who_paid_from_an_output_of_pruned_history_is_unknown(forgetful: World) -> None:
    (output, *_) = await pay(forgetful, forgetful.wallet.address, 5_000_000)
    await forgetful.hand.mine(3)
    child = await forgetful.sign(MESSAGE, output)
    await forgetful.chain.submit(child.cbor)
    await forgetful.hand.mine()
    history = cast("ChainHistory", forgetful.chain)
    known = await history.payers(child.tx_hash)

    await forgetful.hand.keep_history(2)

    assert known == (forgetful.wallet.address,)
    assert await history.payers(child.tx_hash) == (UNKNOWN_PAYER,)
