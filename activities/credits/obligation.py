"""Making a loss good: units cancelled in the place of lost ones, and what follows when nobody does."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.credits import ledger_writes, suspension
from activities.credits.replacement import cancel_in_place
from activities.payloads import Payload
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account, Permission
from domain.credits import obligation as rules
from domain.credits.ledger import CreditTransaction, EntryStatus
from domain.credits.obligation import Obligation, ObligationStatus
from domain.credits.reversal import Reversal
from domain.credits.suspension import cancel_suspended
from domain.errors import NotFound
from domain.identifiers import derived_id
from domain.projects.verification import EventType
from domain.publishing import events
from domain.publishing.events import EventName
from domain.quantities import format_tonnes
from domain.visible_text import isolated

MAILED_MAX = 500


class ObligationPayload(Payload):
    """Why these units stand for the lost ones, or are taken away; public."""

    reason: str


class ReplaceLoss(Payload):
    """The reason is the stored request `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

    transaction_id: UUID
    reversal_id: UUID
    serial: str
    quantity_units: int
    actor_id: UUID


class CancelSuspended(Payload):
    """The reason is the stored request `operation_id`."""

    operation_id: UUID
    reversal_id: UUID
    actor_id: UUID


class ObligationDeadline(Payload):
    """The obligation that is soon due, or is."""

    reversal_id: UUID


class ObligationStep(Payload):
    """Where an obligation stands after a step; `owed_units` are still to be made good."""

    reversal_id: UUID
    owed_units: int
    settled: bool
    reinstated_units: int = 0
    notification_ids: tuple[UUID, ...] = ()


class ObligationActivities:
    """Everything here waits for a reversal under way, as reversals wait for one another."""

    def __init__(
        self, database: Database, clock: Clock, wallet_notifier: WalletNotifier | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._wallet_notifier = wallet_notifier

    @activity.defn
    async def replace_loss(self, request: ReplaceLoss) -> ObligationStep:
        """
        Cancel units in the place of lost ones (domain.credits.obligation.replace_lost).

        As many suspended units become active again as are more than what is still owed.
        """
        async with self._database.transaction() as work:
            step = await run_once(
                work,
                f"replace-loss/{request.transaction_id}",
                ObligationStep,
                lambda: self._replace(work, request),
            )
        self._notify_wallet()
        return step

    @activity.defn
    async def cancel_suspended(self, request: CancelSuspended) -> ObligationStep:
        """Take away what an overdue obligation suspends (domain.credits.suspension.cancel_suspended)."""
        async with self._database.transaction() as work:
            step = await run_once(
                work,
                f"cancel-suspended/{request.operation_id}",
                ObligationStep,
                lambda: self._cancel_all(work, request),
            )
        self._notify_wallet()
        return step

    @activity.defn
    async def remind_of_obligation(self, request: ObligationDeadline) -> ObligationStep:
        """Tell the supplier what is owed and by when; nobody when it is settled."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"remind-of-obligation/{request.reversal_id}",
                ObligationStep,
                lambda: self._remind(work, request),
            )

    @activity.defn
    async def note_obligation_overdue(self, request: ObligationDeadline) -> ObligationStep:
        """Say in public that an obligation is overdue, and tell the supplier and all staff."""
        async with self._database.transaction() as work:
            return await run_once(
                work,
                f"obligation-overdue/{request.reversal_id}",
                ObligationStep,
                lambda: self._note_overdue(work, request),
            )

    def _notify_wallet(self) -> None:
        """Also when it was done before: whoever did it may have died before it notified the wallet."""
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()

    async def _replace(self, work: UnitOfWork, request: ReplaceLoss) -> ObligationStep:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.transaction_id)
        reason = ObligationPayload.model_validate(body).reason
        actor = await lookups.account(work, request.actor_id)
        before, reversal = await _locked(work, request.reversal_id)
        rules.require_owed(before, request.quantity_units)
        write, told = await cancel_in_place(
            work,
            request.serial,
            request.quantity_units,
            transaction_id=request.transaction_id,
            actor=actor,
            reason=reason,
            in_place_of="lost ones",
            at=now,
        )
        await work.credits.obligations.add_cancellation(reversal.id, write.credit_transaction.id)
        after = rules.make_good(before, request.quantity_units, at=now)
        reinstated_units, told_holders = await suspension.reinstate_all(
            work,
            after,
            reason=f"Made good by {write.moved.serial}.",
            cause=write.credit_transaction,
            actor=actor,
            at=now,
        )
        told += told_holders
        told += await self._settle(work, before, after, reversal, actor, now)
        return _step(after, told, reinstated_units)

    async def _cancel_all(self, work: UnitOfWork, request: CancelSuspended) -> ObligationStep:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.operation_id)
        reason = ObligationPayload.model_validate(body).reason
        actor = await lookups.account(work, request.actor_id)
        actor.require(Permission.CANCEL_CREDITS)
        before, reversal = await _locked(work, request.reversal_id)
        rules.require_overdue(before)
        cancelled: list[CreditTransaction] = []
        told: tuple[UUID, ...] = ()
        for entry in await work.credits.entries.lock_suspended(reversal.id):
            write = await ledger_writes.move_units(
                work,
                partial(cancel_suspended, actor=actor, reason=reason),
                entry,
                entry.units.quantity_units,
                becomes=EntryStatus.CANCELLED,
                event=EventName.CREDITS_CANCELLED,
                transaction_id=derived_id(request.operation_id, f"cancellation/{entry.serial}"),
                actor=actor,
                at=now,
                waiting_workflow_id=ledger_writes.present_workflow_id(),
            )
            await work.credits.obligations.add_cancellation(
                reversal.id, write.credit_transaction.id
            )
            cancelled.append(write.credit_transaction)
            told += await ledger_writes.tell_holder(
                work,
                write,
                NotificationKind.CREDITS_CANCELLED,
                f"{format_tonnes(entry.units.quantity_units)} t CO2e of yours were cancelled as "
                f"{write.moved.serial}: the loss they were suspended for was not made good.",
            )
        if not cancelled:
            raise NotFound("Nothing is suspended for this loss any more.")
        units = sum(transaction.units.quantity_units for transaction in cancelled)
        after = rules.make_good(before, units, at=now)
        told += await self._settle(work, before, after, reversal, actor, now)
        # In the app all are told; so many mails are what one history can hold with ease.
        return _step(after, told[-MAILED_MAX:])

    async def _remind(self, work: UnitOfWork, request: ObligationDeadline) -> ObligationStep:
        obligation, reversal = await _locked(work, request.reversal_id)
        if obligation.status is ObligationStatus.SETTLED:
            return _step(obligation)
        project = await lookups.project(work, reversal.project_id)
        message = Message(
            NotificationKind.OBLIGATION_REMINDER,
            f"“{isolated(project.title)}” owes {format_tonnes(obligation.owed_units)} t CO2e for a loss, "
            f"by {obligation.due_at:%Y-%m-%d}.",
            f"/projects/{project.id}",
        )
        told = await tell(
            work,
            message.to(
                project.developer_id,
                notification_id=derived_id(reversal.id, "obligation-reminder"),
                at=self._clock.now(),
            ),
        )
        return _step(obligation, told)

    async def _note_overdue(self, work: UnitOfWork, request: ObligationDeadline) -> ObligationStep:
        now = self._clock.now()
        before, reversal = await _locked(work, request.reversal_id)
        if before.status is not ObligationStatus.OPEN:
            return _step(before)
        after = rules.fall_overdue(before)
        await work.credits.obligations.save(after)
        project = await lookups.project(work, reversal.project_id)
        sentence = (
            f"{format_tonnes(after.owed_units)} t CO2e of a loss of “{isolated(project.title)}” were due "
            f"{after.due_at:%Y-%m-%d} and are not made good."
        )
        await suspension.add_to_timeline(
            work, reversal, EventType.OBLIGATION_OVERDUE, sentence, None, now
        )
        await work.publishing.outbox.add(
            events.obligation_changed(EventName.OBLIGATION_OVERDUE, after, project.id, at=now)
        )
        _audit(work, "obligation.overdue", before, after, None, now)
        message = Message(NotificationKind.OBLIGATION_OVERDUE, sentence, f"/projects/{project.id}")
        told = await tell(
            work,
            message.to(
                project.developer_id,
                notification_id=derived_id(reversal.id, "obligation-overdue"),
                at=now,
            ),
        )
        told += await tell_staff(
            work, message, notification_id=by_topic(reversal.id, "obligation-overdue"), at=now
        )
        return _step(after, told)

    @staticmethod
    async def _settle(
        work: UnitOfWork,
        before: Obligation,
        after: Obligation,
        reversal: Reversal,
        actor: Account,
        at: datetime,
    ) -> tuple[UUID, ...]:
        """Write down where the obligation stands; when it is settled, say so."""
        _audit(work, "obligation.made_good", before, after, actor.id, at)
        if after.status is not ObligationStatus.SETTLED:
            return ()
        await work.credits.obligations.save(after)
        project = await lookups.project(work, reversal.project_id)
        sentence = f"The loss of {format_tonnes(reversal.quantity_units)} t CO2e is made good."
        await suspension.add_to_timeline(
            work, reversal, EventType.OBLIGATION_SETTLED, sentence, actor.id, at
        )
        await work.publishing.outbox.add(
            events.obligation_changed(EventName.OBLIGATION_SETTLED, after, project.id, at=at)
        )
        message = Message(
            NotificationKind.OBLIGATION_SETTLED,
            f"“{isolated(project.title)}”: {sentence}",
            f"/projects/{project.id}",
        )
        return await tell(
            work,
            message.to(
                project.developer_id,
                notification_id=derived_id(reversal.id, "obligation-settled"),
                at=at,
            ),
        )


async def _locked(work: UnitOfWork, reversal_id: UUID) -> tuple[Obligation, Reversal]:
    await work.credits.reversals.lock()
    return lookups.found(await work.credits.obligations.lock(reversal_id), "obligation")


def _step(
    obligation: Obligation, notification_ids: Sequence[UUID] = (), reinstated_units: int = 0
) -> ObligationStep:
    return ObligationStep(
        reversal_id=obligation.cause_id,
        owed_units=obligation.owed_units,
        settled=obligation.status is ObligationStatus.SETTLED,
        reinstated_units=reinstated_units,
        notification_ids=tuple(notification_ids),
    )


def _audit(
    work: UnitOfWork,
    event_type: str,
    before: Obligation,
    after: Obligation,
    actor_id: UUID | None,
    at: datetime,
) -> None:
    audit(
        work,
        event_type,
        ("reversal", after.cause_id),
        actor_id=actor_id,
        before={"status": before.status.value, "owed": format_tonnes(before.owed_units)},
        after={"status": after.status.value, "owed": format_tonnes(after.owed_units)},
        at=at,
    )
