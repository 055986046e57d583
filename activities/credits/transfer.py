"""Transferring credits from one account to another."""

from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.credits import ledger_writes
from activities.credits.reservation import fulfil_reservation
from activities.payloads import Payload, PersonalRequest
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.credits import MovementAsked, OpenedMovement
from activities.ports.database import Database, UnitOfWork
from activities.run_once import move_once
from domain.accounts.notifications import NotificationKind
from domain.credits.ledger import EntryStatus
from domain.credits.transfer import transfer
from domain.identifiers import Serial
from domain.publishing.events import EventName
from domain.quantities import format_tonnes


class TransferCredits(PersonalRequest):
    """`quantity_units` are of 0.01 t CO2e; `transaction_id` names the transfer for ever."""

    transaction_id: UUID
    serial: str
    quantity_units: int
    sender_id: UUID
    recipient_id: UUID
    waiting_workflow_id: str


class CreditsTransferred(Payload):
    transaction_id: UUID
    serial: str
    record_id: UUID
    notification_ids: tuple[UUID, ...] = ()
    # The reservation that it fulfilled, whose workflow is told.
    reservation_id: UUID | None = None


class TransferActivities:
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
    async def transfer_credits(self, request: TransferCredits) -> CreditsTransferred:
        """Move units to the recipient, in one transaction with all it leaves behind (domain.credits.transfer)."""
        async with self._database.transaction() as work:
            transferred = await move_once(
                work,
                f"transfer-credits/{request.transaction_id}",
                CreditsTransferred,
                MovementAsked(
                    account_ids=[request.sender_id, request.recipient_id],
                    lines=[(Serial.parse(request.serial), request.quantity_units)],
                    becomes=EntryStatus.TRANSFERRED,
                ),
                lambda opened: self._transfer(work, request, opened),
            )
        # Also when it was transferred before: whoever did it may have died before it notified the wallet.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return transferred

    async def _transfer(
        self, work: UnitOfWork, request: TransferCredits, opened: OpenedMovement
    ) -> CreditsTransferred:
        now = self._clock.now()
        sender = lookups.found(opened.accounts.get(request.sender_id), "account")
        line = lookups.found(opened.lines[0], "credit entry")
        entry = line.entry
        await ledger_writes.require_not_superseded(work, entry)
        recipient = opened.recipient(request.recipient_id)
        reservation = None
        if entry.status is EntryStatus.RESERVED:
            (reservation,) = await work.credits.reservations.lock_of_entries([entry.id])
        write = await ledger_writes.move_units(
            work,
            partial(
                transfer,
                sender=sender,
                recipient=recipient,
                reserved_for=reservation.requester_id if reservation else None,
            ),
            entry,
            request.quantity_units,
            becomes=EntryStatus.TRANSFERRED,
            event=EventName.CREDITS_TRANSFERRED,
            transaction_id=request.transaction_id,
            actor=sender,
            at=now,
            waiting_workflow_id=request.waiting_workflow_id,
            salts=self._salts,
            serials=line.serials,
        )
        moved = write.moved
        if reservation is not None:
            await fulfil_reservation(work, reservation, sender, now)
        notified_ids = await ledger_writes.tell_holder(
            work,
            write,
            NotificationKind.CREDITS_RECEIVED,
            f"You received {format_tonnes(request.quantity_units)} t CO2e as {moved.serial}.",
            told=opened.told.get(request.recipient_id),
        )
        return CreditsTransferred(
            transaction_id=write.credit_transaction.id,
            serial=str(moved.serial),
            record_id=ledger_writes.record_id_of(write.credit_transaction.id),
            notification_ids=notified_ids,
            reservation_id=reservation.id if reservation else None,
        )
