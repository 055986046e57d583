"""What is asked of the provider, and what follows without asking."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain.polling import (
    CONFIRMED_CHECK_BLOCKS,
    by_block,
    is_due,
    needs_own_sighting,
    parents_first,
    resend_unasked,
    still_included,
)
from domain.chain.transactions import ChainTransactionStatus, Inclusion, Tip, WatchedTransaction

CONFIRMED = WatchedTransaction(
    tx_hash="tx",
    wallet_address="addr",
    status=ChainTransactionStatus.CONFIRMED,
    ttl_slot=1_000,
    block_hash="block",
    block_height=100,
    block_slot=900,
    confirmations=6,
)
SUBMITTED = replace(CONFIRMED, status=ChainTransactionStatus.SUBMITTED)
UNSEEN = replace(SUBMITTED, block_hash=None, block_height=None, block_slot=None, confirmations=0)


def at_depth(blocks: int) -> Tip:
    return Tip(100 + blocks, 950, "tip")


@pytest.mark.parametrize(
    ("transaction", "depth", "due"),
    [
        (SUBMITTED, 1, True),
        (CONFIRMED, 6 + CONFIRMED_CHECK_BLOCKS - 1, False),
        (CONFIRMED, 6 + CONFIRMED_CHECK_BLOCKS, True),
        (replace(CONFIRMED, misses=1), 7, True),
    ],
)
def test_confirmed_transactions_are_asked_for_now_and_then(
    transaction: WatchedTransaction, depth: int, *, due: bool
) -> None:
    assert is_due([transaction], at_depth(depth)) is due


@pytest.mark.parametrize(
    ("transaction", "depth", "needed"),
    [
        (SUBMITTED, 5, False),
        (SUBMITTED, 6, True),
        (CONFIRMED, 6, False),
        (CONFIRMED, 431, False),
        (CONFIRMED, 432, True),
        (replace(CONFIRMED, misses=1), 7, True),
    ],
)
def test_confirmed_and_final_are_seen_and_never_inferred(
    transaction: WatchedTransaction, depth: int, *, needed: bool
) -> None:
    found = needs_own_sighting(
        [transaction], at_depth(depth), confirmations_required=6, finality_blocks=432
    )

    assert found is needed


def test_a_standing_block_gives_its_transactions_the_depth_of_the_tip() -> None:
    assert still_included([CONFIRMED], at_depth(9)) == {"tx": Inclusion("tx", "block", 100, 900, 9)}


def test_blocks_come_newest_first_and_what_is_in_none_not_at_all() -> None:
    newer = replace(CONFIRMED, tx_hash="newer", block_hash="higher", block_height=101)
    beside = replace(CONFIRMED, tx_hash="beside")

    assert by_block([CONFIRMED, UNSEEN, newer, beside]) == [
        ("higher", [newer]),
        ("block", [CONFIRMED, beside]),
    ]


@pytest.mark.parametrize(
    ("transaction", "taken", "resend"),
    [
        (replace(UNSEEN, status=ChainTransactionStatus.SIGNED), set(), True),
        (replace(UNSEEN, parents=frozenset({"parent"})), {"parent"}, True),
        (replace(UNSEEN, parents=frozenset({"parent"})), {"another"}, False),
        (replace(UNSEEN, ttl_slot=950, parents=frozenset({"parent"})), {"parent"}, False),
        (replace(SUBMITTED, parents=frozenset({"parent"})), {"parent"}, False),
    ],
)
def test_without_asking_the_unsent_are_sent_and_the_children_of_what_a_node_had_lost(
    transaction: WatchedTransaction, taken: set[str], *, resend: bool
) -> None:
    assert resend_unasked(transaction, taken, at_depth(1)) is resend


@given(st.permutations(range(6)), st.data())
def test_every_child_comes_after_its_parents_and_none_is_lost(
    order: list[int], data: st.DataObject
) -> None:
    parents = {
        str(number): frozenset(map(str, data.draw(st.sets(st.integers(0, number - 1), min_size=1))))
        for number in range(1, 6)
    }
    shuffled = [
        replace(UNSEEN, tx_hash=str(number), parents=parents.get(str(number), frozenset()))
        for number in order
    ]

    ordered = parents_first(shuffled)

    seen: set[str] = set()
    with_parents_before = []
    for transaction in ordered:
        if transaction.parents <= seen:
            with_parents_before.append(transaction.tx_hash)
        seen.add(transaction.tx_hash)
    assert sorted(with_parents_before) == [str(number) for number in range(6)]
