"""
A provider that does not show what is there: nothing is given up on its word, so nothing lands twice.

The devnet answers the questions about transactions with 404, as an index that has lost some, while
blocks hold them and the outputs that they made are shown.
"""

import pytest

from domain.chain.confirmations import EXPIRY_SETTLE_BLOCKS, MISSES_BEFORE_EXPIRED
from tests.faults.conftest import MakePlatform
from tests.faults.platform import SECONDS_PER_BLOCK, Devnet, every_record_is_on_the_chain_once

TRANSACTIONS, TIP = "/txs/", "/blocks/latest"
TTL_BLOCKS = 20


@pytest.mark.parametrize("records", [5, 100], ids=["one transaction", "a chain of them"])
async def test_what_landed_unseen_is_not_given_up_when_its_time_has_passed(
    make: MakePlatform, devnet: Devnet, records: int
) -> None:
    platform = await make(records=records, ttl_slots=TTL_BLOCKS * SECONDS_PER_BLOCK)
    await devnet.fault(status=404, path=TRANSACTIONS, times=100_000)

    sent = await platform.send()
    await platform.goes_on(blocks=TTL_BLOCKS + EXPIRY_SETTLE_BLOCKS + MISSES_BEFORE_EXPIRED + 3)
    unseen = await platform.transactions()
    await devnet.clear_faults()
    await platform.ends(within_blocks=10)

    assert unseen == {"submitted": len(sent)}
    assert await platform.transactions() == {"confirmed": len(sent)}
    await every_record_is_on_the_chain_once(platform)


async def test_one_look_before_an_outage_and_one_after_it_give_nothing_up(
    make: MakePlatform, devnet: Devnet
) -> None:
    """Both are answered by a replica that lags; between them a hundred blocks are made."""
    platform = await make(ttl_slots=TTL_BLOCKS * SECONDS_PER_BLOCK)
    await platform.send()
    await devnet.mine(TTL_BLOCKS + 1)
    await devnet.fault(status=404, path=TRANSACTIONS, times=1)
    await platform.follow()
    await devnet.mine(100)
    await devnet.fault(status=404, path=TRANSACTIONS, times=1)
    # The index of outputs lags as well: nothing but the third look can tell.
    await devnet.fault(status=404, path="/addresses/", times=2)
    await platform.follow()
    await devnet.clear_faults()
    await devnet.mine()

    await platform.ends(within_blocks=10)

    assert await platform.transactions() == {"confirmed": 1}
    await every_record_is_on_the_chain_once(platform)
