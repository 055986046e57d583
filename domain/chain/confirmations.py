"""
What an observation of the chain means for a transaction that the registry sent.

"Six confirmations" are Blockfrost's: `confirmations >= 6` of the block that holds the transaction,
so six blocks on top of it. (Others count the block itself; their six is our five.) Six is when the
registry calls a record confirmed; final is the network's own security parameter k, beyond which
no node rolls back.

A rollback shows as another block hash, or as nothing at all. One "not found" proves nothing,
because providers answer from replicas that lag, so what was seen is gone only after three misses,
and so is what was never seen and can no longer land. Each miss is of a later tip than the one before:
to ask three times about one block is to ask once.

The bytes are sent again unchanged: the same id can never stand on the chain twice. A new
transaction for the same record is safe only once the old one has expired.

Sources: product.md, "The words"; notes on rollbacks, docs/flows/chain.md; Blockfrost OpenAPI
(`/blocks/{hash}`, `confirmations`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import Inclusion, Tip

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

    meaning: Observation
    stored: TrackedTransaction
    confirmations: int = 0
    rolled_back: bool = False
    resend: bool = False


def interpret(
    followed: TrackedTransaction,
    *,
    seen: Inclusion | None,
    tip: Tip,
    confirmations_required: int = CONFIRMATIONS_REQUIRED,
    finality_blocks: int = FINALITY_BLOCKS,
) -> ObservationResult:
    """
    Say what one observation means.

    `seen` and `tip` come from one visit to the provider. A visit that failed is no observation:
    unknown is not absent.
    """
    if seen is not None:
        return _present(followed, seen, confirmations_required, finality_blocks)
    if followed.block_hash is not None:
        return _missed(followed, tip)
    return _never_seen(followed, tip)


def _present(
    followed: TrackedTransaction, seen: Inclusion, confirmations_required: int, finality_blocks: int
) -> ObservationResult:
    same_block = followed.block_hash == seen.block_hash
    # A replica that lags shows fewer confirmations than were counted before. In the same block
    # that takes nothing back; in another block the count starts anew.
    confirmed = seen.confirmations >= confirmations_required or (followed.confirmed and same_block)
    if confirmed and seen.confirmations >= finality_blocks:
        meaning = Observation.FINAL
    else:
        meaning = Observation.CONFIRMED if confirmed else Observation.SEEN
    stored = TrackedTransaction(followed.ttl_slot, seen.block_hash, confirmed=confirmed)
    moved = followed.block_hash is not None and not same_block
    return ObservationResult(meaning, stored, seen.confirmations, rolled_back=moved)


def _missed(followed: TrackedTransaction, tip: Tip) -> ObservationResult:
    missed = _with_another_miss(followed, tip)
    if missed.misses < MISSES_BEFORE_VANISHED:
        return ObservationResult(Observation.WAITING, missed)
    stored = TrackedTransaction(followed.ttl_slot)
    alive = tip.slot < followed.ttl_slot
    return ObservationResult(Observation.VANISHED, stored, rolled_back=True, resend=alive)


def _never_seen(followed: TrackedTransaction, tip: Tip) -> ObservationResult:
    # The validity interval is half open: a block at the TTL slot no longer takes the transaction.
    if tip.slot < followed.ttl_slot:
        return ObservationResult(
            Observation.WAITING, TrackedTransaction(followed.ttl_slot), resend=True
        )
    expired_at_height = (
        tip.height if followed.expired_at_height is None else followed.expired_at_height
    )
    if tip.height - expired_at_height < EXPIRY_SETTLE_BLOCKS:
        stored = TrackedTransaction(followed.ttl_slot, expired_at_height=expired_at_height)
        return ObservationResult(Observation.WAITING, stored)
    missed = _with_another_miss(replace(followed, expired_at_height=expired_at_height), tip)
    gone = missed.misses >= MISSES_BEFORE_EXPIRED
    return ObservationResult(Observation.EXPIRED if gone else Observation.WAITING, missed)


def _with_another_miss(followed: TrackedTransaction, tip: Tip) -> TrackedTransaction:
    if followed.missed_at_slot is not None and tip.slot <= followed.missed_at_slot:
        return followed
    return replace(followed, misses=followed.misses + 1, missed_at_slot=tip.slot)
