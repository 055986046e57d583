"""What the registry knows of the Cardano chain, as values: the tip, outputs, transactions."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

METADATA_LABEL = 674
"""CIP-20, the label of the seed's records."""


@dataclass(frozen=True)
class Tip:
    """The newest block as one provider sees it."""

    height: int
    slot: int
    block_hash: str


@dataclass(frozen=True)
class BlockPoint:
    """A block's place on the chain; `block_hash` is in hex."""

    height: int
    slot: int
    block_hash: str


class BlockStanding(StrEnum):
    """
    What a provider shows of a block that it once showed (ADR 0047).

    stands     the block is there, and so is all that it holds
    replaced   another block stands at its height, or the chain ends below it: it was rolled back
    not_shown  no block is shown at that height: history that this provider does not keep
    """

    STANDS = "stands"
    REPLACED = "replaced"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True)
class UnspentOutput:
    """A UTxO of a platform wallet. Lovelace only: the wallet never holds other assets."""

    tx_hash: str
    index: int
    lovelace: int


@dataclass(frozen=True)
class ProtocolParameters:
    """
    What a payment to oneself depends on, and how much of it a block takes; sizes in bytes, fees in
    lovelace. `block_bytes_max` bounds the transactions of a block together.
    """

    fee_per_byte: int
    fee_fixed: int
    transaction_bytes_max: int
    lovelace_per_utxo_byte: int
    block_bytes_max: int = 90_112


@dataclass(frozen=True)
class SignedTransaction:
    """
    Bytes ready to be sent, and what must be stored before they are.

    `tx_hash` is the blake2b-256 of the body, in hex. `change` is the output the next transaction
    may spend at once, before any block holds this one.
    """

    tx_hash: str
    cbor: bytes
    inputs: tuple[UnspentOutput, ...]
    change: UnspentOutput
    fee_lovelace: int
    ttl_slot: int


@dataclass(frozen=True)
class Inclusion:
    """
    A transaction as seen on the chain; `confirmations` counts the blocks on top of its block.

    `block_time` follows from the slot, so it says nothing new of which transaction this is.
    """

    tx_hash: str
    block_hash: str
    block_height: int
    slot: int
    confirmations: int
    block_time: datetime | None = field(default=None, compare=False)


class ChainTransactionStatus(StrEnum):
    """
    signed     the bytes are stored; no node has taken them yet
    submitted  a node took them, or may have
    confirmed  six blocks stand on top
    final      the chain's security parameter has passed
    expired    its TTL has passed and settled without it: it can never land
    """

    SIGNED = "signed"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    FINAL = "final"
    EXPIRED = "expired"


@dataclass(frozen=True)
class StoredTransaction:
    """
    A signed transaction and what was last seen of it; `confirmations` are blocks on top.

    `taken_back_at` is when it was last found that the block in which it was confirmed is gone.
    `not_shown_at_height` is the tip's height when it was last found to stand in history that the
    provider does not keep; None once it is shown. `resends` counts how often the follower has sent the
    bytes since they were last in a block, and it sends them no more before `resend_at_slot`.
    """

    tx_hash: str
    wallet_address: str
    cbor: bytes
    ttl_slot: int
    fee_lovelace: int
    status: ChainTransactionStatus
    built_at: datetime
    block_hash: str | None = None
    block_height: int | None = None
    block_slot: int | None = None
    confirmations: int = 0
    misses: int = 0
    missed_at_slot: int | None = None
    expired_at_height: int | None = None
    rollbacks: int = 0
    submissions: int = 0
    submitted_at: datetime | None = None
    confirmed_at: datetime | None = None
    checked_at: datetime | None = None
    taken_back_at: datetime | None = None
    not_shown_at_height: int | None = None
    resends: int = 0
    resend_at_slot: int | None = None


RESEND_AFTER_SLOTS = 20
"""A block's time: between the follower's first two submissions of the same bytes; then twice as long."""

RESEND_AFTER_SLOTS_MAX = 600
"""Ten minutes: a node that lost its mempool gets the bytes back, and nobody is flooded with them."""


def after_submission(
    transaction: StoredTransaction, at: datetime, *, taken: bool, tip_slot: int | None = None
) -> StoredTransaction:
    """
    Its bytes were sent once more; `taken`: a node accepted them.

    `tip_slot` is the tip at which the follower sent them, and bounds how soon it does so again.
    """
    sent = replace(transaction, submissions=transaction.submissions + 1)
    if tip_slot is not None:
        wait = min(RESEND_AFTER_SLOTS * 2 ** min(sent.resends, 10), RESEND_AFTER_SLOTS_MAX)
        sent = replace(sent, resends=sent.resends + 1, resend_at_slot=tip_slot + wait)
    if sent.status is not ChainTransactionStatus.SIGNED or not taken:
        return sent
    return replace(sent, status=ChainTransactionStatus.SUBMITTED, submitted_at=at)


@dataclass(frozen=True)
class WatchedTransaction:
    """
    A transaction in flight, without its bytes: what the follower needs of it.

    `parents` are transactions in flight whose change it spends; while one of them is in no block,
    it cannot be in one either.
    """

    tx_hash: str
    wallet_address: str
    status: ChainTransactionStatus
    ttl_slot: int
    block_hash: str | None = None
    block_height: int | None = None
    block_slot: int | None = None
    confirmations: int = 0
    misses: int = 0
    missed_at_slot: int | None = None
    expired_at_height: int | None = None
    not_shown_at_height: int | None = None
    resend_at_slot: int | None = None
    parents: frozenset[str] = frozenset()

    @property
    def block(self) -> BlockPoint | None:
        """Where it was last seen."""
        if self.block_hash is None:
            return None
        return BlockPoint(self.block_height or 0, self.block_slot or 0, self.block_hash)
