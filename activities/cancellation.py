"""Cancelling credits: staff take units away for ever."""

from uuid import UUID

from temporalio import activity

from activities import lookups, movements
from activities.effects import once
from activities.payloads import Payload
from activities.ports.database import Database, UnitOfWork
from activities.ports.outside import Clock
from domain import events
from domain.accounts import REGISTRY_ACCOUNT_ID
from domain.cancellation import cancel
from domain.events import EventName
from domain.identifiers import Serial, derived_id
from domain.ledger import CreditEntry, EntryStatus
from domain.notifications import Notification, NotificationKind
from domain.quantities import format_tonnes


class CancellationDraft(Payload):
    """Why, in the words of staff; public."""

    reason: str


class CancelCredits(Payload):
    """The reason is the draft `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

    transaction_id: UUID
    serial: str
    quantity_units: int
    actor_id: UUID


class CreditsCancelled(Payload):
    transaction_id: UUID
    serial: str
    notification_ids: tuple[UUID, ...] = ()


class CancellationActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def cancel_credits(self, request: CancelCredits) -> CreditsCancelled:
        """Cancel units of an active or buffer entry, and tell its holder (domain.cancellation)."""
        async with self._database.transaction() as work:
            return await once(
                work,
                f"cancel-credits/{request.transaction_id}",
                CreditsCancelled,
                lambda: self._cancel(work, request),
            )

    async def _cancel(self, work: UnitOfWork, request: CancelCredits) -> CreditsCancelled:
        await work.registry_state.require_open()
        now = self._clock.now()
        body = lookups.found(await work.drafts.body(request.transaction_id), "draft")
        actor = await lookups.account(work, request.actor_id)
        entry = await movements.lock_entry(work, Serial.parse(request.serial))
        movement, transaction = cancel(
            entry,
            request.quantity_units,
            actor=actor,
            reason=CancellationDraft.model_validate(body).reason,
            transaction_id=request.transaction_id,
            names=await movements.set_names_aside(
                work, entry, request.quantity_units, EntryStatus.CANCELLED, request.transaction_id
            ),
            at=now,
        )
        moved = movement.moved
        await movements.save_movement(work, movement, transaction)
        await work.outbox.add(
            events.credits_moved(EventName.CREDITS_CANCELLED, movement, transaction)
        )
        movements.audit_movement(
            work,
            "credits.cancelled",
            actor_id=actor.id,
            transaction=transaction,
            before=entry,
            moved=moved,
            opened=(movement.after, *movement.opened),
            at=now,
        )
        return CreditsCancelled(
            transaction_id=transaction.id,
            serial=str(moved.serial),
            notification_ids=await self._tell_holder(work, transaction.id, moved),
        )

    async def _tell_holder(
        self, work: UnitOfWork, transaction_id: UUID, cancelled: CreditEntry
    ) -> tuple[UUID, ...]:
        if cancelled.owner_id == REGISTRY_ACCOUNT_ID:
            return ()
        notification = Notification(
            id=derived_id(transaction_id, "notification"),
            user_id=cancelled.owner_id,
            kind=NotificationKind.CREDITS_CANCELLED,
            message=(
                f"{format_tonnes(cancelled.units.quantity_units)} t CO2e of yours were cancelled "
                f"as {cancelled.serial}."
            ),
            link=f"/projects/{cancelled.project_id}",
            created_at=self._clock.now(),
        )
        await work.notifications.add(notification)
        return (notification.id,)
