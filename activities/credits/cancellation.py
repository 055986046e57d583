"""Cancelling credits: staff take units away for ever."""

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
from domain.credits.cancellation import cancel
from domain.credits.ledger import EntryStatus
from domain.identifiers import Serial
from domain.publishing.events import EventName
from domain.quantities import format_tonnes


class CancellationPayload(Payload):
    """Why, in the words of staff; public."""

    reason: str


class CancelCredits(PersonalRequest):
    """The reason is the stored request `transaction_id`; `quantity_units` are of 0.01 t CO2e."""

    transaction_id: UUID
    serial: str
    quantity_units: int
    actor_id: UUID


class CreditsCancelled(Payload):
    transaction_id: UUID
    serial: str
    notification_ids: tuple[UUID, ...] = ()


class CancellationActivities:
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
    async def cancel_credits(self, request: CancelCredits) -> CreditsCancelled:
        """Cancel units of an active or buffer entry, and tell its holder (domain.credits.cancellation)."""
        async with self._database.transaction() as work:
            cancelled = await run_once(
                work,
                f"cancel-credits/{request.transaction_id}",
                CreditsCancelled,
                lambda: self._cancel(work, request),
            )
        # Also when it was done before: whoever did it may have died before it notified the wallet.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return cancelled

    async def _cancel(self, work: UnitOfWork, request: CancelCredits) -> CreditsCancelled:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        body = await lookups.stored_request(work, request.transaction_id)
        actor = await lookups.account(work, request.actor_id)
        entry = await ledger_writes.lock_entry(work, Serial.parse(request.serial))
        write = await ledger_writes.move_units(
            work,
            partial(cancel, actor=actor, reason=CancellationPayload.model_validate(body).reason),
            entry,
            request.quantity_units,
            becomes=EntryStatus.CANCELLED,
            event=EventName.CREDITS_CANCELLED,
            transaction_id=request.transaction_id,
            actor=actor,
            at=now,
            waiting_workflow_id=ledger_writes.present_workflow_id(),
        )
        notified_ids = await ledger_writes.tell_holder(
            work,
            write,
            NotificationKind.CREDITS_CANCELLED,
            f"{format_tonnes(request.quantity_units)} t CO2e of yours were cancelled as {write.moved.serial}.",
        )
        return CreditsCancelled(
            transaction_id=write.credit_transaction.id,
            serial=str(write.moved.serial),
            notification_ids=notified_ids,
        )
