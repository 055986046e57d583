"""Sending stored bytes, which a wallet does once and the follower as often as it takes."""

from activities.chain.chain_metrics import submission_made
from activities.ports.chain.provider import (
    Chain,
    ChainMisconfigured,
    ChainUnavailable,
    TransactionRefused,
)
from activities.ports.clock import Clock
from activities.ports.database import Database
from domain.chain.transactions import StoredTransaction, after_submission


class Submission:
    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    async def stored(self, tx_hash: str) -> StoredTransaction | None:
        async with self._database.transaction() as work:
            return await work.chain.records.transaction(tx_hash)

    async def send(self, transaction: StoredTransaction, *, tip_slot: int | None = None) -> bool:
        """
        Send the bytes, and note it; whether a node took them.

        A refusal is neither success nor failure: the same words are used for bytes that a node has
        already. `tip_slot` is given by the follower, which sends the bytes again later and later.
        """
        try:
            await self._chain.submit(transaction.cbor)
            taken = True
            submission_made(transaction, result="taken")
        except TransactionRefused as refused:
            taken = False
            submission_made(transaction, result="refused", words=str(refused))
        except (ChainUnavailable, ChainMisconfigured) as silent:
            submission_made(transaction, result="unanswered", words=str(silent))
            raise
        async with self._database.transaction() as work:
            current = await work.chain.records.lock_transaction(transaction.tx_hash)
            if current is not None:
                await work.chain.records.save_transaction(
                    after_submission(current, self._clock.now(), taken=taken, tip_slot=tip_slot)
                )
        return taken
