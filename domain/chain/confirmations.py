"""
What an observation of the chain means for a transaction that the registry sent.

"Six confirmations" are Blockfrost's: `confirmations >= 6` of the block that holds the transaction,
so six blocks on top of it. (Others count the block itself; their six is our five.) Six is when the
registry calls a record confirmed; final is the network's own security parameter k, beyond which
no node rolls back.

A rollback shows as another block at the height where a transaction stood. When no block is shown at
that height either, the provider keeps a shorter history than is asked for: nothing was taken back, and
the transaction stays what it was (ADR 0047). One "not found" proves nothing, because providers answer from replicas that lag, so what was seen is gone only after three misses,
and so is what was never seen and can no longer land. Each miss is of a later tip than the one before:
to ask three times about one block is to ask once.

The bytes are sent again unchanged: the same id can never stand on the chain twice. A new
transaction for the same record is safe only once the old one has expired.

Sources: product.md, "The words"; notes on rollbacks, docs/flows/chain.md; Blockfrost OpenAPI
(`/blocks/{hash}`, `confirmations`).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.chain.networks import CardanoNetwork
from domain.chain.records import RecordStatus
from domain.chain.transactions import (
    ChainTransactionStatus,
    Inclusion,
    StoredTransaction,
    Tip,
    WatchedTransaction,
)

CONFIRMATIONS_REQUIRED = 6
FINALITY_BLOCKS = CardanoNetwork.PREVIEW.facts.security_parameter_blocks
MISSES_BEFORE_VANISHED = 3
MISSES_BEFORE_EXPIRED = 3
EXPIRY_SETTLE_BLOCKS = 6
"""Blocks past the TTL before we believe it; a shallower rollback could still include the bytes."""


class Observation(StrEnum):
    """
    waiting    not on the chain as far as we can see; nothing is decided
    seen       in a block, with too few blocks on top
    confirmed  six blocks or more on top
    final      the security parameter has passed
    vanished   was in a block and is gone: back to submitted, no longer confirmed
    expired    can no longer land, so its records may go into a new transaction
    """

    WAITING = "waiting"
    SEEN = "seen"
    CONFIRMED = "confirmed"
    FINAL = "final"
    VANISHED = "vanished"
    EXPIRED = "expired"


STATUS_AFTER = {
    Observation.SEEN: ChainTransactionStatus.SUBMITTED,
    Observation.CONFIRMED: ChainTransactionStatus.CONFIRMED,
    Observation.FINAL: ChainTransactionStatus.FINAL,
    Observation.VANISHED: ChainTransactionStatus.SUBMITTED,
    Observation.EXPIRED: ChainTransactionStatus.EXPIRED,
}
"""What an observation makes of a transaction; waiting leaves it what it was."""

RECORD_STATUS = {
    ChainTransactionStatus.SIGNED: RecordStatus.SUBMITTED,
    ChainTransactionStatus.SUBMITTED: RecordStatus.SUBMITTED,
    ChainTransactionStatus.CONFIRMED: RecordStatus.CONFIRMED,
    ChainTransactionStatus.FINAL: RecordStatus.FINAL,
}
"""The status of the records that a transaction carries; those of an expired one wait again."""


@dataclass(frozen=True)
class TrackedTransaction:
    """
    What is stored of a transaction that was sent and is not final yet.

    `block_hash` is the block it was last seen in. `misses` counts the tips in a row that did not
    show it since, `missed_at_slot` is the slot of the last of them; of what was never seen only those
    count that come after its TTL has passed and settled. `expired_at_height` is the tip when the TTL
    was first found to have passed.
    """

    ttl_slot: int
    block_hash: str | None = None
    confirmed: bool = False
    misses: int = 0
    expired_at_height: int | None = None
    missed_at_slot: int | None = None


@dataclass(frozen=True)
class ObservationResult:
    """
    What one observation means, and what to store for the next.

    `rolled_back`: the block it was stored with no longer holds it, which staff want to hear of.
    `resend`: send the stored bytes again, unchanged.
    """

    observation: Observation
    stored: TrackedTransaction
    confirmations: int = 0
    rolled_back: bool = False
    resend: bool = False


def interpret(
    before: TrackedTransaction,
    *,
    inclusion: Inclusion | None,
    tip: Tip,
    confirmations_required: int = CONFIRMATIONS_REQUIRED,
    finality_blocks: int = FINALITY_BLOCKS,
) -> ObservationResult:
    """
    Say what one observation means.

    `inclusion` and `tip` come from one visit to the provider. A visit that failed is no observation:
    unknown is not absent.
    """
    if inclusion is not None:
        return _present(before, inclusion, confirmations_required, finality_blocks)
    if before.block_hash is not None:
        return _missed(before, tip)
    return _never_seen(before, tip)


def tracked(chain_transaction: WatchedTransaction) -> TrackedTransaction:
    """What `interpret` needs of a transaction in flight."""
    return TrackedTransaction(
        chain_transaction.ttl_slot,
        chain_transaction.block_hash,
        confirmed=chain_transaction.status is ChainTransactionStatus.CONFIRMED,
        misses=chain_transaction.misses,
        expired_at_height=chain_transaction.expired_at_height,
        missed_at_slot=chain_transaction.missed_at_slot,
    )


def is_only_deeper(
    chain_transaction: WatchedTransaction, result: ObservationResult, inclusion: Inclusion
) -> bool:
    """Nothing has changed since it was last observed except for more blocks on top."""
    return (
        STATUS_AFTER.get(result.observation) is chain_transaction.status
        and chain_transaction.block_hash == inclusion.block_hash
        and chain_transaction.misses == 0
        and chain_transaction.not_shown_at_height is None
    )


def after_observation(
    chain_transaction: StoredTransaction,
    result: ObservationResult,
    inclusion: Inclusion | None,
    at: datetime,
) -> StoredTransaction:
    """The transaction as it is to be stored after an observation; `inclusion` is what was interpreted."""
    status = STATUS_AFTER.get(result.observation, chain_transaction.status)
    confirmed = status in {ChainTransactionStatus.CONFIRMED, ChainTransactionStatus.FINAL}
    newly_confirmed = confirmed and chain_transaction.confirmed_at is None
    no_longer_confirmed = chain_transaction.status is ChainTransactionStatus.CONFIRMED and (
        result.rolled_back or not confirmed
    )
    observed = replace(
        chain_transaction,
        status=status,
        misses=result.stored.misses,
        missed_at_slot=result.stored.missed_at_slot,
        expired_at_height=result.stored.expired_at_height,
        rollbacks=chain_transaction.rollbacks + result.rolled_back,
        taken_back_at=at if no_longer_confirmed else chain_transaction.taken_back_at,
        confirmed_at=at if newly_confirmed else chain_transaction.confirmed_at,
        checked_at=at,
        not_shown_at_height=None,
    )
    if inclusion is not None or result.rolled_back:
        observed = replace(observed, resends=0, resend_at_slot=None)
    if inclusion is not None:
        return replace(
            observed,
            block_hash=inclusion.block_hash,
            block_height=inclusion.block_height,
            block_slot=inclusion.slot,
            confirmations=result.confirmations,
        )
    if result.stored.block_hash is None:
        return replace(
            observed, block_hash=None, block_height=None, block_slot=None, confirmations=0
        )
    return observed


def after_not_shown(
    chain_transaction: StoredTransaction, tip: Tip, at: datetime
) -> StoredTransaction:
    """
    The transaction as it is to be stored when the provider keeps no history where it stands.

    It is neither missed nor seen: its status, its block and its confirmations stay.
    """
    return replace(
        chain_transaction,
        misses=0,
        missed_at_slot=None,
        not_shown_at_height=tip.height,
        checked_at=at,
    )


def _present(
    before: TrackedTransaction,
    inclusion: Inclusion,
    confirmations_required: int,
    finality_blocks: int,
) -> ObservationResult:
    same_block = before.block_hash == inclusion.block_hash
    # A replica that lags shows fewer confirmations than were counted before. In the same block
    # that takes nothing back; in another block the count starts anew.
    confirmed = inclusion.confirmations >= confirmations_required or (
        before.confirmed and same_block
    )
    if confirmed and inclusion.confirmations >= finality_blocks:
        observation = Observation.FINAL
    else:
        observation = Observation.CONFIRMED if confirmed else Observation.SEEN
    stored = TrackedTransaction(before.ttl_slot, inclusion.block_hash, confirmed=confirmed)
    moved = before.block_hash is not None and not same_block
    return ObservationResult(observation, stored, inclusion.confirmations, rolled_back=moved)


def _missed(before: TrackedTransaction, tip: Tip) -> ObservationResult:
    missed = _with_another_miss(before, tip)
    if missed.misses < MISSES_BEFORE_VANISHED:
        return ObservationResult(Observation.WAITING, missed)
    stored = TrackedTransaction(before.ttl_slot)
    alive = tip.slot < before.ttl_slot
    return ObservationResult(Observation.VANISHED, stored, rolled_back=True, resend=alive)


def _never_seen(before: TrackedTransaction, tip: Tip) -> ObservationResult:
    # The validity interval is half open: a block at the TTL slot no longer takes the transaction.
    if tip.slot < before.ttl_slot:
        return ObservationResult(
            Observation.WAITING, TrackedTransaction(before.ttl_slot), resend=True
        )
    expired_at_height = tip.height if before.expired_at_height is None else before.expired_at_height
    if tip.height - expired_at_height < EXPIRY_SETTLE_BLOCKS:
        stored = TrackedTransaction(before.ttl_slot, expired_at_height=expired_at_height)
        return ObservationResult(Observation.WAITING, stored)
    missed = _with_another_miss(replace(before, expired_at_height=expired_at_height), tip)
    gone = missed.misses >= MISSES_BEFORE_EXPIRED
    return ObservationResult(Observation.EXPIRED if gone else Observation.WAITING, missed)


def _with_another_miss(before: TrackedTransaction, tip: Tip) -> TrackedTransaction:
    if before.missed_at_slot is not None and tip.slot <= before.missed_at_slot:
        return before
    return replace(before, misses=before.misses + 1, missed_at_slot=tip.slot)
