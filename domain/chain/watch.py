"""
What is wrong with the way to the chain, told from our own rows and one question to the provider.

Each rule is a function that gives the troubles it finds, with its threshold beside it (ADR 0017).
Retirements go on through all of them: they move records out of the queue, never into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.chain.alerts import AlertCondition, AlertKind
from domain.chain.transactions import Tip

OUTAGE_AFTER = timedelta(seconds=55)
"""A minute: two questions in a row without an answer, less what a schedule may be early."""

STALLED_AFTER = timedelta(minutes=10)
"""Blocks come every 20 s on average: no chain is without one for so long, but an index that hangs is."""

QUERY_AGAIN_AFTER_REFUSAL = timedelta(minutes=10)
"""Whoever knocks after 402, 403 or 418 is banned the longer (Blockfrost, "Limits")."""

FEES_LEFT_MIN = 500
"""About 90 ADA; at one record a minute there are eight hours left to send more (notes on chaining)."""

SMALLEST_CHANGE_LOVELACE = 849_070
"""What has to stay behind with every fee: the smallest output the ledger takes at an address of ours."""

FEES_REMEMBERED = 50
"""The mean fee is that of so many of the newest transactions."""

FULL_TRANSACTION_FEE_LOVELACE = 44 * 16_384 + 155_381
"""What the largest transaction costs (min_fee_a, max_tx_size, min_fee_b), as long as none was sent."""

SLOW_AFTER = timedelta(minutes=10)
"""Six blocks take 140 s on average and 291 s in 99 of 100 cases (notes on confirmations): twice that."""

FAILURES_PERCENT_MAX = 5
FAILURE_ATTEMPTS_MIN = 20
"""Below it, one failure would already be more than five per cent."""
FAILURES_TOO_MANY = 3
"""However few attempts there were: the third time it is no accident any more."""
FAILURE_WINDOW = timedelta(hours=24)

WATCHED = frozenset(
    {
        AlertKind.CHAIN_OUTAGE,
        AlertKind.CHAIN_STALLED,
        AlertKind.CHAIN_MISCONFIGURED,
        AlertKind.WALLET_LOW,
        AlertKind.WALLET_FROZEN,
        AlertKind.CONFIRMATION_SLOW,
        AlertKind.CHAIN_FAILURES,
        AlertKind.RECORD_GONE,
        AlertKind.RECORD_PARKED,
    }
)
"""What this watch raises and clears; alerts of other kinds are others' business."""


@dataclass(frozen=True)
class ProviderState:
    """
    What is known of the provider from the questions of the watch and the answers to the follower.

    `silent_since` is the first question without an answer since the last one that had one,
    `refused_since` likewise for being turned away. `tip_seen_at` is when the newest block was first
    seen, `told_at` when a webhook of the provider last came.
    """

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    silent_since: datetime | None = None
    refused_since: datetime | None = None
    tip_height: int | None = None
    tip_slot: int | None = None
    tip_hash: str | None = None
    tip_seen_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def answers(self) -> bool:
        """Whether the last question had an answer."""
        silent = self.silent_since is not None or self.refused_since is not None
        return self.answered_at is not None and not silent


@dataclass(frozen=True)
class Silence:
    """No answer, or none that means anything: a timeout, 429, 5xx."""


@dataclass(frozen=True)
class ProviderRefusal:
    """402, 403 or 418."""


TipResponse = Tip | Silence | ProviderRefusal


@dataclass(frozen=True)
class WalletFunds:
    """
    What a wallet holds as far as we know; `lovelace` None: we were never told of any output.

    `refusal` is why the registry itself has frozen it; frozen without it, staff have.
    """

    address: str
    lovelace: int | None
    outputs: int = 0
    frozen: bool = False
    refusal: str | None = None


@dataclass(frozen=True)
class GoneTransaction:
    """It was confirmed, and now the chain does not show six blocks on top of it."""

    tx_hash: str
    confirmed_at: datetime
    records: int


@dataclass(frozen=True)
class ParkedRecordSummary:
    record_id: UUID
    kind: str
    reason: str


@dataclass(frozen=True)
class ChainRows:
    """
    Our own side, at one moment.

    `waiting` counts records that are queued, or submitted and not confirmed. `waiting_since` is when
    the longest of these waits began: anew when a transaction of its was given up, or rolled back
    after it had been confirmed. `attempts` and `failures` are those of the last day: transactions built, of which expired or were rolled back,
    and records parked, each of them both. `not_shown` counts transactions that stand in history which
    the provider does not keep.
    """

    queued: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    in_flight: int = 0
    wallets: tuple[WalletFunds, ...] = ()
    recent_fees_lovelace: tuple[int, ...] = ()
    attempts: int = 0
    failures: int = 0
    gone: tuple[GoneTransaction, ...] = ()
    parked: tuple[ParkedRecordSummary, ...] = ()
    not_shown: int = 0


def may_query(state: ProviderState, at: datetime) -> bool:
    """Whether to ask the provider now; after being turned away only now and then."""
    if state.refused_since is None or state.asked_at is None:
        return True
    return at - state.asked_at >= QUERY_AGAIN_AFTER_REFUSAL


def after_query(state: ProviderState, response: TipResponse, at: datetime) -> ProviderState:
    queried = replace(state, asked_at=at)
    if isinstance(response, Silence):
        return replace(queried, silent_since=state.silent_since or at)
    if isinstance(response, ProviderRefusal):
        return replace(queried, silent_since=None, refused_since=state.refused_since or at)
    known = state.tip_hash == response.block_hash
    return ProviderState(
        asked_at=at,
        answered_at=at,
        tip_height=response.height,
        tip_slot=response.slot,
        tip_hash=response.block_hash,
        tip_seen_at=state.tip_seen_at if known else at,
        told_at=state.told_at,
    )


def troubles(
    state: ProviderState, rows: ChainRows, *, network: str, at: datetime
) -> Sequence[AlertCondition]:
    """Everything that is wrong at this moment."""
    return [
        *outage(state, rows, network=network, at=at),
        *stalled(state, rows, network=network, at=at),
        *misconfigured(state, network=network),
        *low_balance(rows),
        *frozen_wallets(rows),
        *slow_confirmation(rows, network=network, at=at),
        *failure_rate(rows, network=network),
        *gone(rows),
        *parked(rows),
    ]


def outage(
    state: ProviderState, rows: ChainRows, *, network: str, at: datetime
) -> Sequence[AlertCondition]:
    if state.silent_since is None or at - state.silent_since < OUTAGE_AFTER:
        return []
    since = state.silent_since.strftime("%H:%M UTC on %d %B")
    sentence = (
        f"The chain's provider has given no answer since {since}."
        f" Retirements go on; {_counted(rows.waiting, 'record waits', 'records wait')}."
    )
    return [AlertCondition(AlertKind.CHAIN_OUTAGE, network, sentence)]


def stalled(
    state: ProviderState, rows: ChainRows, *, network: str, at: datetime
) -> Sequence[AlertCondition]:
    seen_at = state.tip_seen_at
    if not state.answers or seen_at is None or at - seen_at <= STALLED_AFTER:
        return []
    since = seen_at.strftime("%H:%M UTC on %d %B")
    sentence = (
        f"The chain's provider answers, and has shown no block after {state.tip_height} since {since}."
        f" Retirements go on; {_counted(rows.waiting, 'record waits', 'records wait')}."
    )
    return [AlertCondition(AlertKind.CHAIN_STALLED, network, sentence)]


def misconfigured(state: ProviderState, *, network: str) -> Sequence[AlertCondition]:
    if state.refused_since is None:
        return []
    sentence = (
        "The chain's provider turns us away (402, 403 or 418): its quota is used up, the project id"
        " is refused, or we are banned. Retirements go on; their records wait."
    )
    return [AlertCondition(AlertKind.CHAIN_MISCONFIGURED, network, sentence)]


def mean_fee_lovelace(rows: ChainRows) -> int:
    fees = rows.recent_fees_lovelace
    return sum(fees) // len(fees) if fees else FULL_TRANSACTION_FEE_LOVELACE


def fees_left(funds: WalletFunds, mean_fee: int) -> int | None:
    """
    How many more transactions a wallet can pay; None as long as we know of no output.

    Small outputs count: when the largest cannot pay, it is spent together with the next ones
    (activities/chain/anchoring.py), so that all pay but the change that stays behind.
    """
    if funds.lovelace is None:
        return None
    return max(0, funds.lovelace - SMALLEST_CHANGE_LOVELACE) // mean_fee


def low_balance(rows: ChainRows) -> Sequence[AlertCondition]:
    mean_fee = mean_fee_lovelace(rows)
    found = []
    for funds in rows.wallets:
        left = fees_left(funds, mean_fee)
        if left is not None and left < FEES_LEFT_MIN:
            sentence = (
                f"The wallet {funds.address} can pay {_counted(left, 'more fee', 'more fees')};"
                f" send it ADA. Below {FEES_LEFT_MIN} fees it is time."
            )
            found.append(AlertCondition(AlertKind.WALLET_LOW, funds.address, sentence))
    return found


def frozen_wallets(rows: ChainRows) -> Sequence[AlertCondition]:
    return [
        AlertCondition(
            AlertKind.WALLET_FROZEN,
            funds.address,
            f"The wallet {funds.address} is frozen{_why(funds)}; records wait until it is resumed.",
        )
        for funds in rows.wallets
        if funds.frozen
    ]


def _why(funds: WalletFunds) -> str:
    return f" by the registry itself ({funds.refusal})" if funds.refusal else " by staff"


def slow_confirmation(rows: ChainRows, *, network: str, at: datetime) -> Sequence[AlertCondition]:
    if rows.waiting_since is None or at - rows.waiting_since <= SLOW_AFTER:
        return []
    minutes = int((at - rows.waiting_since).total_seconds() // 60)
    sentence = (
        f"The oldest of {_counted(rows.waiting, 'waiting record', 'waiting records')} has waited"
        f" {minutes} minutes for its confirmation."
    )
    return [AlertCondition(AlertKind.CONFIRMATION_SLOW, network, sentence)]


def failure_rate(rows: ChainRows, *, network: str) -> Sequence[AlertCondition]:
    enough = rows.attempts >= FAILURE_ATTEMPTS_MIN or rows.failures >= FAILURES_TOO_MANY
    if not enough or rows.failures * 100 <= rows.attempts * FAILURES_PERCENT_MAX:
        return []
    sentence = (
        f"{rows.failures} of {rows.attempts} attempts to write to the chain failed in the last 24"
        " hours: they expired, were rolled back, or their records were parked."
    )
    return [AlertCondition(AlertKind.CHAIN_FAILURES, network, sentence)]


def gone(rows: ChainRows) -> Sequence[AlertCondition]:
    return [
        AlertCondition(
            AlertKind.RECORD_GONE,
            lost.tx_hash,
            f"Transaction {lost.tx_hash} was confirmed and is gone: the chain took its block back,"
            f" with {_counted(lost.records, 'record', 'records')} of ours. The same bytes are sent"
            " again; the ledger is not touched.",
        )
        for lost in rows.gone
    ]


def parked(rows: ChainRows) -> Sequence[AlertCondition]:
    return [
        AlertCondition(
            AlertKind.RECORD_PARKED,
            str(record.record_id),
            f"The chain record {record.record_id} ({record.kind}) is parked and waits for a person:"
            f" {' '.join(record.reason.split())}",
        )
        for record in rows.parked
    ]


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
