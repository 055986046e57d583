"""After a restore: records that wait to be sent, and stand on the chain already, are given their transaction."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from activities.chain.metadata_view import TransactionMissing, shown_payload
from activities.ports.chain.provider import UNKNOWN_PAYER, AddressHistory
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.chain.metadata import Record, records_in
from domain.chain.records import ChainRecord, RecordStatus
from domain.chain.transactions import ChainTransactionStatus, Inclusion, StoredTransaction

RECHECK_SECONDS = 2.0


@dataclass(frozen=True)
class Adopted:
    """
    What became of one transaction that the chain shows and the restored database did not know.

    `records` are those that were waiting and count as sent in it now; `unknown` say what our database
    does not: what they tell of was lost with the log.
    """

    tx_hash: str
    records: int
    unknown: int


class Adoption:
    """
    Run before the first worker, which would send what waits a second time.

    Twice does no harm. A transaction is taken over without its bytes: it is followed like any other, and
    should its block be rolled back, its records wait again once it can no longer land.
    """

    def __init__(
        self,
        database: Database,
        chain: AddressHistory,
        clock: Clock,
        *,
        addresses: Sequence[str],
        ttl_slots: int,
    ) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._addresses = addresses
        self._ttl_slots = ttl_slots

    async def run(self) -> AsyncIterator[Adopted]:
        """
        Raises:
            ChainUnavailable, ChainMisconfigured: nothing can be said of the rest; start anew.
        """
        async with self._database.transaction() as work:
            signed_for = await work.chain.reconciliations.addresses()
        addresses = tuple(dict.fromkeys([*self._addresses, *signed_for]))
        seen: set[str] = set()
        for address in addresses:
            for tx_hash in await self._chain.transactions_of(address):
                if tx_hash not in seen:
                    seen.add(tx_hash)
                    adopted = await self._adopt(tx_hash, addresses)
                    if adopted is not None:
                        yield adopted

    async def _adopt(self, tx_hash: str, addresses: Sequence[str]) -> Adopted | None:
        async with self._database.transaction() as work:
            if await work.chain.records.transaction(tx_hash) is not None:
                return None
        try:
            told = records_in(
                await shown_payload(self._chain, tx_hash, pause_seconds=RECHECK_SECONDS)
            )
        except TransactionMissing:
            return None
        if not told:
            return None
        ours = set(await self._chain.payers(tx_hash)) & set(addresses)
        # Anybody may write what we wrote, beside a payment to us: only what our keys paid for is ours.
        if not ours - {UNKNOWN_PAYER}:
            return None
        inclusion = await self._chain.inclusion(tx_hash)
        if inclusion is None:
            return None
        async with self._database.transaction() as work:
            return await self._take_over(work, inclusion, min(ours), told)

    async def _take_over(
        self, work: UnitOfWork, inclusion: Inclusion, payer: str, told: Sequence[Record]
    ) -> Adopted:
        tx_hash = inclusion.tx_hash
        waiting: list[ChainRecord] = []
        unknown = 0
        queued = await work.chain.records.lock_queued(await work.chain.records.count_queued())
        by_id = {record.id: record for record in queued}
        for record in told:
            own = await work.chain.reconciliations.saying(record)
            if own is None:
                unknown += 1
            elif own.status is RecordStatus.QUEUED and own.id in by_id:
                waiting.append(by_id.pop(own.id))
        if waiting:
            await work.chain.records.add_transaction(
                StoredTransaction(
                    tx_hash=tx_hash,
                    wallet_address=payer,
                    cbor=b"",
                    # It was built before its block, so that it could not land after this slot.
                    ttl_slot=inclusion.slot + self._ttl_slots,
                    fee_lovelace=0,
                    status=ChainTransactionStatus.SUBMITTED,
                    built_at=self._clock.now(),
                    submitted_at=self._clock.now(),
                )
            )
            await work.chain.records.attach(waiting, tx_hash)
        return Adopted(tx_hash, len(waiting), unknown)
