"""
Staff are told of every activity that fails again and again, whichever workflow it belongs to.

Most activities are tried again without end, because a database or a chain that comes back must find
the work still wanted. Without this nobody would learn of a fault that no trial can heal.
"""

import asyncio
import traceback
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.alerts import settle
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from activities.ports.clock import Clock
from activities.ports.credits import NumberingUsedUp
from activities.ports.database import Database, UnitOfWork
from domain.chain.alerts import SAME_TROUBLE_WITHIN, Alert, AlertCondition, AlertKind
from domain.identifiers import derived_id

ATTEMPTS_BEFORE_ALERT = 10
"""A minute and a half for what asks the database only; longer for what is tried less often."""

ATTEMPTS_BEFORE_ALERT_PERMANENT = 3
"""For errors of our own code or data, which the next attempt meets again."""

PERMANENT = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    NumberingUsedUp,
    TypeError,
    ValueError,
)
ALERTS_PER_ACTIVITY_MAX = 10
"""When a store or server is away thousands of workflows fail alike, and ten alerts say it."""

GONE_AFTER = timedelta(hours=3)
"""
Longer than any activity waits between two attempts (an hour at most, for webhooks): one that has not
failed since then was ended with its workflow, or by hand, and its alert is over.
"""

SUBJECT_LENGTH_MAX = 200
"""Of alerts.subject. The end of a longer one tells more: the workflow's own id, and the activity."""

WAITS = frozenset({"NotFinalYet", "NotConfirmedNow", "ChainMisconfigured"})
"""Types of ApplicationError that say that something is awaited; the chain's own alerts speak of it."""


class RepeatedFaults:
    """What is kept of activities that fail; names activities, workflows and kinds of error, no more."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, info: activity.Info, kind: str) -> None:
        """Raise the alert, or say in it how often it has failed by now."""
        at = self._clock.now()
        sentence = (
            f"{info.activity_type} of the workflow {info.workflow_id} has failed {info.attempt} times"
            f" ({kind}) and is tried again."
        )
        condition = AlertCondition(AlertKind.ACTIVITY_STUCK, _subject(info), sentence)
        run_id = UUID(info.workflow_run_id)
        async with self._database.transaction() as work:
            if await _says_enough(work, info, at):
                return
            await settle(
                work,
                [condition],
                watched=(),
                watch_id=derived_id(run_id, f"{info.activity_id}/{info.attempt}"),
                at=at,
            )

    async def clear(self, info: activity.Info) -> None:
        """It has come to its end, well or with a refusal."""
        at = self._clock.now()
        async with self._database.transaction() as work:
            for alert in await _open(work, at):
                if alert.subject == _subject(info):
                    await work.chain.alerts.save(replace(alert, cleared_at=at))


async def clear_gone(work: UnitOfWork, at: datetime) -> None:
    """Clear the alerts of activities that nobody tries any more."""
    for alert in await _open(work, at):
        if at - (alert.seen_at or alert.raised_at) > GONE_AFTER:
            await work.chain.alerts.save(replace(alert, cleared_at=at))


async def _open(work: UnitOfWork, at: datetime) -> list[Alert]:
    known = await work.chain.alerts.lock_recent(at - SAME_TROUBLE_WITHIN)
    return [alert for alert in known if alert.is_open and alert.kind is AlertKind.ACTIVITY_STUCK]


async def _says_enough(work: UnitOfWork, info: activity.Info, at: datetime) -> bool:
    alike = [
        alert.subject
        for alert in await _open(work, at)
        if alert.subject.endswith(f"/{info.activity_type}")
    ]
    return len(alike) >= ALERTS_PER_ACTIVITY_MAX and _subject(info) not in alike


def _subject(info: activity.Info) -> str:
    return f"{info.workflow_id}/{info.activity_type}"[-SUBJECT_LENGTH_MAX:]


def _attempts_before_alert(error: BaseException) -> int | None:
    """None: it is no fault, or one that has an alert of its own."""
    if isinstance(error, ChainUnavailable | ChainMisconfigured):
        return None
    if isinstance(error, ApplicationError) and (
        error.category is ApplicationErrorCategory.BENIGN
        or error.non_retryable
        or error.type in WAITS
    ):
        return None
    if isinstance(error, PERMANENT):
        return ATTEMPTS_BEFORE_ALERT_PERMANENT
    return ATTEMPTS_BEFORE_ALERT


class _FaultsInbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, faults: RepeatedFaults) -> None:
        super().__init__(next)
        self._faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        try:
            answer = await self.next.execute_activity(input)
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details and details.timed_out and info.attempt >= ATTEMPTS_BEFORE_ALERT:
                await self._without_harm(self._faults.note(info, "out of time"))
            raise
        except Exception as error:
            attempts = _attempts_before_alert(error)
            if attempts is not None and info.attempt >= attempts:
                activity.metric_meter().create_counter("registry_activity_faults").add(
                    1, {"activity": info.activity_type}
                )
                activity.logger.error(
                    "activity_keeps_failing",
                    extra={"error": [type(error).__name__], "places": _places(error)},
                )
                await self._without_harm(self._faults.note(info, type(error).__name__))
            elif isinstance(error, ApplicationError) and error.non_retryable:
                await self._over(info)
            raise
        await self._over(info)
        return answer

    async def _over(self, info: activity.Info) -> None:
        # Before that there can be no alert, and nearly every activity ends at its first attempt.
        if info.attempt > ATTEMPTS_BEFORE_ALERT_PERMANENT:
            await self._without_harm(self._faults.clear(info))

    @staticmethod
    async def _without_harm(noting: Coroutine[Any, Any, None]) -> None:
        """What an activity brought about stands, whether or not it can be told."""
        try:
            await noting
        except Exception as error:  # noqa: BLE001 -- the database itself may be what is away
            activity.logger.warning("A repeated fault was not noted: %s", type(error).__name__)


def _places(error: Exception) -> list[str]:
    """Messages of errors may quote what people wrote, so only kinds and places are logged."""
    return [str(place) for place in traceback.extract_tb(error.__traceback__)[-8:]]


class FaultInterceptor(Interceptor):
    """Stands outside of `RefusalInterceptor`: what that makes of a refusal is no fault."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._faults = RepeatedFaults(database, clock)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _FaultsInbound(next, self._faults)
