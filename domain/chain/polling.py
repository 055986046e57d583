"""
What is asked of a chain's provider, and what follows from what is known without asking.

A child cannot be in a block while its parent is in none, and a block that still stands vouches for
all blocks below it (docs/flows/chain.md, "What is asked of the provider").
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from domain.chain.transactions import (
    ChainTransactionStatus,
    Inclusion,
    StoredTransaction,
    Tip,
    UnspentOutput,
    WatchedTransaction,
)

CONFIRMED_CHECK_BLOCKS = 10
"""Confirmed transactions are asked for again every tenth block until they are final."""

PENDING_CHECK_BLOCKS = 3
"""
What was in no block yet, and whose outputs are shown while it is not, is asked for again so soon: more
often than not a replica lags, and whoever retired waits for the confirmation.
"""

Sightings = dict[str, Inclusion | None]
"""What the provider showed, by transaction hash; a transaction that is not in it was not asked for."""


def by_block(
    watched: Iterable[WatchedTransaction],
) -> Sequence[tuple[str, Sequence[WatchedTransaction]]]:
    """Blocks that hold transactions in flight, newest first."""

    def place(chain_transaction: WatchedTransaction) -> tuple[int, str]:
        return -(chain_transaction.block_height or 0), chain_transaction.block_hash or ""

    included = sorted((one for one in watched if one.block_hash is not None), key=place)
    return [(block_hash, list(group)) for (_, block_hash), group in groupby(included, key=place)]


def parents_first(transactions: Sequence[WatchedTransaction]) -> Sequence[WatchedTransaction]:
    """Keep the order, except that a child waits for its parents."""
    by_hash = {chain_transaction.tx_hash: chain_transaction for chain_transaction in transactions}
    ordered: dict[str, WatchedTransaction] = {}
    waiting = list(reversed(transactions))
    while waiting:
        chain_transaction = waiting.pop()
        missing = [
            by_hash[parent]
            for parent in chain_transaction.parents
            if parent in by_hash and parent not in ordered
        ]
        if missing:
            waiting += [chain_transaction, *missing]
        else:
            ordered[chain_transaction.tx_hash] = chain_transaction
    return list(ordered.values())


def is_due(in_block: Sequence[WatchedTransaction], tip: Tip) -> bool:
    """
    Whether the transactions of one block are to be checked at this tip.

    Unconfirmed ones are checked on every block, confirmed ones every `CONFIRMED_CHECK_BLOCKS`, and so
    are those that stand in history which the provider does not keep.
    """
    if all(one.not_shown_at_height is not None for one in in_block):
        return any(is_shown_due(one, tip) for one in in_block)
    if any(_is_unconfirmed(one) or one.misses for one in in_block):
        return True
    first = in_block[0]
    return _depth(first, tip) >= first.confirmations + CONFIRMED_CHECK_BLOCKS


def is_shown_due(chain_transaction: WatchedTransaction, tip: Tip) -> bool:
    """Whether to look for it: at once, or now and then when the provider does not keep its block."""
    since = chain_transaction.not_shown_at_height
    between = (
        PENDING_CHECK_BLOCKS if chain_transaction.block_hash is None else CONFIRMED_CHECK_BLOCKS
    )
    return since is None or abs(tip.height - since) >= between


def landed(watched: Iterable[WatchedTransaction], on_the_chain: Collection[str]) -> frozenset[str]:
    """
    What is on the chain although the provider may not show it: each ancestor of what is there.

    `on_the_chain` are transactions of which the chain shows the block or an output. Nothing can spend
    an output of what is not on the chain.
    """
    found = set(on_the_chain)
    for one in reversed(list(watched)):
        if one.tx_hash in found:
            found |= one.parents
    return frozenset(found)


def may_resend(chain_transaction: WatchedTransaction, tip: Tip) -> bool:
    """Whether enough time has passed since the follower last sent its bytes."""
    at = chain_transaction.resend_at_slot
    return at is None or tip.slot >= at


def needs_own_sighting(
    in_block: Sequence[WatchedTransaction],
    tip: Tip,
    *,
    confirmations_required: int,
    finality_blocks: int,
) -> bool:
    """Nothing is called confirmed or final on another block's word."""
    depth = _depth(in_block[0], tip)
    return (
        depth >= finality_blocks
        or (depth >= confirmations_required and any(map(_is_unconfirmed, in_block)))
        or any(one.misses for one in in_block)
    )


def still_included(in_block: Iterable[WatchedTransaction], tip: Tip) -> Sightings:
    """What the provider would show of a block that is known to stand."""
    return {
        one.tx_hash: Inclusion(
            tx_hash=one.tx_hash,
            block_hash=one.block_hash or "",
            block_height=one.block_height or 0,
            slot=one.block_slot or 0,
            confirmations=_depth(one, tip),
        )
        for one in in_block
    }


def resend_unasked(chain_transaction: WatchedTransaction, taken: Collection[str], tip: Tip) -> bool:
    """
    Whether to send the bytes of a transaction that was not asked for.

    One that was never sent is, now and then; so is the child of one of those `taken` just now: a node
    that takes a parent had lost it, and its children with it.
    """
    return (
        tip.slot < chain_transaction.ttl_slot
        and chain_transaction.block_hash is None
        and chain_transaction.not_shown_at_height is None
        and (
            (
                chain_transaction.status is ChainTransactionStatus.SIGNED
                and may_resend(chain_transaction, tip)
            )
            or not chain_transaction.parents.isdisjoint(taken)
        )
    )


def shows_any_of(
    transactions: Sequence[StoredTransaction], unspent: Mapping[str, Sequence[UnspentOutput]]
) -> bool:
    """Whether the chain knows one of these after all: by an output of it, or by its block."""
    hashes = {chain_transaction.tx_hash for chain_transaction in transactions}
    has_output = any(output.tx_hash in hashes for outputs in unspent.values() for output in outputs)
    return has_output or any(one.block_hash is not None for one in transactions)


def _depth(chain_transaction: WatchedTransaction, tip: Tip) -> int:
    return tip.height - (chain_transaction.block_height or 0)


def _is_unconfirmed(chain_transaction: WatchedTransaction) -> bool:
    return chain_transaction.status is not ChainTransactionStatus.CONFIRMED
