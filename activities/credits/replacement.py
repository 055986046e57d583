"""Units that are cancelled in the place of others: of lost ones, or of what was issued in error and had moved on."""

from datetime import datetime
from functools import partial
from uuid import UUID

from activities.credits import ledger_writes
from activities.credits.ledger_writes import LedgerWrite
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import Account
from domain.credits.ledger import EntryStatus
from domain.credits.obligation import replace_lost
from domain.identifiers import Serial
from domain.publishing.events import EventName
from domain.quantities import format_tonnes


async def cancel_in_place(
    work: UnitOfWork,
    serial: str,
    quantity_units: int,
    *,
    transaction_id: UUID,
    actor: Account,
    reason: str,
    in_place_of: str,
    at: datetime,
) -> tuple[LedgerWrite, tuple[UUID, ...]]:
    """
    `quantity_units` (of 0.01 t) of an entry; who holds it is told, unless they did it themselves.

    `in_place_of` ends the sentence that they read. With the write come the notifications.

    Raises:
        what `ledger_writes.lock_entry` and `domain.credits.obligation.replace_lost` do.
    """
    entry = await ledger_writes.lock_entry(work, Serial.parse(serial))
    write = await ledger_writes.move_units(
        work,
        partial(replace_lost, actor=actor, reason=reason),
        entry,
        quantity_units,
        becomes=EntryStatus.CANCELLED,
        event=EventName.CREDITS_CANCELLED,
        transaction_id=transaction_id,
        actor=actor,
        at=at,
        waiting_workflow_id=ledger_writes.present_workflow_id(),
    )
    if entry.owner_id == actor.acts_for:
        return write, ()
    sentence = (
        f"{format_tonnes(quantity_units)} t CO2e of yours were cancelled as {write.moved.serial},"
        f" in the place of {in_place_of}."
    )
    told = await ledger_writes.tell_holder(
        work, write, NotificationKind.CREDITS_CANCELLED, sentence
    )
    return write, told
