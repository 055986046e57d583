"""
One visit to the chain for everything in flight, and what is done about it.

A provider's patience is the scarce thing here, so nothing is asked that follows from what is known
(domain.chain.polling).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from temporalio import activity

from activities.chain.submission import Submission
from activities.chain.utxo_sync import record_utxos
from activities.ports.chain.provider import Chain
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.chain.confirmations import (
    RECORD_STATUS,
    Observation,
    ObservationResult,
    after_observation,
    interpret,
    is_only_deeper,
    tracked,
)
from domain.chain.polling import (
    Sightings,
    by_block,
    is_due,
    needs_own_sighting,
    resend_unasked,
    shows_any_of,
    still_included,
)
from domain.chain.records import REPEATED_FAILURE, exhausted
from domain.chain.transactions import (
    ChainTransactionStatus,
    Inclusion,
    StoredTransaction,
    Tip,
    WatchedTransaction,
)
from domain.chain.watch import after_query


@dataclass(frozen=True)
class ChainRules:
    """
    The numbers that differ between networks and tests; `ttl_slots` are seconds on Cardano.

    `flush_seconds` is how long records may wait for company, and `tip_seconds` how old a tip may be
    that a TTL is reckoned from. `pending_max` bounds a wallet's transactions that no block holds: no
    longer a chain of them than can be sent again quickly.
    """

    confirmations_required: int
    finality_blocks: int
    ttl_slots: int
    poll_seconds: float
    flush_seconds: float = 3
    tip_seconds: float = 5
    pending_max: int = 50


@dataclass
class VisitResult:
    """
    What a visit brought about, also one that was cut short. `requeued`: records wait again.
    `included`: blocks took some of our transactions.
    """

    requeued: bool = False
    included: bool = False


class ConfirmationTracker:
    """Remembers, from one visit to the next, which blocks with our transactions lie on one chain."""

    def __init__(
        self,
        database: Database,
        chain: Chain,
        clock: Clock,
        rules: ChainRules,
        submission: Submission,
    ) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._rules = rules
        self._submission = submission
        self._verified_blocks: set[str] = set()
        self._visited: Tip | None = None
        self._one_at_a_time = asyncio.Lock()

    async def visit(self, tip: Tip, result: VisitResult) -> None:
        """Observe everything in flight, once for each tip, and act on it; adds to `result`."""
        async with self._one_at_a_time:
            if tip == self._visited:
                return
            async with self._database.transaction() as work:
                watched = await work.chain.records.watched()
            sightings = await self._observe(watched, tip)
            observed = self._interpret(watched, sightings, tip)
            await self._save(watched, sightings, observed, tip)
            result.included |= any(
                sightings.get(one.tx_hash) is not None and one.block_hash is None for one in watched
            )
            for one in watched:
                if one.tx_hash in observed and _has_expired(observed[one.tx_hash]):
                    result.requeued |= await self._expire(one, observed[one.tx_hash])
            await self._send_again(watched, observed, tip)
            self._visited = tip

    async def _observe(self, watched: Sequence[WatchedTransaction], tip: Tip) -> Sightings:
        sightings, verified_blocks = await self._observe_blocks(watched, tip)
        pending = await self._observe_pending(watched)
        if verified_blocks or not any(one.block_hash for one in watched):
            # Shown together with blocks that still stand: they lie on one chain.
            verified_blocks |= {
                inclusion.block_hash for inclusion in pending.values() if inclusion is not None
            }
        self._verified_blocks = verified_blocks or self._verified_blocks
        return sightings | pending

    async def _inclusion(self, tx_hash: str) -> Inclusion | None:
        activity.heartbeat()
        return await self._chain.inclusion(tx_hash)

    async def _observe_blocks(
        self, watched: Sequence[WatchedTransaction], tip: Tip
    ) -> tuple[Sightings, set[str]]:
        """
        From the newest block down, until one that is known to lie above the others still stands.

        Answers the sightings, and the blocks that lie on one chain now.
        """
        sightings: Sightings = {}
        verified_blocks: set[str] = set()
        vouched = False
        for block_hash, in_block in by_block(watched):
            first = in_block[0]
            if vouched and block_hash in self._verified_blocks:
                verified_blocks.add(block_hash)
                if not self._needs_own_sighting(in_block, tip):
                    sightings |= still_included(in_block, tip) if is_due(in_block, tip) else {}
                    continue
            if not is_due(in_block, tip):
                continue
            inclusion = await self._inclusion(first.tx_hash)
            if inclusion is not None and inclusion.block_hash == block_hash:
                sightings |= {
                    one.tx_hash: replace(inclusion, tx_hash=one.tx_hash) for one in in_block
                }
                vouched = vouched or block_hash in self._verified_blocks
                verified_blocks.add(block_hash)
            else:
                sightings[first.tx_hash] = inclusion
                for one in in_block[1:]:
                    sightings[one.tx_hash] = await self._inclusion(one.tx_hash)
        return sightings, verified_blocks

    def _needs_own_sighting(self, in_block: Sequence[WatchedTransaction], tip: Tip) -> bool:
        return needs_own_sighting(
            in_block,
            tip,
            confirmations_required=self._rules.confirmations_required,
            finality_blocks=self._rules.finality_blocks,
        )

    async def _observe_pending(self, watched: Sequence[WatchedTransaction]) -> Sightings:
        sightings: Sightings = {}
        absent: set[str] = set()
        for one in watched:
            if one.block_hash is not None:
                continue
            if one.parents & absent:
                absent.add(one.tx_hash)
                continue
            sightings[one.tx_hash] = await self._inclusion(one.tx_hash)
            if sightings[one.tx_hash] is None:
                absent.add(one.tx_hash)
        return sightings

    def _interpret(
        self, watched: Sequence[WatchedTransaction], sightings: Sightings, tip: Tip
    ) -> Mapping[str, ObservationResult]:
        return {
            one.tx_hash: interpret(
                tracked(one),
                inclusion=sightings[one.tx_hash],
                tip=tip,
                confirmations_required=self._rules.confirmations_required,
                finality_blocks=self._rules.finality_blocks,
            )
            for one in watched
            if one.tx_hash in sightings
        }

    async def _save(
        self,
        watched: Sequence[WatchedTransaction],
        sightings: Sightings,
        observed: Mapping[str, ObservationResult],
        tip: Tip,
    ) -> None:
        deeper: set[str] = set()
        async with self._database.transaction() as work:
            for one in watched:
                result = observed.get(one.tx_hash)
                if result is None or _has_expired(result):
                    continue
                inclusion = sightings[one.tx_hash]
                if inclusion is not None and is_only_deeper(one, result, inclusion):
                    deeper.add(inclusion.block_hash)
                else:
                    await self._save_result(work, one.tx_hash, result, inclusion)
            for block_hash in deeper:
                await work.chain.records.deepen(block_hash, tip.height, self._clock.now())
            # People see the newest block beside the transactions that it confirms.
            provider = await work.chain.watch.lock_provider()
            await work.chain.watch.save_provider(after_query(provider, tip, self._clock.now()))

    async def _save_result(
        self, work: UnitOfWork, tx_hash: str, result: ObservationResult, inclusion: Inclusion | None
    ) -> None:
        current = await work.chain.records.lock_transaction(tx_hash)
        if current is None:
            return
        after = after_observation(current, result, inclusion, self._clock.now())
        await work.chain.records.save_transaction(after)
        await work.chain.records.set_status(tx_hash, RECORD_STATUS[after.status])
        if result.rolled_back:
            await work.chain.records.withdraw_announcement(tx_hash)

    async def _expire(self, dead: WatchedTransaction, result: ObservationResult) -> bool:
        """
        Give up a transaction and all that spend its change, and have their records wait again.

        Only the records of the one whose TTL has passed are counted as failed: the others could
        not help it. True unless the chain shows something of theirs after all: then the provider is
        wrong about one of its two answers, and other bytes might be the second on the chain.
        """
        async with self._database.transaction() as work:
            addresses = await _addresses(work, await _with_descendants(work, dead.tx_hash))
        addresses |= {dead.wallet_address}
        unspent = {one: await self._chain.unspent_outputs(one) for one in sorted(addresses)}
        async with self._database.transaction() as work:
            # Waits for attempts that are spending the change right now, whosever it is.
            for address in unspent:
                await work.chain.wallet_utxos.lock_unspent(address)
            doomed = await _with_descendants(work, dead.tx_hash)
            if not await _addresses(work, doomed) <= addresses:
                # What was built meanwhile pays an address that was not asked for: the next visit does.
                return False
            if shows_any_of(doomed, unspent):
                activity.logger.error("%s is not shown, but what it leads to is", dead.tx_hash)
                return False
            await self._give_up(work, doomed, dead.tx_hash, result)
            for address, outputs in unspent.items():
                await record_utxos(work, address, outputs)
        return True

    async def _give_up(
        self,
        work: UnitOfWork,
        doomed: Sequence[StoredTransaction],
        dead: str,
        result: ObservationResult,
    ) -> None:
        now = self._clock.now()
        failed = await work.chain.records.carried_by(dead)
        for one in doomed:
            await work.chain.records.save_transaction(after_observation(one, result, None, now))
            await work.chain.records.requeue(one.tx_hash, at=now)
        await work.chain.records.count_attempt(failed)
        await work.chain.records.park(exhausted(failed), REPEATED_FAILURE)
        for one in doomed:
            await work.chain.wallet_utxos.release(one.tx_hash)

    async def _send_again(
        self,
        watched: Sequence[WatchedTransaction],
        observed: Mapping[str, ObservationResult],
        tip: Tip,
    ) -> None:
        """Parents first, because what a node takes of them decides about their children."""
        taken: set[str] = set()
        for one in watched:
            result = observed.get(one.tx_hash)
            resend = resend_unasked(one, taken, tip) if result is None else result.resend
            stored = await self._submission.stored(one.tx_hash) if resend else None
            if stored is None or stored.status is ChainTransactionStatus.EXPIRED:
                continue
            activity.heartbeat()
            if await self._submission.send(stored):
                taken.add(one.tx_hash)


def _has_expired(result: ObservationResult) -> bool:
    return result.observation is Observation.EXPIRED


async def _with_descendants(work: UnitOfWork, tx_hash: str) -> Sequence[StoredTransaction]:
    hashes = [tx_hash]
    for known in hashes:
        spenders = await work.chain.wallet_utxos.spenders(known)
        hashes += [spender for spender in spenders if spender not in hashes]
    found = [await work.chain.records.lock_transaction(one) for one in hashes]
    return [one for one in found if one is not None]


async def _addresses(work: UnitOfWork, transactions: Iterable[StoredTransaction]) -> set[str]:
    """Where their outputs are: a sweep's are at another address than its inputs."""
    return set(await work.chain.wallet_utxos.paid_by([one.tx_hash for one in transactions]))
