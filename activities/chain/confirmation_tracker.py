"""
One visit to the chain for everything in flight, and what is done about it.

A provider's patience is the scarce thing here, so nothing is asked that follows from what is known
(domain.chain.polling). What it does not show because it keeps a short history was not rolled back: it
stays what it was, is looked for now and then, and nothing waits behind it (ADR 0047).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from temporalio import activity

from activities.chain.chain_metrics import confirmation_changed
from activities.chain.submission import Submission
from activities.chain.utxo_sync import record_utxos
from activities.ports.chain.provider import Chain
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.chain.confirmations import (
    RECORD_STATUS,
    Observation,
    ObservationResult,
    after_not_shown,
    after_observation,
    interpret,
    is_only_deeper,
    tracked,
)
from domain.chain.polling import (
    Sightings,
    by_block,
    is_due,
    is_shown_due,
    landed,
    may_resend,
    needs_own_sighting,
    resend_unasked,
    shows_any_of,
    still_included,
)
from domain.chain.records import REPEATED_FAILURE, exhausted
from domain.chain.transactions import (
    BlockStanding,
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
    longer a chain of them than can be sent again quickly. `is_told`: webhooks of the provider are
    expected, and one ends the wait for the next look.
    """

    confirmations_required: int
    finality_blocks: int
    ttl_slots: int
    poll_seconds: float
    flush_seconds: float = 3
    tip_seconds: float = 5
    pending_max: int = 50
    is_told: bool = False


@dataclass
class VisitResult:
    """
    What a visit brought about, also one that was cut short. `requeued`: records wait again.
    `included`: blocks took some of our transactions.
    """

    requeued: bool = False
    included: bool = False


@dataclass
class _Visit:
    """
    What one visit learns: the `sightings`, the blocks that lie on one chain now, and what is on the
    chain in blocks that the provider does not show; of these `newly_hidden` were looked for just now.
    """

    tip: Tip
    watched: Sequence[WatchedTransaction]
    sightings: Sightings = field(default_factory=dict)
    verified_blocks: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    newly_hidden: set[str] = field(default_factory=set)
    outputs_of: dict[str, frozenset[str]] = field(default_factory=dict)

    def hide(self, in_block: Iterable[WatchedTransaction]) -> None:
        hashes = {one.tx_hash for one in in_block}
        self.hidden |= hashes
        self.newly_hidden |= hashes


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
            visit = await self._observe(watched, tip)
            sightings = visit.sightings
            observed = self._interpret(watched, sightings, tip)
            await self._save(visit, observed)
            result.included |= any(
                sightings.get(one.tx_hash) is not None and one.block_hash is None for one in watched
            )
            for one in watched:
                if one.tx_hash in observed and _has_expired(observed[one.tx_hash]):
                    result.requeued |= await self._expire(one, observed[one.tx_hash], tip)
            await self._send_again(visit, observed)
            self._visited = tip

    async def _observe(self, watched: Sequence[WatchedTransaction], tip: Tip) -> _Visit:
        visit = _Visit(tip, watched)
        await self._observe_blocks(visit)
        pending = await self._observe_pending(visit)
        self._prove_by_children(visit)
        if visit.verified_blocks or not any(one.block_hash for one in watched):
            # Shown together with blocks that still stand: they lie on one chain.
            visit.verified_blocks |= {
                inclusion.block_hash for inclusion in pending.values() if inclusion is not None
            }
        self._verified_blocks = visit.verified_blocks or self._verified_blocks
        return visit

    async def _inclusion(self, tx_hash: str) -> Inclusion | None:
        activity.heartbeat()
        return await self._chain.inclusion(tx_hash)

    async def _observe_blocks(self, visit: _Visit) -> None:
        """
        From the newest block down, until one that is known to lie above the others still stands.

        History ends somewhere: below a height of which no block is shown, nothing is asked for.
        """
        tip, sightings = visit.tip, visit.sightings
        vouched = history_ends = False
        for block_hash, in_block in by_block(visit.watched):
            first = in_block[0]
            known = vouched and block_hash in self._verified_blocks
            if known:
                visit.verified_blocks.add(block_hash)
                if not self._needs_own_sighting(in_block, tip):
                    sightings |= still_included(in_block, tip) if is_due(in_block, tip) else {}
                    continue
            if not is_due(in_block, tip):
                visit.hidden |= {one.tx_hash for one in in_block if one.not_shown_at_height}
                continue
            inclusion = None if history_ends else await self._inclusion(first.tx_hash)
            if inclusion is not None and inclusion.block_hash == block_hash:
                sightings |= {
                    one.tx_hash: replace(inclusion, tx_hash=one.tx_hash) for one in in_block
                }
            elif inclusion is not None:
                await self._observe_each(in_block, inclusion, visit)
                continue
            else:
                standing = await self._standing(first, tip, history_ends=history_ends)
                if standing is BlockStanding.REPLACED:
                    await self._observe_each(in_block, None, visit)
                    continue
                if standing is BlockStanding.NOT_SHOWN and not known:
                    history_ends = True
                    visit.hide(in_block)
                    continue
                # The block is there, or one above it is that was once shown together with it: in a
                # chain of hashes that is proof, and the only one there is where history has ended.
                history_ends = standing is BlockStanding.NOT_SHOWN
                sightings |= still_included(in_block, tip)
            vouched = vouched or block_hash in self._verified_blocks
            visit.verified_blocks.add(block_hash)

    async def _observe_each(
        self, in_block: Sequence[WatchedTransaction], of_first: Inclusion | None, visit: _Visit
    ) -> None:
        """Of a block that was rolled back, each transaction goes its own way."""
        visit.sightings[in_block[0].tx_hash] = of_first
        for one in in_block[1:]:
            visit.sightings[one.tx_hash] = await self._inclusion(one.tx_hash)

    async def _standing(
        self, included: WatchedTransaction, tip: Tip, *, history_ends: bool
    ) -> BlockStanding:
        """What became of the block in which it was last seen."""
        block = included.block
        if block is None or history_ends:
            return BlockStanding.NOT_SHOWN
        if tip.height < block.height:
            # No rollback is as deep as that: this provider is reading the chain anew.
            is_new = block.height - tip.height > self._rules.finality_blocks
            return BlockStanding.NOT_SHOWN if is_new else BlockStanding.REPLACED
        activity.heartbeat()
        return await self._chain.standing(block)

    def _needs_own_sighting(self, in_block: Sequence[WatchedTransaction], tip: Tip) -> bool:
        return needs_own_sighting(
            in_block,
            tip,
            confirmations_required=self._rules.confirmations_required,
            finality_blocks=self._rules.finality_blocks,
        )

    async def _observe_pending(self, visit: _Visit) -> Sightings:
        """What was in no block; a child is left out while its parent is not on the chain."""
        found: Sightings = {}
        absent: set[str] = set()
        for one in visit.watched:
            if one.block_hash is not None:
                continue
            if one.parents & absent:
                absent.add(one.tx_hash)
                continue
            if not is_shown_due(one, visit.tip):
                visit.hidden.add(one.tx_hash)
                continue
            inclusion = await self._inclusion(one.tx_hash)
            if inclusion is None and await self._has_landed(one, visit):
                visit.hide([one])
                continue
            found[one.tx_hash] = inclusion
            if inclusion is None:
                absent.add(one.tx_hash)
        visit.sightings |= found
        return found

    async def _has_landed(self, pending: WatchedTransaction, visit: _Visit) -> bool:
        """
        Whether it is on the chain although it is not shown, by its children and by outputs of theirs.

        The outputs are asked for before its bytes are sent for at least the third time: a node knows all
        that is unspent, however short its history.
        """
        children = {one.tx_hash for one in visit.watched if one.block_hash is not None}
        if pending.tx_hash in landed(visit.watched, children):
            return True
        asked_before = pending.resend_at_slot is not None or pending.not_shown_at_height is not None
        if not asked_before or not may_resend(pending, visit.tip):
            return False
        async with self._database.transaction() as work:
            addresses = await _addresses(work, await _with_descendants(work, pending.tx_hash))
        shown: frozenset[str] = frozenset()
        for address in sorted(addresses | {pending.wallet_address}):
            if address not in visit.outputs_of:
                activity.heartbeat()
                outputs = await self._chain.unspent_outputs(address)
                visit.outputs_of[address] = frozenset(output.tx_hash for output in outputs)
            shown |= visit.outputs_of[address]
        return pending.tx_hash in landed(visit.watched, shown)

    @staticmethod
    def _prove_by_children(visit: _Visit) -> None:
        """
        A child on the chain proves its parent, which has at least as many blocks on top.

        Of a parent that was once seen in a block, so many confirmations are as good as its own.
        """
        for one in reversed(visit.watched):
            child = visit.sightings.get(one.tx_hash)
            if child is None:
                continue
            for parent in visit.watched:
                if parent.tx_hash in one.parents & visit.newly_hidden and parent.block is not None:
                    proven = max(parent.confirmations, child.confirmations)
                    (own,) = still_included([parent], visit.tip).values()
                    if own is not None:
                        visit.sightings[parent.tx_hash] = replace(own, confirmations=proven)

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

    async def _save(self, visit: _Visit, observed: Mapping[str, ObservationResult]) -> None:
        deeper: set[str] = set()
        async with self._database.transaction() as work:
            for one in visit.watched:
                result = observed.get(one.tx_hash)
                if result is None and one.tx_hash in visit.newly_hidden:
                    await self._save_hidden(work, one.tx_hash, visit.tip)
                if result is None or _has_expired(result):
                    continue
                inclusion = visit.sightings[one.tx_hash]
                if inclusion is not None and is_only_deeper(one, result, inclusion):
                    deeper.add(inclusion.block_hash)
                else:
                    await self._save_result(work, one.tx_hash, result, inclusion)
            for block_hash in deeper:
                await work.chain.records.deepen(block_hash, visit.tip.height, self._clock.now())
            # People see the newest block beside the transactions that it confirms.
            provider = await work.chain.watch.lock_provider()
            await work.chain.watch.save_provider(
                after_query(provider, visit.tip, self._clock.now())
            )

    async def _save_hidden(self, work: UnitOfWork, tx_hash: str, tip: Tip) -> None:
        current = await work.chain.records.lock_transaction(tx_hash)
        if current is None:
            return
        if current.not_shown_at_height is None:
            activity.logger.warning(
                "The provider keeps no history where %s stands; it stays %s",
                tx_hash,
                current.status,
            )
        await work.chain.records.save_transaction(after_not_shown(current, tip, self._clock.now()))

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
        confirmation_changed(current, after, result, self._clock.now())

    async def _expire(self, dead: WatchedTransaction, result: ObservationResult, tip: Tip) -> bool:
        """
        Give up a transaction and all that spend its change, and have their records wait again.

        Only the records of the one whose TTL has passed are counted as failed: the others could
        not help it. True unless the chain shows something of theirs after all: then it landed in history
        that the provider does not keep, and other bytes might be the second on the chain.
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
                await self._save_hidden(work, dead.tx_hash, tip)
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
            after = after_observation(one, result, None, now)
            await work.chain.records.save_transaction(after)
            await work.chain.records.requeue(one.tx_hash, at=now)
            confirmation_changed(one, after, result, now)
        await work.chain.records.count_attempt(failed)
        await work.chain.records.park(exhausted(failed), REPEATED_FAILURE)
        for one in doomed:
            await work.chain.wallet_utxos.release(one.tx_hash)

    async def _send_again(self, visit: _Visit, observed: Mapping[str, ObservationResult]) -> None:
        """Parents first, because what a node takes of them decides about their children."""
        taken: set[str] = set()
        tip = visit.tip
        for one in visit.watched:
            result = observed.get(one.tx_hash)
            if result is None:
                resend = one.tx_hash not in visit.hidden and resend_unasked(one, taken, tip)
            else:
                resend = result.resend and (result.rolled_back or may_resend(one, tip))
            stored = await self._submission.stored(one.tx_hash) if resend else None
            if stored is None or stored.status is ChainTransactionStatus.EXPIRED:
                continue
            activity.heartbeat()
            if await self._submission.send(stored, tip_slot=tip.slot):
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
