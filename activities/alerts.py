"""Raising and clearing alerts, and telling staff once of each."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import activity

from activities.audit_and_notify import Message, by_topic, tell_staff
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.chain.alerts import SAME_TROUBLE_WITHIN, Alert, AlertCondition, AlertKind, compare

LINK = "/staff/alerts"
MAILED_FOR = timedelta(days=1)
"""A mail that could not be sent for a day is given up; its notification stays in the app."""


async def settle(
    work: UnitOfWork,
    found: Sequence[AlertCondition],
    *,
    watched: Collection[AlertKind],
    watch_id: UUID,
    at: datetime,
) -> Sequence[UUID]:
    """
    Bring the alerts in line with what a watch found (domain.chain.alerts.compare).

    Answers the notifications about alerts that were not mailed yet, those of earlier watches too.
    """
    raised = await bring_in_line(work, found, watched=watched, watch_id=watch_id, at=at)
    await _tell_of(work, raised, watch_id, at)
    return await work.accounts.notifications.unmailed_of(NotificationKind.ALERT, at - MAILED_FOR)


async def bring_in_line(
    work: UnitOfWork,
    found: Sequence[AlertCondition],
    *,
    watched: Collection[AlertKind],
    watch_id: UUID,
    at: datetime,
) -> Sequence[Alert]:
    """Raise, restate and clear, and answer what was raised; for watches that tell staff in their own words."""
    known = await work.chain.alerts.lock_recent(at - SAME_TROUBLE_WITHIN)
    changes = compare(known, found, watched=watched, watch_id=watch_id, at=at)
    for alert in changes.changed:
        await work.chain.alerts.save(alert)
    for alert in changes.raised:
        await work.chain.alerts.add(alert)
        activity.logger.error("Alert %s: %s", alert.kind, alert.sentence)
    return changes.raised


async def _tell_of(work: UnitOfWork, raised: Sequence[Alert], watch_id: UUID, at: datetime) -> None:
    """One message for each kind: a rollback may undo hundreds of transactions at once."""
    by_kind: dict[AlertKind, list[Alert]] = defaultdict(list)
    for alert in raised:
        by_kind[alert.kind].append(alert)
    for kind, alerts in by_kind.items():
        message = Message(NotificationKind.ALERT, _sentence(alerts), LINK)
        await tell_staff(
            work, message, notification_id=by_topic(watch_id, f"notification/{kind}"), at=at
        )


def _sentence(alerts: Sequence[Alert]) -> str:
    more = len(alerts) - 1
    return alerts[0].sentence + (f" There are {more} more like this." if more else "")
