"""Releasing the buffer: units the registry held back become the supplier's."""

from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.credits import ledger_writes
from activities.payloads import Payload, PersonalRequest
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.credits.buffer import release
from domain.credits.ledger import EntryStatus
from domain.identifiers import Serial
from domain.publishing.events import EventName
from domain.quantities import format_tonnes


class ReleasePayload(Payload):
    """Why, in the words of staff; public."""

    reason: str


class ReleaseBuffer(PersonalRequest):
    """The reason is the stored request `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

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
    def __init__(
        self,
        database: Database,
        clock: Clock,
        wallet_notifier: WalletNotifier | None = None,
        salts: ledger_writes.Salts = ledger_writes.random_salt,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wallet_notifier = wallet_notifier
        self._salts = salts

    @activity.defn
    async def release_buffer(self, request: ReleaseBuffer) -> BufferReleased:
        """Make buffer units active with the project's supplier (domain.credits.buffer.release)."""
        async with self._database.transaction() as work:
            released = await run_once(
                work,
                f"release-buffer/{request.transaction_id}",
                BufferReleased,
                lambda: self._release(work, request),
            )
        # Also when it was done before: whoever did it may have died before it notified the wallet.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return released

    async def _release(self, work: UnitOfWork, request: ReleaseBuffer) -> BufferReleased:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.transaction_id)
        actor = await lookups.account(work, request.actor_id)
        entry = await ledger_writes.lock_entry(work, Serial.parse(request.serial))
        project = await lookups.project(work, entry.project_id)
        write = await ledger_writes.move_units(
            work,
            partial(
                release,
                actor=actor,
                supplier_id=project.developer_id,
                reason=ReleasePayload.model_validate(body).reason,
            ),
            entry,
            request.quantity_units,
            becomes=EntryStatus.TRANSFERRED,
            event=EventName.BUFFER_RELEASED,
            transaction_id=request.transaction_id,
            actor=actor,
            at=now,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
            salts=self._salts,
        )
        notified_ids = await ledger_writes.tell_holder(
            work,
            write,
            NotificationKind.CREDITS_RECEIVED,
            f"The buffer released {format_tonnes(request.quantity_units)} t CO2e to you as {write.moved.serial}.",
        )
        return BufferReleased(
            transaction_id=write.credit_transaction.id,
            serial=str(write.moved.serial),
            notification_ids=notified_ids,
        )
