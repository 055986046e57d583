"""The ledger's own check: everything recomputed from rows, and staff told of any difference."""

from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities.alerts import bring_in_line, settle
from activities.audit_and_notify import Message, by_topic, tell_staff
from activities.faults import clear_gone
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.chain.alerts import AlertKind
from domain.credits.ledger_check import LedgerCheck, numbering_troubles


class CheckLedger(Payload):
    """`check_id` names the check for ever."""

    check_id: UUID


class LedgerChecked(Payload):
    """`differences` counts what did not add up, up to domain.credits.ledger_check.DIFFERENCES_MAX."""

    check_id: UUID
    holds: bool
    differences: int = 0
    notification_ids: tuple[UUID, ...] = ()


class ConservationActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def check_ledger(self, request: CheckLedger) -> LedgerChecked:
        """
        Recompute the ledger as it is at one moment, and keep the result.

        Staff are told of differences once, not at every check that finds the same ones again. The
        alert stays open until a check holds.
        """
        async with self._database.transaction() as work:
            checked = await run_once(
                work,
                f"check-ledger/{request.check_id}",
                LedgerChecked,
                lambda: self._check(work, request),
            )
        measure(checked, self._clock.now())
        return checked

    async def _check(self, work: UnitOfWork, request: CheckLedger) -> LedgerChecked:
        known = await work.credits.ledger_checks.last_sentences()
        total, differences = await work.credits.ledger_checks.recompute()
        check = LedgerCheck(request.check_id, self._clock.now(), total, tuple(differences))
        await work.credits.ledger_checks.add(check)
        numbering = await work.credits.entries.numbering()
        # Last, since the alerts are locked from here on and the chain's watch waits for them.
        await clear_gone(work, check.checked_at)
        # The chain's watch mails what is new of this one, within a minute.
        await settle(
            work,
            numbering_troubles(numbering),
            watched={AlertKind.NUMBERING_LOW},
            watch_id=check.id,
            at=check.checked_at,
        )
        await bring_in_line(
            work,
            check.troubles,
            watched={AlertKind.LEDGER_DIFFERENCE},
            watch_id=check.id,
            at=check.checked_at,
        )
        if not check.holds:
            activity.logger.error("The ledger does not add up: %s", " ".join(check.sentences))
        is_news = not check.holds and list(check.sentences) != list(known)
        return LedgerChecked(
            check_id=check.id,
            holds=check.holds,
            differences=len(check.differences),
            notification_ids=await self._tell_staff(work, check) if is_news else (),
        )

    @staticmethod
    async def _tell_staff(work: UnitOfWork, check: LedgerCheck) -> tuple[UUID, ...]:
        message = Message(
            NotificationKind.LEDGER_DIFFERENCE,
            f"The ledger does not add up. {check.sentences[0]}",
            "/conservation",
        )
        return await tell_staff(
            work, message, notification_id=by_topic(check.id, "notification"), at=check.checked_at
        )


def measure(checked: LedgerChecked, at: datetime) -> None:
    """
    For Prometheus, on the worker that checked (docs/operations.md, "The ledger does not add up").

    The moment, in Unix seconds, tells which worker's count is the newest.
    """
    meter = activity.metric_meter()
    meter.create_gauge("registry_ledger_differences").set(checked.differences)
    meter.create_gauge("registry_ledger_checked_seconds").set(int(at.timestamp()))
