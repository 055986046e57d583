"""Releasing the buffer: units the registry held back become the developer's."""

from uuid import UUID

from temporalio import activity

from activities import lookups, movements
from activities.effects import once
from activities.payloads import Payload
from activities.ports.database import Database, UnitOfWork
from activities.ports.outside import Clock
from domain import events
from domain.buffer import release
from domain.events import EventName
from domain.identifiers import Serial, derived_id
from domain.ledger import EntryStatus
from domain.notifications import Notification, NotificationKind
from domain.quantities import format_tonnes


class ReleaseDraft(Payload):
    """Why, in the words of staff; public."""

    reason: str


class ReleaseBuffer(Payload):
    """The reason is the draft `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

    transaction_id: UUID
    serial: str
    quantity_units: int
    actor_id: UUID


class BufferReleased(Payload):
    """`serial` is the new, active entry's."""

    transaction_id: UUID
    serial: str
    notification_ids: tuple[UUID, ...] = ()


class BufferActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def release_buffer(self, request: ReleaseBuffer) -> BufferReleased:
        """Make buffer units active with the project's developer (domain.buffer.release)."""
        async with self._database.transaction() as work:
            return await once(
                work,
                f"release-buffer/{request.transaction_id}",
                BufferReleased,
                lambda: self._release(work, request),
            )

    async def _release(self, work: UnitOfWork, request: ReleaseBuffer) -> BufferReleased:
        await work.registry_state.require_open()
        now = self._clock.now()
        body = lookups.found(await work.drafts.body(request.transaction_id), "draft")
        actor = await lookups.account(work, request.actor_id)
        entry = await movements.lock_entry(work, Serial.parse(request.serial))
        project = await lookups.project(work, entry.project_id)
        movement, transaction = release(
            entry,
            request.quantity_units,
            actor=actor,
            developer_id=project.developer_id,
            reason=ReleaseDraft.model_validate(body).reason,
            transaction_id=request.transaction_id,
            names=await movements.set_names_aside(
                work, entry, request.quantity_units, EntryStatus.TRANSFERRED, request.transaction_id
            ),
            at=now,
        )
        moved = movement.moved
        await movements.save_movement(work, movement, transaction)
        await work.outbox.add(
            events.credits_moved(EventName.BUFFER_RELEASED, movement, transaction)
        )
        movements.audit_movement(
            work,
            "buffer.released",
            actor_id=actor.id,
            transaction=transaction,
            before=entry,
            moved=moved,
            opened=(movement.after, *movement.opened),
            at=now,
        )
        notification = Notification(
            id=derived_id(transaction.id, "notification"),
            user_id=moved.owner_id,
            kind=NotificationKind.CREDITS_RECEIVED,
            message=(
                f"The buffer released {format_tonnes(request.quantity_units)} t CO2e to you "
                f"as {moved.serial}."
            ),
            link=f"/projects/{moved.project_id}",
            created_at=now,
        )
        await work.notifications.add(notification)
        return BufferReleased(
            transaction_id=transaction.id,
            serial=str(moved.serial),
            notification_ids=(notification.id,),
        )
