"""
The devnet's Ogmios and Kupo as other people's clients understand them.

Our own client and the devnet could share a misunderstanding; the `ogmios` package and pycardano's
Kupo context were written against the real servers.
"""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import ogmios
import pytest
from pycardano import KupoOgmiosV6ChainContext, Network

from domain.chain.transactions import Tip
from tests.adapters.chain.conftest import DOORS
from tests.adapters.chain.worlds import World

OWN_NODE = DOORS[-1]


@pytest.fixture
def client(origin: str) -> Iterator[ogmios.Client]:
    parts = urlsplit(origin)
    with ogmios.Client(host=parts.hostname, port=parts.port, path="ogmios") as connected:
        yield connected


async def test_the_tip_and_the_parameters_are_understood(
    client: ogmios.Client, bank: World
) -> None:
    tip = await bank.chain.tip()
    parameters = await bank.chain.parameters()

    point, _ = await asyncio.to_thread(client.query_network_tip.execute)
    height, _ = await asyncio.to_thread(client.query_block_height.execute)
    theirs, _ = await asyncio.to_thread(client.query_protocol_parameters.execute)

    assert Tip(height, point.slot, point.id) == tip
    assert (
        theirs.min_fee_coefficient,
        theirs.min_fee_constant.lovelace,
        theirs.max_transaction_size["bytes"],
        theirs.min_utxo_deposit_coefficient,
        theirs.max_block_body_size["bytes"],
    ) == (
        parameters.fee_per_byte,
        parameters.fee_fixed,
        parameters.transaction_bytes_max,
        parameters.lovelace_per_utxo_byte,
        parameters.block_bytes_max,
    )


async def test_chain_synchronization_is_understood(client: ogmios.Client, bank: World) -> None:
    await bank.hand.mine()  # Nothing of another test waits any more.
    start = await bank.chain.tip()
    signed = await bank.sign({"msg": ["hello"]})
    await bank.chain.submit(signed.cbor)
    await bank.hand.mine(2)
    point = ogmios.Point(start.slot, start.block_hash)

    found, tip, _ = await asyncio.to_thread(client.find_intersection.execute, [point])
    back = await asyncio.to_thread(client.next_block.execute)
    forward = await asyncio.to_thread(client.next_block.execute)

    assert (found.id, tip.height) == (start.block_hash, start.height + 2)
    assert (back[0].value, forward[0].value) == ("backward", "forward")
    block = forward[2]
    assert (block.height, block.ancestor) == (start.height + 1, start.block_hash)
    assert [transaction["id"] for transaction in block.transactions] == [signed.tx_hash]


async def test_the_index_is_understood(origin: str, bank: World, doors: dict[str, World]) -> None:
    parts = urlsplit(origin)
    context = KupoOgmiosV6ChainContext(
        host=parts.hostname,
        port=parts.port,
        path="ogmios",
        secure=False,
        network=Network.TESTNET,
        kupo_url=f"{origin}/kupo",
    )

    theirs = await asyncio.to_thread(context.utxos, bank.wallet.address)

    ours = await doors[OWN_NODE].chain.unspent_outputs(bank.wallet.address)
    assert {
        (str(utxo.input.transaction_id), utxo.input.index, utxo.output.amount.coin)
        for utxo in theirs
    } == {(output.tx_hash, output.index, output.lovelace) for output in ours}
