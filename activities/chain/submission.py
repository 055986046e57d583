"""Sending stored bytes, which a wallet does once and the follower as often as it takes."""

from dataclasses import replace
from datetime import datetime

from temporalio import activity

from activities.ports.chain.provider import Chain, TransactionRefused
from activities.ports.clock import Clock
from activities.ports.database import Database
from domain.chain.transactions import ChainTransactionStatus, StoredTransaction


class Submission:
    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    async def stored(self, tx_hash: str) -> StoredTransaction | None:
        async with self._database.transaction() as work:
            return await work.chain.records.transaction(tx_hash)

    async def send(self, transaction: StoredTransaction) -> bool:
        """
        Send the bytes, and note it; whether a node took them.

        A refusal is neither success nor failure: the same words are used for bytes that a node has
        already.
        """
        try:
            await self._chain.submit(transaction.cbor)
            taken = True
        except TransactionRefused as refused:
            activity.logger.info("A node refused %s: %s", transaction.tx_hash, refused)
            taken = False
        async with self._database.transaction() as work:
            current = await work.chain.records.lock_transaction(transaction.tx_hash)
            if current is not None:
                await work.chain.records.save_transaction(
                    _after_sending(current, taken, self._clock.now())
                )
        return taken


def _after_sending(transaction: StoredTransaction, taken: bool, at: datetime) -> StoredTransaction:
    sent = replace(transaction, submissions=transaction.submissions + 1)
    if sent.status is not ChainTransactionStatus.SIGNED or not taken:
        return sent
    return replace(sent, status=ChainTransactionStatus.SUBMITTED, submitted_at=at)
