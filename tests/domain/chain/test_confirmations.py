"""What an observation of the chain means for a transaction that was sent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain.confirmations import (
    CONFIRMATIONS_REQUIRED,
    EXPIRY_SETTLE_BLOCKS,
    FINALITY_BLOCKS,
    MISSES_BEFORE_EXPIRED,
    Observation,
    ObservationResult,
    TrackedTransaction,
    interpret,
)
from domain.chain.transactions import Inclusion, Tip

TTL = 1_000
SENT = TrackedTransaction(ttl_slot=TTL)
SEEN = TrackedTransaction(ttl_slot=TTL, block_hash="block a")
CONFIRMED = TrackedTransaction(ttl_slot=TTL, block_hash="block a", confirmed=True)

tracked_ones = st.builds(
    TrackedTransaction,
    ttl_slot=st.just(TTL),
    block_hash=st.sampled_from([None, "block a", "block b"]),
    confirmed=st.booleans(),
    misses=st.integers(0, 2),
    missed_at_slot=st.none() | st.integers(0, 2 * TTL),
    expired_at_height=st.none() | st.integers(0, 60),
)
# One look more, of a settled tip, and it has expired.
nearly_expired = st.builds(
    TrackedTransaction,
    ttl_slot=st.just(TTL),
    misses=st.just(MISSES_BEFORE_EXPIRED - 1),
    expired_at_height=st.integers(0, 60),
)


def tips_at(slot: st.SearchStrategy[int]) -> st.SearchStrategy[Tip]:
    return st.builds(Tip, height=st.integers(0, 60), slot=slot, block_hash=st.just("tip"))


tips = tips_at(st.integers(0, 2 * TTL))
tips_before_ttl = tips_at(st.integers(0, TTL - 1))
tips_past_ttl = tips_at(st.integers(TTL, 2 * TTL))


def inclusions_with(confirmations: st.SearchStrategy[int]) -> st.SearchStrategy[Inclusion]:
    return st.builds(
        Inclusion,
        tx_hash=st.just("tx"),
        block_hash=st.sampled_from(["block a", "block b"]),
        block_height=st.integers(0, 60),
        slot=st.integers(0, TTL),
        confirmations=confirmations,
    )


inclusions = inclusions_with(st.integers(0, 500))
shallow_inclusions = inclusions_with(st.integers(0, CONFIRMATIONS_REQUIRED - 1))


def tip(*, height: int = 50, slot: int = TTL - 1) -> Tip:
    return Tip(height, slot, "tip")


def seen(confirmations: int, *, block_hash: str = "block a") -> Inclusion:
    return Inclusion("tx", block_hash, 40, 900, confirmations)


@pytest.mark.parametrize(
    ("confirmations", "observation"),
    [
        (0, Observation.SEEN),
        (5, Observation.SEEN),
        (6, Observation.CONFIRMED),
        (431, Observation.CONFIRMED),
        (432, Observation.FINAL),
    ],
)
def test_blocks_on_top_decide(confirmations: int, observation: Observation) -> None:
    result = interpret(SENT, inclusion=seen(confirmations), tip=tip())

    assert result == ObservationResult(
        observation,
        replace(SEEN, confirmed=confirmations >= 6),
        confirmations=confirmations,
    )


def test_what_was_never_seen_is_sent_again_while_it_can_land() -> None:
    result = interpret(SENT, inclusion=None, tip=tip(slot=TTL - 1))

    assert result == ObservationResult(Observation.WAITING, SENT, resend=True)


def test_two_misses_prove_nothing() -> None:
    first = interpret(CONFIRMED, inclusion=None, tip=tip(slot=900))
    second = interpret(first.stored, inclusion=None, tip=tip(slot=920))

    assert first == ObservationResult(
        Observation.WAITING, replace(CONFIRMED, misses=1, missed_at_slot=900)
    )
    assert second == ObservationResult(
        Observation.WAITING, replace(CONFIRMED, misses=2, missed_at_slot=920)
    )


@pytest.mark.parametrize("slot", [900, 899])
def test_looking_again_at_the_same_tip_or_an_older_one_is_no_other_miss(slot: int) -> None:
    missed = replace(CONFIRMED, misses=2, missed_at_slot=900)

    result = interpret(missed, inclusion=None, tip=tip(slot=slot))

    assert result == ObservationResult(Observation.WAITING, missed)


def test_the_third_miss_means_it_is_gone_and_the_same_bytes_go_out_again() -> None:
    result = interpret(replace(CONFIRMED, misses=2), inclusion=None, tip=tip())

    assert result == ObservationResult(Observation.VANISHED, SENT, rolled_back=True, resend=True)


def test_one_look_that_shows_it_forgives_the_misses() -> None:
    result = interpret(replace(CONFIRMED, misses=2), inclusion=seen(8), tip=tip())

    assert result == ObservationResult(Observation.CONFIRMED, CONFIRMED, confirmations=8)


def test_another_block_is_a_rollback_and_the_count_starts_anew() -> None:
    result = interpret(CONFIRMED, inclusion=seen(0, block_hash="block b"), tip=tip())

    assert result == ObservationResult(
        Observation.SEEN,
        TrackedTransaction(TTL, block_hash="block b"),
        confirmations=0,
        rolled_back=True,
    )


def test_a_replica_that_lags_takes_no_confirmation_back() -> None:
    result = interpret(CONFIRMED, inclusion=seen(4), tip=tip())

    assert result == ObservationResult(Observation.CONFIRMED, CONFIRMED, confirmations=4)


def test_what_vanished_after_its_last_slot_is_not_sent_again() -> None:
    result = interpret(replace(SEEN, misses=2), inclusion=None, tip=tip(slot=TTL))

    assert result == ObservationResult(Observation.VANISHED, SENT, rolled_back=True, resend=False)


def test_after_six_blocks_past_the_ttl_three_misses_mean_that_it_has_expired() -> None:
    noticed = interpret(SENT, inclusion=None, tip=tip(height=50, slot=TTL))
    settling = interpret(noticed.stored, inclusion=None, tip=tip(height=55, slot=TTL + 100))
    first = interpret(settling.stored, inclusion=None, tip=tip(height=56, slot=TTL + 120))
    again = interpret(first.stored, inclusion=None, tip=tip(height=56, slot=TTL + 120))
    second = interpret(again.stored, inclusion=None, tip=tip(height=57, slot=TTL + 140))
    third = interpret(second.stored, inclusion=None, tip=tip(height=58, slot=TTL + 160))

    expiring = replace(SENT, expired_at_height=50)
    missed_once = replace(expiring, misses=1, missed_at_slot=TTL + 120)
    assert noticed == ObservationResult(Observation.WAITING, expiring)
    assert settling == ObservationResult(Observation.WAITING, expiring)
    assert first == again == ObservationResult(Observation.WAITING, missed_once)
    assert second.observation is Observation.WAITING
    assert third.observation is Observation.EXPIRED


def test_a_look_before_an_outage_and_one_after_it_are_no_expiry() -> None:
    noticed = interpret(SENT, inclusion=None, tip=tip(height=50, slot=TTL))
    after = interpret(noticed.stored, inclusion=None, tip=tip(height=250, slot=TTL + 4_000))

    assert after.observation is Observation.WAITING


def test_a_rollback_to_before_the_ttl_starts_the_expiry_anew() -> None:
    expiring = replace(SENT, expired_at_height=50)

    result = interpret(expiring, inclusion=None, tip=tip(height=49, slot=TTL - 1))

    assert result == ObservationResult(Observation.WAITING, SENT, resend=True)


def test_what_is_seen_while_it_expires_has_not_expired() -> None:
    expiring = replace(SENT, expired_at_height=40)

    result = interpret(expiring, inclusion=seen(7), tip=tip(height=60, slot=TTL + 400))

    assert result == ObservationResult(Observation.CONFIRMED, CONFIRMED, confirmations=7)


@given(tracked_ones, shallow_inclusions, tips)
def test_under_six_only_what_was_confirmed_in_this_block_is_confirmed(
    tracked: TrackedTransaction, seen: Inclusion, tip: Tip
) -> None:
    result = interpret(tracked, inclusion=seen, tip=tip)

    already = tracked.confirmed and tracked.block_hash == seen.block_hash
    assert result.observation is (Observation.CONFIRMED if already else Observation.SEEN)
    assert result.stored.confirmed == already


@given(tracked_ones, inclusions | st.none(), tips)
def test_final_is_said_at_the_security_parameter_and_never_before(
    tracked: TrackedTransaction, seen: Inclusion | None, tip: Tip
) -> None:
    result = interpret(tracked, inclusion=seen, tip=tip)

    deep = seen is not None and seen.confirmations >= FINALITY_BLOCKS
    assert (result.observation is Observation.FINAL) == deep


@given(tracked_ones | nearly_expired, tips_before_ttl)
def test_nothing_expires_while_its_ttl_lives(tracked: TrackedTransaction, tip: Tip) -> None:
    result = interpret(tracked, inclusion=None, tip=tip)

    assert result.observation is not Observation.EXPIRED


@given(tracked_ones, inclusions, tips)
def test_what_is_seen_has_not_expired_and_is_not_sent_again(
    tracked: TrackedTransaction, seen: Inclusion, tip: Tip
) -> None:
    result = interpret(tracked, inclusion=seen, tip=tip)

    assert result.observation is not Observation.EXPIRED
    assert not result.resend


@given(tracked_ones, inclusions, tips)
def test_a_rollback_is_reported_when_the_block_changed(
    tracked: TrackedTransaction, seen: Inclusion, tip: Tip
) -> None:
    result = interpret(tracked, inclusion=seen, tip=tip)

    changed = tracked.block_hash not in {None, seen.block_hash}
    assert result.rolled_back == changed


@given(tracked_ones, tips_past_ttl)
def test_bytes_that_cannot_land_any_more_are_not_sent_again(
    tracked: TrackedTransaction, tip: Tip
) -> None:
    result = interpret(tracked, inclusion=None, tip=tip)

    assert not result.resend


@given(st.lists(st.tuples(inclusions | st.none(), tips), min_size=1, max_size=30))
def test_whatever_is_observed_expiry_takes_six_blocks_of_absence_and_three_looks(
    observations: list[tuple[Inclusion | None, Tip]],
) -> None:
    tracked = SENT
    heights_absent_past_ttl: list[int] = []
    slots_missed: set[int] = set()
    # Longer than it takes to vanish from a block, to settle and to expire, so that it does expire.
    absence = [(None, tip(height=61 + n, slot=2 * TTL + 1 + n)) for n in range(20)]

    for inclusion, newest in [*observations, *absence]:
        result = interpret(tracked, inclusion=inclusion, tip=newest)
        tracked = result.stored
        if inclusion is not None or newest.slot < TTL:
            heights_absent_past_ttl.clear()
            slots_missed.clear()
        else:
            heights_absent_past_ttl.append(newest.height)
            # A rollback of what has not settled yet could still bring the bytes in.
            if newest.height - min(heights_absent_past_ttl) >= EXPIRY_SETTLE_BLOCKS:
                slots_missed.add(newest.slot)
        if result.observation is Observation.EXPIRED:
            break

    assert result.observation is Observation.EXPIRED
    assert newest.height - min(heights_absent_past_ttl) >= EXPIRY_SETTLE_BLOCKS
    assert len(slots_missed) >= MISSES_BEFORE_EXPIRED
