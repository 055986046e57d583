"""The wallets' UTxOs, as the registry knows them."""

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.chain.records import UNCONFIRMED
from adapters.postgres.tables import chain_transactions, wallet_outputs
from domain.chain.transactions import ChainTransactionStatus, UnspentOutput


class PostgresWalletUtxos:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_unspent(self, address: str) -> Sequence[UnspentOutput]:
        """Held until the end of the transaction, so that one output is never spent twice by us."""
        found = await self._connection.execute(
            select(wallet_outputs)
            .where(wallet_outputs.c.wallet_address == address, wallet_outputs.c.spent_by.is_(None))
            .order_by(wallet_outputs.c.lovelace.desc(), wallet_outputs.c.tx_hash)
            .with_for_update()
        )
        return [UnspentOutput(row.tx_hash, row.output_index, row.lovelace) for row in found]

    async def spenders(self, tx_hash: str) -> Sequence[str]:
        found = await self._connection.execute(
            select(wallet_outputs.c.spent_by)
            .where(wallet_outputs.c.tx_hash == tx_hash, wallet_outputs.c.spent_by.is_not(None))
            .distinct()
        )
        return list(found.scalars())

    async def paid_by(self, tx_hashes: Sequence[str]) -> Sequence[str]:
        found = await self._connection.execute(
            select(wallet_outputs.c.wallet_address)
            .where(wallet_outputs.c.tx_hash.in_(tx_hashes))
            .distinct()
        )
        return list(found.scalars())

    async def drop_absent(self, address: str, shown: Sequence[UnspentOutput]) -> int:
        known = await self.lock_unspent(address)
        unconfirmed = select(chain_transactions.c.tx_hash).where(
            chain_transactions.c.status.in_(UNCONFIRMED)
        )
        absent = {(output.tx_hash, output.index) for output in known} - {
            (output.tx_hash, output.index) for output in shown
        }
        dropped = await self._connection.execute(
            delete(wallet_outputs).where(
                tuple_(wallet_outputs.c.tx_hash, wallet_outputs.c.output_index).in_(absent),
                wallet_outputs.c.spent_by.is_(None),
                wallet_outputs.c.tx_hash.not_in(unconfirmed),
            )
        )
        return dropped.rowcount

    async def add(self, address: str, outputs: Sequence[UnspentOutput]) -> None:
        if outputs:
            rows = [
                {
                    "tx_hash": output.tx_hash,
                    "output_index": output.index,
                    "wallet_address": address,
                    "lovelace": output.lovelace,
                }
                for output in outputs
            ]
            await self._connection.execute(
                upsert(wallet_outputs).values(rows).on_conflict_do_nothing()
            )

    async def spend(self, outputs: Sequence[UnspentOutput], tx_hash: str) -> None:
        for output in outputs:
            await self._connection.execute(
                update(wallet_outputs)
                .where(
                    wallet_outputs.c.tx_hash == output.tx_hash,
                    wallet_outputs.c.output_index == output.index,
                )
                .values(spent_by=tx_hash)
            )

    async def release(self, tx_hash: str) -> None:
        """Give back what an expired transaction had spent, and forget outputs that never came to be."""
        await self._connection.execute(
            update(wallet_outputs).where(wallet_outputs.c.spent_by == tx_hash).values(spent_by=None)
        )
        # A child may have been chained on the change of a parent that expired before it: then the
        # change given back above does not exist either.
        expired = select(chain_transactions.c.tx_hash).where(
            chain_transactions.c.status == ChainTransactionStatus.EXPIRED.value
        )
        await self._connection.execute(
            delete(wallet_outputs).where(
                wallet_outputs.c.spent_by.is_(None), wallet_outputs.c.tx_hash.in_(expired)
            )
        )
