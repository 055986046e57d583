"""The wallets' outputs, compared with the chain when something is wrong, and never while all is well."""

from collections.abc import Sequence

from activities.ports.chain.provider import Chain
from activities.ports.database import Database, UnitOfWork
from domain.chain.transactions import UnspentOutput


async def ensure_utxos_known(database: Database, chain: Chain, address: str) -> None:
    """Ask the provider for a wallet's outputs only when we know of none of our own."""
    async with database.transaction() as work:
        known = await work.chain.wallet_utxos.lock_unspent(address)
    if not known:
        await sync_utxos(database, chain, address)


async def sync_utxos(database: Database, chain: Chain, address: str) -> None:
    """
    Add what the chain shows and we did not know, as a top-up; drop what it shows no longer.

    Somebody else with our key may have spent an output. Without a look at the chain every later
    transaction would be built on it, and none could ever land.
    """
    shown = await chain.unspent_outputs(address)
    async with database.transaction() as work:
        await record_utxos(work, address, shown)


async def record_utxos(work: UnitOfWork, address: str, shown: Sequence[UnspentOutput]) -> None:
    await work.chain.wallet_utxos.drop_absent(address, shown)
    await work.chain.wallet_utxos.add(address, shown)
