"""What is wrong with the way to the chain: each rule beside its threshold, just below and just above."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain import watch as chain_watch
from domain.chain.alerts import AlertKind
from domain.chain.transactions import Tip
from domain.chain.watch import (
    FEES_LEFT_MIN,
    FULL_TRANSACTION_FEE_LOVELACE,
    SMALLEST_CHANGE_LOVELACE,
    ChainRows,
    GoneTransaction,
    ParkedRecordSummary,
    ProviderRefusal,
    ProviderState,
    Silence,
    WalletFunds,
    after_query,
    fees_left,
    may_query,
)
from tests.factories import NOW, named

TIP = Tip(4_711, 120_000_000, "ab" * 32)
NEXT_TIP = Tip(4_712, 120_000_020, "cd" * 32)
ADDRESS = "addr_test1a"
MINUTE = timedelta(minutes=1)
CHANGE = SMALLEST_CHANGE_LOVELACE


def kinds(
    state: ProviderState | None = None, rows: ChainRows | None = None, *, at: datetime = NOW
) -> list[AlertKind]:
    found = chain_watch.troubles(
        state or ProviderState(), rows or ChainRows(), network="preview", at=at
    )
    return [trouble.kind for trouble in found]


def asked(*answers: chain_watch.TipResponse) -> ProviderState:
    """One question a minute, the last of them now."""
    state = ProviderState()
    for minutes_ago, answer in zip(range(len(answers) - 1, -1, -1), answers, strict=True):
        state = after_query(state, answer, NOW - minutes_ago * MINUTE)
    return state


def test_a_registry_that_was_never_used_has_no_trouble() -> None:
    assert kinds() == []


def test_an_answer_is_kept_with_the_moment_its_block_was_first_seen() -> None:
    assert asked(TIP, TIP) == ProviderState(
        asked_at=NOW,
        answered_at=NOW,
        tip_height=TIP.height,
        tip_slot=TIP.slot,
        tip_hash=TIP.block_hash,
        tip_seen_at=NOW - MINUTE,
    )
    assert asked(TIP, NEXT_TIP).tip_seen_at == NOW


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([Silence()], []),
        ([TIP, Silence()], []),
        ([TIP, Silence(), Silence()], [AlertKind.CHAIN_OUTAGE]),
        ([Silence(), TIP, Silence()], []),
        ([Silence(), Silence(), TIP], []),
        ([ProviderRefusal()], [AlertKind.CHAIN_MISCONFIGURED]),
        ([Silence(), Silence(), ProviderRefusal()], [AlertKind.CHAIN_MISCONFIGURED]),
        ([ProviderRefusal(), TIP], []),
    ],
)
def test_two_unanswered_questions_are_an_outage_and_one_refusal_is_enough(
    answers: list[chain_watch.TipResponse], expected: list[AlertKind]
) -> None:
    assert kinds(asked(*answers)) == expected


def test_an_outage_says_since_when_and_how_many_wait() -> None:
    (trouble,) = chain_watch.outage(
        asked(TIP, Silence(), Silence()), ChainRows(waiting=1), network="preview", at=NOW
    )

    assert trouble.sentence == (
        "The chain's provider has given no answer since 11:59 UTC on 01 March."
        " Retirements go on; 1 record waits."
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([TIP] * 11, []),
        ([TIP] * 12, [AlertKind.CHAIN_STALLED]),
        ([*[TIP] * 11, NEXT_TIP], []),
        # The alert about silence says it better.
        ([*[TIP] * 11, Silence(), Silence()], [AlertKind.CHAIN_OUTAGE]),
        ([TIP, *[Silence()] * 11, TIP], [AlertKind.CHAIN_STALLED]),
        ([TIP, *[Silence()] * 11, NEXT_TIP], []),
    ],
)
def test_a_tip_that_stands_still_for_more_than_ten_minutes_is_no_tip(
    answers: list[chain_watch.TipResponse], expected: list[AlertKind]
) -> None:
    assert kinds(asked(*answers)) == expected


def test_a_stalled_provider_is_named_with_the_block_it_stopped_at() -> None:
    (trouble,) = chain_watch.stalled(
        asked(*[TIP] * 12), ChainRows(waiting=2), network="preview", at=NOW
    )

    assert trouble.sentence == (
        "The chain's provider answers, and has shown no block after 4711 since 11:49 UTC on 01 March."
        " Retirements go on; 2 records wait."
    )


def test_a_schedule_that_is_a_few_seconds_early_delays_no_alert() -> None:
    silent = after_query(ProviderState(), Silence(), NOW)

    assert kinds(silent, at=NOW + timedelta(seconds=54)) == []
    assert kinds(silent, at=NOW + timedelta(seconds=55)) == [AlertKind.CHAIN_OUTAGE]


@pytest.mark.parametrize(
    ("state", "answers"),
    [
        (asked(), False),
        (asked(TIP), True),
        (asked(TIP, Silence()), False),
        (asked(TIP, ProviderRefusal()), False),
        (asked(Silence(), TIP), True),
    ],
)
def test_a_provider_answers_when_its_last_question_was_answered(
    state: ProviderState, answers: bool
) -> None:
    assert state.answers is answers


def test_troubles_begin_with_the_first_question_of_their_kind() -> None:
    assert asked(TIP, Silence(), Silence()).silent_since == NOW - MINUTE
    assert asked(TIP, ProviderRefusal(), ProviderRefusal()).refused_since == NOW - MINUTE


def test_a_provider_that_turned_us_away_is_requested_again_after_ten_minutes() -> None:
    refused = asked(TIP, ProviderRefusal())

    assert not may_query(refused, NOW + 9 * MINUTE)
    assert may_query(refused, NOW + 10 * MINUTE)
    assert may_query(asked(TIP, Silence()), NOW)
    assert may_query(ProviderState(), NOW)


def funds(lovelace: int | None, **changes: object) -> ChainRows:
    return replace(ChainRows(wallets=(WalletFunds(ADDRESS, lovelace),)), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (funds(None), []),
        (funds(0), [AlertKind.WALLET_LOW]),
        (funds(CHANGE + FEES_LEFT_MIN * FULL_TRANSACTION_FEE_LOVELACE), []),
        (funds(CHANGE + FEES_LEFT_MIN * FULL_TRANSACTION_FEE_LOVELACE - 1), [AlertKind.WALLET_LOW]),
        (funds(CHANGE + 90_000_000, recent_fees_lovelace=(170_000, 190_000)), []),
        (
            funds(CHANGE + 89_999_999, recent_fees_lovelace=(170_000, 190_000)),
            [AlertKind.WALLET_LOW],
        ),
    ],
)
def test_a_wallet_is_low_below_500_mean_fees(rows: ChainRows, expected: list[AlertKind]) -> None:
    assert kinds(rows=rows) == expected


def test_what_stays_behind_as_change_pays_no_fee() -> None:
    assert fees_left(WalletFunds(ADDRESS, CHANGE), 170_000) == 0
    assert fees_left(WalletFunds(ADDRESS, CHANGE + 170_000), 170_000) == 1
    assert fees_left(WalletFunds(ADDRESS, 0), 170_000) == 0


def test_the_fee_of_a_full_transaction_is_what_the_protocol_asks_for_its_bytes() -> None:
    assert FULL_TRANSACTION_FEE_LOVELACE == 876_277


def test_each_low_wallet_is_named_and_a_frozen_one_too() -> None:
    rows = ChainRows(
        wallets=(WalletFunds("a", 5), WalletFunds("b", 10**12, frozen=True), WalletFunds("c", 9))
    )

    found = [
        (trouble.kind, trouble.subject)
        for trouble in chain_watch.troubles(ProviderState(), rows, network="preview", at=NOW)
    ]

    assert found == [
        (AlertKind.WALLET_LOW, "a"),
        (AlertKind.WALLET_LOW, "c"),
        (AlertKind.WALLET_FROZEN, "b"),
    ]


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(0), []),
        (timedelta(minutes=10), []),
        (timedelta(minutes=10, microseconds=1), [AlertKind.CONFIRMATION_SLOW]),
    ],
)
def test_a_record_that_waits_longer_than_ten_minutes_is_slow(
    waited: timedelta, expected: list[AlertKind]
) -> None:
    assert kinds(rows=ChainRows(waiting=3, waiting_since=NOW - waited)) == expected


@pytest.mark.parametrize(
    ("attempts", "failures", "expected"),
    [
        (0, 0, []),
        (2, 2, []),
        (3, 3, [AlertKind.CHAIN_FAILURES]),
        (19, 2, []),
        (19, 3, [AlertKind.CHAIN_FAILURES]),
        (20, 1, []),
        (20, 2, [AlertKind.CHAIN_FAILURES]),
        (100, 5, []),
        (60, 3, []),
        (100, 6, [AlertKind.CHAIN_FAILURES]),
    ],
)
def test_more_than_five_per_cent_are_too_many_failures_of_twenty_attempts_or_when_there_are_three(
    attempts: int, failures: int, expected: list[AlertKind]
) -> None:
    assert kinds(rows=ChainRows(attempts=attempts, failures=failures)) == expected


@given(st.integers(20, 10_000), st.data())
def test_the_share_of_failures_is_never_rounded(attempts: int, data: st.DataObject) -> None:
    failures = data.draw(st.integers(0, attempts))

    found = chain_watch.failure_rate(
        ChainRows(attempts=attempts, failures=failures), network="preview"
    )

    assert bool(found) == (failures / attempts > 0.05)


def test_each_confirmed_transaction_that_is_gone_and_each_parked_record_is_named() -> None:
    lost = GoneTransaction("ef" * 32, confirmed_at=NOW, records=2)
    stopped = ParkedRecordSummary(
        named("record"), "transfer", "Metadata at '/msg':\n over 64 bytes"
    )

    found = chain_watch.troubles(
        ProviderState(), ChainRows(gone=(lost,), parked=(stopped,)), network="preview", at=NOW
    )

    assert [(trouble.kind, trouble.subject) for trouble in found] == [
        (AlertKind.RECORD_GONE, lost.tx_hash),
        (AlertKind.RECORD_PARKED, str(stopped.record_id)),
    ]
    assert "was confirmed and is gone" in found[0].sentence
    assert found[1].sentence.endswith("a person: Metadata at '/msg': over 64 bytes")
