"""
Recording a reversal: buffer units are cancelled for what was lost, and holders are told.

What they do not cover is owed, and suspends units of the project until it is made good.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.credits import ledger_writes, suspension
from activities.payloads import Payload, PersonalRequest
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import Account
from domain.credits.cancellation import cancel
from domain.credits.ledger import CreditEntry, EntryStatus
from domain.credits.obligation import Obligation, obligation_of
from domain.credits.reversal import (
    Draw,
    Reversal,
    Touched,
    cover,
    draw,
    per_retirement,
    require_reversible,
    touch,
)
from domain.identifiers import derived_id
from domain.projects.projects import Project
from domain.projects.verification import EventType
from domain.publishing import events
from domain.quantities import format_tonnes
from domain.visible_text import isolated


class ReversalPayload(Payload):
    """What was lost and how, in the words of staff; public."""

    cause: str


class RecordReversal(PersonalRequest):
    """The cause is the stored request `reversal_id`; `vintage` None means every vintage of the project."""

    reversal_id: UUID
    project_id: UUID
    quantity_units: int
    vintage: int | None
    avoidable: bool
    actor_id: UUID


class ReversalRecorded(Payload):
    """
    `covered_units` were cancelled from the buffer; `owed_units` are to be made good by `due_at`, and
    `suspended_units` stay blocked as long.

    A loss may touch any number of retirements and holders, so that `notices` counts what is told, and
    `list_notices` names them, a batch at a time. `notification_ids` are the supplier's; older
    histories have all of them there.
    """

    reversal_id: UUID
    covered_units: int
    notices: int = 0
    notification_ids: tuple[UUID, ...] = ()
    owed_units: int = 0
    suspended_units: int = 0
    due_at: datetime | None = None


class ListNotices(Payload):
    """So many of a reversal's notices, from `first` on, counted from 0."""

    reversal_id: UUID
    first: int
    count: int


class NoticesListed(Payload):
    notification_ids: tuple[UUID, ...]


class ReversalActivities:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        wallet_notifier: WalletNotifier | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wallet_notifier = wallet_notifier

    @activity.defn
    async def record_reversal(self, request: RecordReversal) -> ReversalRecorded:
        """
        Cancel buffer units, allot them to the touched retirements, tell their holders (domain.credits.reversal).

        Reversals come one after the other, so that no unit of a retirement is touched twice.
        """
        async with self._database.transaction() as work:
            recorded = await run_once(
                work,
                f"record-reversal/{request.reversal_id}",
                ReversalRecorded,
                lambda: self._record(work, request),
            )
        # Also when it was done before: whoever did it may have died before it notified the wallet.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return recorded

    @activity.defn
    async def list_notices(self, request: ListNotices) -> NoticesListed:
        """Name a part of the notices to holders; each time the same."""
        async with self._database.transaction() as work:
            told = await work.credits.reversals.told_about(
                request.reversal_id, first=request.first, count=request.count
            )
        return NoticesListed(
            notification_ids=tuple(_notice_id(request.reversal_id, one) for one in told)
        )

    async def _record(self, work: UnitOfWork, request: RecordReversal) -> ReversalRecorded:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.reversal_id)
        actor = await lookups.account(work, request.actor_id)
        await work.credits.reversals.lock()
        project = await lookups.project(work, request.project_id)
        await self._require_reversible(work, request, actor)
        reversal = Reversal(
            id=request.reversal_id,
            project_id=project.id,
            vintage=request.vintage,
            quantity_units=request.quantity_units,
            cause=ReversalPayload.model_validate(body).cause,
            avoidable=request.avoidable,
            recorded_by=actor.id,
            recorded_at=now,
        )
        draws = draw(
            await work.credits.entries.lock_buffer(),
            reversal.quantity_units,
            project_id=project.id,
            vintage=reversal.vintage,
        )
        shares = await work.credits.reversals.retired_shares(project.id, reversal.vintage)
        touched = touch(shares, reversal.quantity_units)
        holders = {share.retirement_id: share.account_id for share in touched}
        await work.credits.reversals.add(reversal)
        cancelled = [await self._cancel(work, reversal, drawn, actor) for drawn in draws]
        coverings = cover(touched, [entry.units for entry in cancelled])
        await work.credits.reversals.add_coverings(reversal.id, coverings)
        summed = per_retirement(coverings)
        await tell(work, *(_notice(reversal, one, holders[one.retirement_id]) for one in summed))
        covered_units = sum(entry.units.quantity_units for entry in cancelled)
        obligation = obligation_of(
            reversal.id, lost_units=reversal.quantity_units, covered_units=covered_units, at=now
        )
        suspended = await _block(work, obligation, reversal, project, actor)
        suspended_units = sum(suspended.values())
        await suspension.add_to_timeline(
            work,
            reversal,
            EventType.LOSS_RECORDED,
            _loss_sentence(reversal, covered_units, suspended_units),
            actor.id,
            now,
        )
        await work.publishing.outbox.add(
            events.reversal_recorded(reversal, cancelled, summed, suspended_units, obligation)
        )
        _audit(work, reversal, cancelled, suspended_units)
        return ReversalRecorded(
            reversal_id=reversal.id,
            covered_units=covered_units,
            notices=len(summed) + len(suspended),
            notification_ids=(_obligation_notice_id(reversal.id),) if obligation else (),
            owed_units=obligation.owed_units if obligation else 0,
            suspended_units=suspended_units,
            due_at=obligation.due_at if obligation else None,
        )

    @staticmethod
    async def _require_reversible(
        work: UnitOfWork, request: RecordReversal, actor: Account
    ) -> None:
        # A vintage can lose no more than was issued of it, nor the project than was issued in all.
        for vintage in dict.fromkeys((request.vintage, None)):
            require_reversible(
                request.quantity_units,
                actor=actor,
                issued_units=await work.credits.entries.issued_units(request.project_id, vintage),
                reversed_units=await work.credits.reversals.reversed_units(
                    request.project_id, vintage
                ),
            )

    async def _cancel(
        self, work: UnitOfWork, reversal: Reversal, drawn: Draw, actor: Account
    ) -> CreditEntry:
        """One of the buffer's entries, in whole or part; the cause is the cancellation's reason."""
        transaction_id = derived_id(reversal.id, f"cancellation/{drawn.entry.serial}")
        write = await ledger_writes.move_units(
            work,
            partial(cancel, actor=actor, reason=reversal.cause),
            drawn.entry,
            drawn.quantity_units,
            becomes=EntryStatus.CANCELLED,
            event=events.EventName.CREDITS_CANCELLED,
            transaction_id=transaction_id,
            actor=actor,
            at=reversal.recorded_at,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
        )
        await work.credits.reversals.add_cancellation(reversal.id, write.credit_transaction.id)
        return write.moved


async def _block(
    work: UnitOfWork,
    obligation: Obligation | None,
    reversal: Reversal,
    project: Project,
    actor: Account,
) -> Counter[UUID]:
    """Write down what is owed, suspend units for it and tell people; answers the units by holder."""
    held = Counter[UUID]()
    if obligation is None:
        return held
    await work.credits.obligations.add(obligation)
    for entry in await suspension.suspend_all(work, obligation, reversal, actor):
        held[entry.owner_id] += entry.units.quantity_units
    to_supplier = Message(
        NotificationKind.OBLIGATION_OPENED,
        f"“{isolated(project.title)}” lost {format_tonnes(reversal.quantity_units)} t CO2e. "
        f"{format_tonnes(obligation.owed_units)} t of them are to be made good by "
        f"{obligation.due_at:%Y-%m-%d}.",
        f"/projects/{project.id}",
    ).to(
        project.developer_id,
        notification_id=_obligation_notice_id(reversal.id),
        at=reversal.recorded_at,
    )
    to_holders = (
        Message(
            NotificationKind.CREDITS_SUSPENDED,
            f"{format_tonnes(units)} t CO2e of yours are suspended: carbon of “{isolated(project.title)}” was "
            "lost. They become active again when the loss is made good.",
            f"/projects/{project.id}",
        ).to(holder_id, notification_id=_notice_id(reversal.id, holder_id), at=reversal.recorded_at)
        for holder_id, units in held.items()
    )
    await tell(work, to_supplier, *to_holders)
    return held


def _loss_sentence(reversal: Reversal, covered_units: int, suspended_units: int) -> str:
    return (
        f"{format_tonnes(reversal.quantity_units)} t CO2e were lost; the buffer covers "
        f"{format_tonnes(covered_units)} t, and {format_tonnes(suspended_units)} t are suspended."
    )


def _notice_id(reversal_id: UUID, subject_id: UUID) -> UUID:
    return derived_id(reversal_id, f"notification/{subject_id}")


def _obligation_notice_id(reversal_id: UUID) -> UUID:
    return derived_id(reversal_id, "obligation-opened")


def _notice(reversal: Reversal, touched: Touched, holder_id: UUID) -> Notification:
    message = Message(
        NotificationKind.RETIREMENT_REVERSED,
        (
            f"A reversal touches {format_tonnes(touched.touched_units)} t CO2e of a retirement "
            f"of yours; cancelled buffer credits stand for {format_tonnes(touched.covered_units)} t."
        ),
        f"/retirements/{touched.retirement_id}",
    )
    return message.to(
        holder_id,
        notification_id=_notice_id(reversal.id, touched.retirement_id),
        at=reversal.recorded_at,
    )


def _audit(
    work: UnitOfWork, reversal: Reversal, cancelled: Sequence[CreditEntry], suspended_units: int
) -> None:
    audit(
        work,
        "reversal.recorded",
        ("reversal", reversal.id),
        action="record",
        actor_id=reversal.recorded_by,
        before=None,
        after={
            "projectId": str(reversal.project_id),
            "vintage": reversal.vintage,
            "quantity": format_tonnes(reversal.quantity_units),
            "avoidable": reversal.avoidable,
            "cancelledSerials": [str(entry.serial) for entry in cancelled],
            "suspended": format_tonnes(suspended_units),
        },
        at=reversal.recorded_at,
    )
