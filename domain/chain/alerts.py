"""
Alerts: conditions that somebody must know of, from when they begin until they end.

Whoever watches says each time what it finds at that moment; what was not open before is raised,
what is not found any more is cleared. The sentences name machines and records, never people.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.identifiers import derived_id

SAME_TROUBLE_WITHIN = timedelta(hours=1)
"""What comes back this soon was never over: its alert is opened again, and nobody is told twice."""


class AlertKind(StrEnum):
    """
    chain_outage         the chain's provider gives no answer
    chain_stalled        the chain's provider answers, and shows no new block
    chain_misconfigured  the chain's provider turns us away
    wallet_low           a wallet can pay few more fees
    wallet_frozen        a wallet was frozen, by staff or because its key refused to sign
    confirmation_slow    a record waits too long for its six blocks
    chain_failures       too many transactions fail
    record_gone          a transaction was confirmed, and is gone
    record_parked        a record waits for a person
    ledger_difference    the ledger, recomputed from its rows, does not add up
    activity_stuck       a step of a workflow fails again and again
    numbering_low        few unit numbers are left
    sign_off_difference  what was signed off is not what stands in the database now
    document_difference  object storage does not hold the bytes of a completed document
    chain_history_short  the chain's provider keeps too few blocks to look a record up
    log_broken_off       the transparency log's newest checkpoint is of more leaves, or of others, than there are
    """

    CHAIN_OUTAGE = "chain_outage"
    CHAIN_STALLED = "chain_stalled"
    CHAIN_MISCONFIGURED = "chain_misconfigured"
    WALLET_LOW = "wallet_low"
    WALLET_FROZEN = "wallet_frozen"
    CONFIRMATION_SLOW = "confirmation_slow"
    CHAIN_FAILURES = "chain_failures"
    RECORD_GONE = "record_gone"
    RECORD_PARKED = "record_parked"
    LEDGER_DIFFERENCE = "ledger_difference"
    ACTIVITY_STUCK = "activity_stuck"
    NUMBERING_LOW = "numbering_low"
    SIGN_OFF_DIFFERENCE = "sign_off_difference"
    DOCUMENT_DIFFERENCE = "document_difference"
    CHAIN_HISTORY_SHORT = "chain_history_short"
    LOG_BROKEN_OFF = "log_broken_off"


@dataclass(frozen=True)
class AlertCondition:
    """
    A condition that holds now.

    `subject` is a wallet, transaction, record, network, project, document, the ledger, or a workflow
    and its activity.
    """

    kind: AlertKind
    subject: str
    sentence: str


@dataclass(frozen=True)
class Alert:
    """
    `sentence` says how it stands now, or how it stood when it was cleared.

    `seen_at` is when that was last found; None for alerts of before it was kept.
    """

    id: UUID
    kind: AlertKind
    subject: str
    sentence: str
    raised_at: datetime
    cleared_at: datetime | None = None
    seen_at: datetime | None = field(default=None, compare=False)

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None


@dataclass(frozen=True)
class AlertChanges:
    """`raised` are new, and people are told of them; `changed` are opened again, restated or cleared."""

    raised: Sequence[Alert]
    changed: Sequence[Alert]


def compare(
    known: Iterable[Alert],
    found: Sequence[AlertCondition],
    *,
    watched: Collection[AlertKind],
    watch_id: UUID,
    at: datetime,
) -> AlertChanges:
    """
    What becomes of the alerts, given what a watch found of the kinds that it `watched`.

    `known` are the open ones and those cleared in the last hour, of any kind; the newest of a kind
    and subject counts. `watch_id` names the new ones, so that the same watch raises nothing twice.
    """
    newest: dict[tuple[AlertKind, str], Alert] = {}
    for alert in sorted(known, key=lambda alert: alert.raised_at):
        newest[alert.kind, alert.subject] = alert
    raised, changed = [], []
    for trouble in found:
        alert_before = newest.pop((trouble.kind, trouble.subject), None)
        if alert_before is None or _is_long_over(alert_before, at):
            raised.append(_raise(trouble, watch_id, at))
        elif not alert_before.is_open or alert_before.sentence != trouble.sentence:
            changed.append(
                replace(alert_before, sentence=trouble.sentence, cleared_at=None, seen_at=at)
            )
    changed += [
        replace(alert, cleared_at=at)
        for alert in newest.values()
        if alert.is_open and alert.kind in watched
    ]
    return AlertChanges(raised, changed)


def _is_long_over(alert: Alert, at: datetime) -> bool:
    return alert.cleared_at is not None and at - alert.cleared_at > SAME_TROUBLE_WITHIN


def _raise(trouble: AlertCondition, watch_id: UUID, at: datetime) -> Alert:
    return Alert(
        id=derived_id(watch_id, f"{trouble.kind}/{trouble.subject}"),
        kind=trouble.kind,
        subject=trouble.subject,
        sentence=trouble.sentence,
        raised_at=at,
        seen_at=at,
    )
