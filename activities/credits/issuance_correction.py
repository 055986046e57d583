"""Correcting issuances: what was issued in error is cancelled or owed, and what is owed is handed in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, by_topic, tell, tell_staff
from activities.credits import ledger_writes
from activities.credits.replacement import cancel_in_place
from activities.credits.reservation import release_for_loss
from activities.payloads import Payload, PersonalRequest
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.projects.verification_steps import put_on_timeline
from activities.run_once import run_once
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import Account
from domain.credits import issuance_correction as rules
from domain.credits.issuance_correction import IssuanceCorrection, IssuedVintage
from domain.credits.ledger import EntryStatus
from domain.credits.obligation import (
    REPLACEMENT_PERIOD,
    Obligation,
    ObligationStatus,
    fall_overdue,
    make_good,
    require_owed,
)
from domain.credits.reversal import Draw
from domain.errors import NotFound
from domain.identifiers import derived_id
from domain.projects.projects import Project
from domain.projects.verification import EventType
from domain.publishing import events
from domain.publishing.events import EventName
from domain.quantities import format_tonnes
from domain.visible_text import isolated

PLACE = "/corrections"


class IssuanceCorrectionPayload(Payload):
    """How it came to that, or why these units are handed in; public."""

    reason: str


class CorrectIssuance(PersonalRequest):
    """The reason is the stored request `correction_id`; `quantity_units` are of 0.01 t CO2e."""

    correction_id: UUID
    verification_id: UUID
    vintage: int
    quantity_units: int
    actor_id: UUID


class HandIn(PersonalRequest):
    """The reason is the stored request `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

    transaction_id: UUID
    correction_id: UUID
    serial: str
    quantity_units: int
    actor_id: UUID


class CorrectionDeadline(Payload):
    correction_id: UUID


class CorrectionStep(Payload):
    """Where a correction stands after a step; `owed_units` are still to be handed in, by `due_at`."""

    correction_id: UUID
    status: ObligationStatus
    owed_units: int
    due_at: datetime | None = None
    notification_ids: tuple[UUID, ...] = ()


class IssuanceCorrectionActivities:
    """Corrections wait for a reversal under way, and it for them: both take what the buffer holds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wallet_notifier: WalletNotifier | None = None,
        *,
        replaced_within: timedelta = REPLACEMENT_PERIOD,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wallet_notifier = wallet_notifier
        self._replaced_within = replaced_within

    @activity.defn
    async def correct_issuance(self, request: CorrectIssuance) -> CorrectionStep:
        """Cancel what is still there of it, and say in public what is owed (domain.credits.issuance_correction)."""
        async with self._database.transaction() as work:
            key = f"correct-issuance/{request.correction_id}"
            step = await run_once(work, key, CorrectionStep, lambda: self._correct(work, request))
        self._notify_wallet()
        return step

    @activity.defn
    async def hand_in(self, request: HandIn) -> CorrectionStep:
        """Cancel units of the supplier's in the place of those that had moved on."""
        async with self._database.transaction() as work:
            key = f"hand-in/{request.transaction_id}"
            step = await run_once(work, key, CorrectionStep, lambda: self._hand_in(work, request))
        self._notify_wallet()
        return step

    @activity.defn
    async def remind_of_correction(self, request: CorrectionDeadline) -> CorrectionStep:
        """Tell the supplier what is owed and by when; nobody when it is settled."""

        async def remind() -> CorrectionStep:
            correction, owed = await _locked(work, request.correction_id)
            if owed is None or owed.status is ObligationStatus.SETTLED:
                return _step(correction, owed)
            project = await lookups.project(work, correction.project_id)
            message = Message(
                NotificationKind.OBLIGATION_REMINDER,
                f"“{isolated(project.title)}” owes {format_tonnes(owed.owed_units)} t CO2e for credits that were "
                f"issued in error, by {owed.due_at:%Y-%m-%d}.",
                _place(correction),
            )
            now = self._clock.now()
            told = await tell(work, _to_supplier(message, correction, project, "reminder", now))
            return _step(correction, owed, told)

        async with self._database.transaction() as work:
            key = f"remind-of-correction/{request.correction_id}"
            return await run_once(work, key, CorrectionStep, remind)

    @activity.defn
    async def note_correction_overdue(self, request: CorrectionDeadline) -> CorrectionStep:
        """Say in public that what is owed is overdue, and tell the supplier and all staff."""

        async def note() -> CorrectionStep:
            now = self._clock.now()
            before, owed = await _locked(work, request.correction_id)
            if owed is None or owed.status is not ObligationStatus.OPEN:
                return _step(before, owed)
            owed = fall_overdue(owed)
            after = before.with_obligation(owed)
            await work.credits.issuance_corrections.save(after)
            await _leave_traces(
                work,
                EventName.ISSUANCE_CORRECTION_OVERDUE,
                before,
                after,
                owed.owed_units,
                None,
                now,
            )
            project = await lookups.project(work, after.project_id)
            message = Message(
                NotificationKind.OBLIGATION_OVERDUE,
                f"{format_tonnes(owed.owed_units)} t CO2e of “{isolated(project.title)}” that were issued in error "
                f"were to be replaced by {owed.due_at:%Y-%m-%d}, and are not.",
                _place(after),
            )
            told = await tell(work, _to_supplier(message, after, project, "overdue", now))
            topic = by_topic(after.id, "overdue")
            told += await tell_staff(work, message, notification_id=topic, at=now)
            return _step(after, owed, told)

        async with self._database.transaction() as work:
            key = f"correction-overdue/{request.correction_id}"
            return await run_once(work, key, CorrectionStep, note)

    def _notify_wallet(self) -> None:
        """Also when it was done before: whoever did it may have died before it notified the wallet."""
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()

    async def _correct(self, work: UnitOfWork, request: CorrectIssuance) -> CorrectionStep:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.correction_id)
        reason = IssuanceCorrectionPayload.model_validate(body).reason
        actor = await lookups.account(work, request.actor_id)
        await work.credits.reversals.lock()
        verification = await lookups.locked_verification(work, request.verification_id)
        project = await lookups.project(work, verification.project_id)
        issued = await work.credits.issuance_corrections.issued(
            request.verification_id, request.vintage
        )
        if issued is None:
            raise NotFound("Nothing was issued for that vintage of this round.")
        rules.require_correctable(
            request.quantity_units,
            issued,
            corrected_units=await work.credits.issuance_corrections.corrected_units(
                request.verification_id, request.vintage
            ),
            actor=actor,
        )
        draws = await self._draws(work, request, issued, project, actor, now)
        correction = rules.correct_issuance(
            request.correction_id,
            about=(verification.id, project.id, request.vintage),
            quantity_units=request.quantity_units,
            cancelled_units=sum(one.quantity_units for one in draws),
            reason=reason,
            actor=actor,
            at=now,
            replaced_within=self._replaced_within,
        )
        await work.credits.issuance_corrections.add(correction)
        for drawn in draws:
            await self._cancel(work, correction, drawn, actor)
        cancelled = correction.quantity_units - correction.owed_units
        sentence = (
            f"{format_tonnes(correction.quantity_units)} t CO2e of {correction.vintage} were issued in error: "
            f"{format_tonnes(cancelled)} t are cancelled, {format_tonnes(correction.owed_units)} t are to be replaced."
        )
        await put_on_timeline(
            work,
            verification,
            EventType.ISSUANCE_CORRECTED,
            actor.id,
            sentence,
            at=now,
            event_id=derived_id(correction.id, "timeline"),
        )
        await _leave_traces(
            work, EventName.ISSUANCE_CORRECTED, None, correction, correction.owed_units, actor, now
        )
        by = f" by {correction.due_at:%Y-%m-%d}" if correction.due_at else ""
        message = Message(
            NotificationKind.OBLIGATION_OPENED
            if correction.owed_units
            else NotificationKind.ISSUANCE_CORRECTED,
            f"“{isolated(project.title)}”: {sentence.removesuffix('.')}{by}.",
            _place(correction),
        )
        told = await tell(work, _to_supplier(message, correction, project, "corrected", now))
        return _step(correction, correction.obligation(0), told)

    @staticmethod
    async def _draws(
        work: UnitOfWork,
        request: CorrectIssuance,
        issued: IssuedVintage,
        project: Project,
        actor: Account,
        at: datetime,
    ) -> Sequence[Draw]:
        """What is cancelled; what the supplier had set aside for somebody comes back first, and is theirs."""
        buffer = await work.credits.entries.lock_buffer()
        unspent = await work.credits.entries.lock_unspent(project.id, request.vintage)
        own = [one for one in unspent if one.owner_id == project.developer_id and issued.has(one)]
        held = await release_for_loss(work, own, actor, at)
        return rules.draw_in_error(
            request.quantity_units,
            issued,
            held=held,
            buffer=buffer,
            supplier_id=project.developer_id,
        )

    @staticmethod
    async def _cancel(
        work: UnitOfWork, correction: IssuanceCorrection, drawn: Draw, actor: Account
    ) -> None:
        write = await ledger_writes.move_units(
            work,
            partial(rules.cancel_in_error, actor=actor, reason=correction.reason),
            drawn.entry,
            drawn.quantity_units,
            becomes=EntryStatus.CANCELLED,
            event=EventName.CREDITS_CANCELLED,
            transaction_id=derived_id(correction.id, f"cancellation/{drawn.entry.serial}"),
            actor=actor,
            at=correction.recorded_at,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
        )
        await work.credits.issuance_corrections.add_cancellation(
            correction.id, write.credit_transaction.id, replaces=False
        )

    async def _hand_in(self, work: UnitOfWork, request: HandIn) -> CorrectionStep:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.transaction_id)
        reason = IssuanceCorrectionPayload.model_validate(body).reason
        actor = await lookups.account(work, request.actor_id)
        before, owed = await _locked(work, request.correction_id)
        if owed is None:
            raise NotFound("Nothing is owed for this correction.")
        require_owed(owed, request.quantity_units)
        write, told = await cancel_in_place(
            work,
            request.serial,
            request.quantity_units,
            transaction_id=request.transaction_id,
            actor=actor,
            reason=reason,
            in_place_of="some that were issued in error",
            at=now,
        )
        await work.credits.issuance_corrections.add_cancellation(
            before.id, write.credit_transaction.id, replaces=True
        )
        owed = make_good(owed, request.quantity_units, at=now)
        after = before.with_obligation(owed)
        if owed.status is ObligationStatus.SETTLED:
            await work.credits.issuance_corrections.save(after)
            await _leave_traces(
                work, EventName.ISSUANCE_CORRECTION_SETTLED, before, after, 0, actor, now
            )
            project = await lookups.project(work, after.project_id)
            message = Message(
                NotificationKind.OBLIGATION_SETTLED,
                f"“{isolated(project.title)}”: all that was issued in error is replaced.",
                _place(after),
            )
            told += await tell(work, _to_supplier(message, after, project, "settled", now))
        return _step(after, owed, told)


async def _locked(
    work: UnitOfWork, correction_id: UUID
) -> tuple[IssuanceCorrection, Obligation | None]:
    found = await work.credits.issuance_corrections.lock(correction_id)
    correction, handed_in = lookups.found(found, "correction")
    return correction, correction.obligation(handed_in)


def _place(correction: IssuanceCorrection) -> str:
    return f"{PLACE}/{correction.id}"


def _to_supplier(
    message: Message,
    correction: IssuanceCorrection,
    project: Project,
    topic: str,
    at: datetime,
) -> Notification:
    return message.to(
        project.developer_id,
        notification_id=derived_id(correction.id, f"notification/{topic}"),
        at=at,
    )


async def _leave_traces(
    work: UnitOfWork,
    name: EventName,
    before: IssuanceCorrection | None,
    after: IssuanceCorrection,
    owed_units: int,
    actor: Account | None,
    at: datetime,
) -> None:
    await work.publishing.outbox.add(events.issuance_corrected(name, after, owed_units, at=at))
    audit(
        work,
        name.value,
        ("issuance_correction", after.id),
        actor_id=actor.id if actor else None,
        before=None if before is None else {"status": before.status.value},
        after={
            "status": after.status.value,
            "verificationId": str(after.verification_id),
            "vintage": after.vintage,
            "quantity": format_tonnes(after.quantity_units),
            "owed": format_tonnes(owed_units),
        },
        at=at,
    )


def _step(
    correction: IssuanceCorrection,
    owed: Obligation | None,
    notification_ids: Sequence[UUID] = (),
) -> CorrectionStep:
    return CorrectionStep(
        correction_id=correction.id,
        status=correction.status,
        owed_units=owed.owed_units if owed else 0,
        due_at=correction.due_at,
        notification_ids=tuple(notification_ids),
    )
