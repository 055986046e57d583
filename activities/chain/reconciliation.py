"""Reconciliation: our records against the chain, a little at a time, and staff told of differences."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from temporalio import activity

from activities.audit_and_notify import Message, by_topic, tell_staff
from activities.chain.metadata_view import TransactionMissing, shown_payload
from activities.payloads import Payload
from activities.ports.chain.provider import UNKNOWN_PAYER, AddressHistory
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.chain.reconciliation import (
    DIFFERENCES_MAX,
    ChainDifference,
    Reconciliation,
    compare,
    compare_issuance,
    judge_stray,
    missing,
)
from domain.chain.records import ON_THE_CHAIN
from domain.chain.transactions import BlockPoint, BlockStanding, StoredTransaction

BATCH_TRANSACTIONS = 200


@dataclass(frozen=True)
class LookupRateLimit:
    """`pause_seconds` between two transactions, and `recheck_seconds` before a second look at one."""

    pause_seconds: float
    recheck_seconds: float


@dataclass(frozen=True)
class Extent:
    """
    What is compared: everything, or what stands in blocks from `since_height` on.

    `again` are transactions that differed last time: what was found stays said until it is mended.
    """

    since_height: int | None = None
    again: tuple[str, ...] = ()


EVERYTHING = Extent()


@dataclass
class Found:
    transactions: int = 0
    records: int = 0
    differences: list[ChainDifference] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Transactions of which this provider does not show enough to say whether they differ."""

    @property
    def is_enough(self) -> bool:
        return len(self.differences) >= DIFFERENCES_MAX


class Reconciler:
    """
    Compares in both directions; the schedule and the command share it.

    It writes nothing, keeps hashes only, and asks the provider once for each transaction of ours,
    once for each hundred of an address, and twice or thrice for each that it cannot explain.
    `beat` is called before every transaction.
    """

    def __init__(
        self,
        database: Database,
        chain: AddressHistory,
        rate_limit: LookupRateLimit,
        *,
        addresses: Sequence[str],
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._chain = chain
        self._rate_limit = rate_limit
        self._known_addresses = addresses
        self._beat = beat

    async def run(self, extent: Extent) -> Found:
        found = Found()
        await self._compare_issuances(found)
        if found.is_enough:
            return found
        async for tx_hash in self._due(extent):
            await self._compare_ours(tx_hash, found)
            if found.is_enough:
                return found
        addresses = await self._addresses()
        async for tx_hash in self._unexplained(addresses, extent):
            await self._explain(tx_hash, addresses, found)
            if found.is_enough:
                return found
        return found

    async def _compare_issuances(self, found: Found) -> None:
        """All of them each time: the ledger's own rows, which anybody who got in may have written."""
        after = UUID(int=0)
        while not found.is_enough:
            self._beat()
            async with self._database.transaction() as work:
                batch = await work.chain.reconciliations.issuances(after, BATCH_TRANSACTIONS)
            for recorded in batch:
                found.differences += compare_issuance(recorded)
            if len(batch) < BATCH_TRANSACTIONS:
                return
            after = batch[-1].key

    async def _addresses(self) -> Sequence[str]:
        async with self._database.transaction() as work:
            signed_for = await work.chain.reconciliations.addresses()
        return tuple(dict.fromkeys([*self._known_addresses, *signed_for]))

    async def _due(self, extent: Extent) -> AsyncIterator[str]:
        after = ""
        while True:
            async with self._database.transaction() as work:
                hashes = await work.chain.reconciliations.due(
                    after,
                    since_height=extent.since_height,
                    again=extent.again,
                    limit=BATCH_TRANSACTIONS,
                )
            for tx_hash in hashes:
                yield tx_hash
            if len(hashes) < BATCH_TRANSACTIONS:
                return
            after = hashes[-1]

    async def _unexplained(self, addresses: Sequence[str], extent: Extent) -> AsyncIterator[str]:
        yielded: set[str] = set()
        async for hashes in self._listed(addresses, extent):
            left = iter(hashes)
            while batch := list(islice(left, BATCH_TRANSACTIONS)):
                async with self._database.transaction() as work:
                    unexplained = await work.chain.reconciliations.unexplained(batch)
                for tx_hash in unexplained:
                    if tx_hash not in yielded:
                        yielded.add(tx_hash)
                        yield tx_hash

    async def _listed(
        self, addresses: Sequence[str], extent: Extent
    ) -> AsyncIterator[Sequence[str]]:
        yield extent.again
        for address in addresses:
            self._beat()
            yield await self._chain.transactions_of(address, since_height=extent.since_height or 0)

    async def _compare_ours(self, tx_hash: str, found: Found) -> None:
        await self._take_turn()
        try:
            payload = await shown_payload(
                self._chain, tx_hash, pause_seconds=self._rate_limit.recheck_seconds
            )
        except TransactionMissing:
            # A rollback may have been noticed meanwhile; then nobody calls them confirmed.
            async with self._database.transaction() as work:
                own = await work.chain.reconciliations.records_in(tx_hash)
                stored = await work.chain.records.transaction(tx_hash)
            if await self._is_beyond_history(stored):
                found.unknown.append(tx_hash)
                return
            found.differences += missing(tx_hash, own)
            return
        async with self._database.transaction() as work:
            own = await work.chain.reconciliations.records_in(tx_hash)
            compared = compare(tx_hash, own, payload)
            strays = [
                judge_stray(tx_hash, await work.chain.reconciliations.saying(stray))
                for stray in compared.strays
            ]
        found.transactions += 1
        found.records += sum(record.status in ON_THE_CHAIN for record in own)
        found.differences += [*compared.differences, *strays]

    async def _explain(self, tx_hash: str, addresses: Sequence[str], found: Found) -> None:
        """Anybody may pay to us and write beside it; only what our keys signed must be ours."""
        await self._take_turn()
        try:
            payload = await shown_payload(
                self._chain, tx_hash, pause_seconds=self._rate_limit.recheck_seconds
            )
        except TransactionMissing:
            return
        found.transactions += 1
        strays = compare(tx_hash, (), payload).strays
        if not strays:
            return
        payers = await self._chain.payers(tx_hash)
        if set(addresses).isdisjoint(payers):
            if UNKNOWN_PAYER in payers:
                found.unknown.append(tx_hash)
            return
        async with self._database.transaction() as work:
            found.differences += [
                judge_stray(tx_hash, await work.chain.reconciliations.saying(stray))
                for stray in strays
            ]

    async def _is_beyond_history(self, stored: StoredTransaction | None) -> bool:
        """Whether it is not shown only because the provider keeps no history where it stands."""
        if stored is None or stored.block_hash is None:
            return not await self._chain.shows_height(1)
        block = BlockPoint(stored.block_height or 0, stored.block_slot or 0, stored.block_hash)
        # Where the block is shown without it, it is missing, whatever our rows say.
        return await self._chain.standing(block) is BlockStanding.NOT_SHOWN

    async def _take_turn(self) -> None:
        self._beat()
        await asyncio.sleep(self._rate_limit.pause_seconds)


class ReconcileChain(Payload):
    """`reconciliation_id` names the comparison for ever."""

    reconciliation_id: UUID


class ChainReconciled(Payload):
    reconciliation_id: UUID
    agrees: bool
    differences: int = 0
    notification_ids: tuple[UUID, ...] = ()


class ReconcileActivities:
    def __init__(
        self,
        database: Database,
        chain: AddressHistory,
        clock: Clock,
        rate_limit: LookupRateLimit,
        *,
        addresses: Sequence[str],
        finality_blocks: int,
    ) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._reconciler = Reconciler(
            database, chain, rate_limit, addresses=addresses, beat=activity.heartbeat
        )
        self._finality_blocks = finality_blocks

    @activity.defn
    async def reconcile_chain(self, request: ReconcileChain) -> ChainReconciled:
        """
        Compare what came since the last time, what could still have been rolled back then, and
        what differed; the first time everything. Staff are told of a difference once.
        """
        tip = await self._chain.tip()
        async with self._database.transaction() as work:
            last = await work.chain.reconciliations.last()
        extent = self._since(last)
        found = await self._reconciler.run(extent)
        if found.unknown:
            activity.logger.error(
                "Of %s transactions the provider does not show enough to compare them: %s",
                len(found.unknown),
                ", ".join(found.unknown[:DIFFERENCES_MAX]),
            )
        reconciliation = Reconciliation(
            id=request.reconciliation_id,
            checked_at=self._clock.now(),
            since_height=extent.since_height,
            # What was cut short, or not shown, has not seen everything: the next begins where it began.
            tip_height=(extent.since_height or 0)
            if found.is_enough or found.unknown
            else tip.height,
            transactions=found.transactions,
            records=found.records,
            differences=tuple(found.differences[:DIFFERENCES_MAX]),
        )
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"reconcile-chain/{request.reconciliation_id}",
                ChainReconciled,
                lambda: self._store(work, reconciliation),
            )

    def _since(self, last: Reconciliation | None) -> Extent:
        if last is None or not last.tip_height:
            return EVERYTHING
        return Extent(
            since_height=max(0, last.tip_height - self._finality_blocks),
            # Issuances that no transaction holds are compared each time anyway.
            again=tuple(
                dict.fromkeys(found.tx_hash for found in last.differences if found.tx_hash)
            ),
        )

    async def _store(self, work: UnitOfWork, reconciliation: Reconciliation) -> ChainReconciled:
        last = await work.chain.reconciliations.last()
        known = set(last.differences) if last else set()
        await work.chain.reconciliations.add(reconciliation)
        if not reconciliation.agrees:
            activity.logger.error(
                "The chain and the registry differ: %s",
                " ".join(difference.sentence for difference in reconciliation.differences),
            )
        is_news = bool(set(reconciliation.differences) - known)
        return ChainReconciled(
            reconciliation_id=reconciliation.id,
            agrees=reconciliation.agrees,
            differences=len(reconciliation.differences),
            notification_ids=await self._tell_staff(work, reconciliation) if is_news else (),
        )

    @staticmethod
    async def _tell_staff(work: UnitOfWork, reconciliation: Reconciliation) -> tuple[UUID, ...]:
        message = Message(
            NotificationKind.CHAIN_DIFFERENCE,
            f"The chain and the registry differ. {reconciliation.differences[0].sentence}",
            "/audit#reconciliation",
        )
        return await tell_staff(
            work,
            message,
            notification_id=by_topic(reconciliation.id, "notification"),
            at=reconciliation.checked_at,
        )
