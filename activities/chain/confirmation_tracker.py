"""
One look at the chain for everything in flight, and what is done about it.

A provider's patience is the scarce thing here, so nothing is asked that follows from what is known
(docs/flows/chain.md, "What is asked of the provider"): a child cannot be in a block while its parent
is in none, and a block that still stands vouches for all blocks below it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from temporalio import activity

from activities.chain.submission import Submission
from activities.chain.utxo_sync import record_utxos
from activities.ports.chain.provider import Chain
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.chain.confirmations import Observation, ObservationResult, TrackedTransaction, interpret
from domain.chain.records import RecordStatus
from domain.chain.transactions import (
    ChainTransactionStatus,
    Inclusion,
    StoredTransaction,
    Tip,
    UnspentOutput,
    WatchedTransaction,
)
from domain.chain.watch import after_asking

CONFIRMED_CHECK_BLOCKS = 10
"""Confirmed transactions are looked at again every tenth block until they are final."""

Sightings = dict[str, Inclusion | None]
"""What the provider showed, by transaction hash; a transaction that is not in it was not looked at."""


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
        self, database: Database, chain: Chain, clock: Clock, rules: ChainRules, sending: Submission
    ) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._rules = rules
        self._sending = sending
        self._line: set[str] = set()
        self._visited: Tip | None = None
        self._alone = asyncio.Lock()

    async def visit(self, tip: Tip, noted: VisitResult) -> None:
        """Look at everything in flight, once for each tip, and act on it."""
        async with self._alone:
            if tip == self._visited:
                return
            async with self._database.transaction() as work:
                watched = await work.chain.records.watched()
            looks, line = await self._look_at_blocks(watched, tip)
            pending = await self._look_at_pending(watched)
            if line or not any(one.block_hash for one in watched):
                # Shown together with blocks that still stand: they lie on one chain.
                line |= {seen.block_hash for seen in pending.values() if seen is not None}
            self._line = line or self._line
            looks |= pending
            findings = self._findings(watched, looks, tip)
            await self._save(watched, looks, findings, tip)
            noted.included |= any(
                looks.get(one.tx_hash) is not None and one.block_hash is None for one in watched
            )
            for one in watched:
                if one.tx_hash in findings and findings[one.tx_hash].meaning is Observation.EXPIRED:
                    noted.requeued |= await self._expire(one, findings[one.tx_hash])
            await self._send_again(watched, findings, tip)
            self._visited = tip

    async def _look(self, tx_hash: str) -> Inclusion | None:
        activity.heartbeat()
        return await self._chain.inclusion(tx_hash)

    async def _look_at_blocks(
        self, watched: Sequence[WatchedTransaction], tip: Tip
    ) -> tuple[Sightings, set[str]]:
        """
        From the newest block down, until one that is known to lie above the others still stands.

        Answers the looks, and the blocks that lie on one chain now.
        """
        looks: Sightings = {}
        line: set[str] = set()
        vouched = False
        for block_hash, held in _by_block(watched):
            first = held[0]
            if vouched and block_hash in self._line:
                line.add(block_hash)
                if not self._is_turning_point(held, tip):
                    looks |= _still_held(held, tip) if self._is_due(held, tip) else {}
                    continue
            if not self._is_due(held, tip):
                continue
            seen = await self._look(first.tx_hash)
            if seen is not None and seen.block_hash == block_hash:
                looks |= {one.tx_hash: replace(seen, tx_hash=one.tx_hash) for one in held}
                vouched = vouched or block_hash in self._line
                line.add(block_hash)
            else:
                looks[first.tx_hash] = seen
                for one in held[1:]:
                    looks[one.tx_hash] = await self._look(one.tx_hash)
        return looks, line

    def _is_due(self, held: Sequence[WatchedTransaction], tip: Tip) -> bool:
        """Unconfirmed transactions are looked at on every block, confirmed ones now and then."""
        if any(one.status is not ChainTransactionStatus.CONFIRMED or one.misses for one in held):
            return True
        depth = tip.height - (held[0].block_height or 0)
        return depth >= held[0].confirmations + CONFIRMED_CHECK_BLOCKS

    def _is_turning_point(self, held: Sequence[WatchedTransaction], tip: Tip) -> bool:
        """Nothing is called confirmed or final on another block's word."""
        depth = tip.height - (held[0].block_height or 0)
        unconfirmed = any(one.status is not ChainTransactionStatus.CONFIRMED for one in held)
        return (
            depth >= self._rules.finality_blocks
            or (unconfirmed and depth >= self._rules.confirmations_required)
            or any(one.misses for one in held)
        )

    async def _look_at_pending(self, watched: Sequence[WatchedTransaction]) -> Sightings:
        looks: Sightings = {}
        absent: set[str] = set()
        for one in watched:
            if one.block_hash is not None:
                continue
            if one.parents & absent:
                absent.add(one.tx_hash)
                continue
            looks[one.tx_hash] = await self._look(one.tx_hash)
            if looks[one.tx_hash] is None:
                absent.add(one.tx_hash)
        return looks

    def _findings(
        self, watched: Sequence[WatchedTransaction], looks: Sightings, tip: Tip
    ) -> Mapping[str, ObservationResult]:
        return {
            one.tx_hash: interpret(
                TrackedTransaction(
                    one.ttl_slot,
                    one.block_hash,
                    confirmed=one.status is ChainTransactionStatus.CONFIRMED,
                    misses=one.misses,
                    expired_at_height=one.expired_at_height,
                    missed_at_slot=one.missed_at_slot,
                ),
                seen=looks[one.tx_hash],
                tip=tip,
                confirmations_required=self._rules.confirmations_required,
                finality_blocks=self._rules.finality_blocks,
            )
            for one in watched
            if one.tx_hash in looks
        }

    async def _save(
        self,
        watched: Sequence[WatchedTransaction],
        looks: Sightings,
        findings: Mapping[str, ObservationResult],
        tip: Tip,
    ) -> None:
        deeper: set[str] = set()
        async with self._database.transaction() as work:
            for one in watched:
                finding = findings.get(one.tx_hash)
                if finding is None or finding.meaning is Observation.EXPIRED:
                    continue
                seen = looks[one.tx_hash]
                if seen is not None and _is_only_deeper(one, finding, seen):
                    deeper.add(seen.block_hash)
                else:
                    await self._save_finding(work, one.tx_hash, finding, seen)
            for block_hash in deeper:
                await work.chain.records.deepen(block_hash, tip.height, self._clock.now())
            # People see the newest block beside the transactions that it confirms.
            provider = await work.chain.watch.lock_provider()
            await work.chain.watch.save_provider(after_asking(provider, tip, self._clock.now()))

    async def _save_finding(
        self, work: UnitOfWork, tx_hash: str, finding: ObservationResult, seen: Inclusion | None
    ) -> None:
        current = await work.chain.records.lock_transaction(tx_hash)
        if current is None:
            return
        after = _after_finding(current, finding, seen, self._clock.now())
        await work.chain.records.save_transaction(after)
        await work.chain.records.set_status(tx_hash, RECORD_STATUS[after.status])
        if finding.rolled_back:
            await work.chain.records.take_back_announcement(tx_hash)

    async def _expire(self, dead: WatchedTransaction, finding: ObservationResult) -> bool:
        """
        Give up a transaction and all that spend its change, and have their records wait again.

        Only the records of the one whose TTL has passed are counted as failed: the others could
        not help it. True unless the chain shows something of theirs after all: then the provider is
        wrong about one of its two answers, and other bytes might be the second on the chain.
        """
        async with self._database.transaction() as work:
            addresses = await _addresses(work, await _with_descendants(work, dead.tx_hash))
        addresses |= {dead.wallet_address}
        shown = {one: await self._chain.unspent_outputs(one) for one in sorted(addresses)}
        async with self._database.transaction() as work:
            # Waits for attempts that are spending the change right now, whosever it is.
            for address in shown:
                await work.chain.wallet_utxos.lock_unspent(address)
            line = await _with_descendants(work, dead.tx_hash)
            if not await _addresses(work, line) <= addresses:
                # What was built meanwhile pays an address that was not asked for: the next visit does.
                return False
            if _is_on_the_chain(line, shown):
                activity.logger.error("%s is not shown, but what it leads to is", dead.tx_hash)
                return False
            await self._give_up(work, line, dead.tx_hash, finding)
            for address, outputs in shown.items():
                await record_utxos(work, address, outputs)
        return True

    async def _give_up(
        self,
        work: UnitOfWork,
        line: Sequence[StoredTransaction],
        dead: str,
        finding: ObservationResult,
    ) -> None:
        now = self._clock.now()
        for one in line:
            await work.chain.records.save_transaction(_after_finding(one, finding, None, now))
            await work.chain.records.requeue(one.tx_hash, failed=one.tx_hash == dead, at=now)
        for one in line:
            await work.chain.wallet_utxos.release(one.tx_hash)

    async def _send_again(
        self,
        watched: Sequence[WatchedTransaction],
        findings: Mapping[str, ObservationResult],
        tip: Tip,
    ) -> None:
        """Parents first. A node that takes a parent had lost it, and its children with it."""
        taken: set[str] = set()
        for one in watched:
            if one.tx_hash in findings:
                wanted = findings[one.tx_hash].resend
            else:
                wanted = (
                    tip.slot < one.ttl_slot
                    and one.block_hash is None
                    and (one.status is ChainTransactionStatus.SIGNED or bool(one.parents & taken))
                )
            stored = await self._sending.stored(one.tx_hash) if wanted else None
            if stored is None or stored.status is ChainTransactionStatus.EXPIRED:
                continue
            activity.heartbeat()
            if await self._sending.send(stored):
                taken.add(one.tx_hash)


async def _with_descendants(work: UnitOfWork, tx_hash: str) -> Sequence[StoredTransaction]:
    hashes = [tx_hash]
    for known in hashes:
        spenders = await work.chain.wallet_utxos.spenders(known)
        hashes += [spender for spender in spenders if spender not in hashes]
    found = [await work.chain.records.lock_transaction(one) for one in hashes]
    return [one for one in found if one is not None]


async def _addresses(work: UnitOfWork, line: Iterable[StoredTransaction]) -> set[str]:
    """Where their outputs are: a sweep's are at another address than its inputs."""
    return set(await work.chain.wallet_utxos.paid_by([one.tx_hash for one in line]))


def _is_on_the_chain(
    line: Sequence[StoredTransaction], shown: Mapping[str, Sequence[UnspentOutput]]
) -> bool:
    hashes = {one.tx_hash for one in line}
    has_output = any(output.tx_hash in hashes for outputs in shown.values() for output in outputs)
    return has_output or any(one.block_hash is not None for one in line)


def _by_block(
    watched: Iterable[WatchedTransaction],
) -> Sequence[tuple[str, Sequence[WatchedTransaction]]]:
    """Blocks that hold transactions in flight, newest first."""

    def place(one: WatchedTransaction) -> tuple[int, str]:
        return -(one.block_height or 0), one.block_hash or ""

    held = sorted((one for one in watched if one.block_hash is not None), key=place)
    return [(block_hash, list(group)) for (_, block_hash), group in groupby(held, key=place)]


def _still_held(held: Iterable[WatchedTransaction], tip: Tip) -> Sightings:
    return {
        one.tx_hash: Inclusion(
            tx_hash=one.tx_hash,
            block_hash=one.block_hash or "",
            block_height=one.block_height or 0,
            slot=one.block_slot or 0,
            confirmations=tip.height - (one.block_height or 0),
        )
        for one in held
    }


def _is_only_deeper(one: WatchedTransaction, finding: ObservationResult, seen: Inclusion) -> bool:
    """Nothing has changed since the last look except for more blocks on top."""
    return (
        STATUS_AFTER.get(finding.meaning) is one.status
        and one.block_hash == seen.block_hash
        and one.misses == 0
    )


RECORD_STATUS = {
    ChainTransactionStatus.SIGNED: RecordStatus.SUBMITTED,
    ChainTransactionStatus.SUBMITTED: RecordStatus.SUBMITTED,
    ChainTransactionStatus.CONFIRMED: RecordStatus.CONFIRMED,
    ChainTransactionStatus.FINAL: RecordStatus.FINAL,
}

STATUS_AFTER = {
    Observation.SEEN: ChainTransactionStatus.SUBMITTED,
    Observation.CONFIRMED: ChainTransactionStatus.CONFIRMED,
    Observation.FINAL: ChainTransactionStatus.FINAL,
    Observation.VANISHED: ChainTransactionStatus.SUBMITTED,
    Observation.EXPIRED: ChainTransactionStatus.EXPIRED,
}


def _after_finding(
    transaction: StoredTransaction, finding: ObservationResult, seen: Inclusion | None, at: datetime
) -> StoredTransaction:
    status = STATUS_AFTER.get(finding.meaning, transaction.status)
    confirmed = status in {ChainTransactionStatus.CONFIRMED, ChainTransactionStatus.FINAL}
    newly_confirmed = confirmed and transaction.confirmed_at is None
    taken_back = transaction.status is ChainTransactionStatus.CONFIRMED and (
        finding.rolled_back or not confirmed
    )
    observed = replace(
        transaction,
        status=status,
        misses=finding.stored.misses,
        missed_at_slot=finding.stored.missed_at_slot,
        expired_at_height=finding.stored.expired_at_height,
        rollbacks=transaction.rollbacks + finding.rolled_back,
        taken_back_at=at if taken_back else transaction.taken_back_at,
        confirmed_at=at if newly_confirmed else transaction.confirmed_at,
        checked_at=at,
    )
    if seen is not None:
        return replace(
            observed,
            block_hash=seen.block_hash,
            block_height=seen.block_height,
            block_slot=seen.slot,
            confirmations=finding.confirmations,
        )
    if finding.stored.block_hash is None:
        return replace(
            observed, block_hash=None, block_height=None, block_slot=None, confirmations=0
        )
    return observed
