"""What every movement on the ledger leaves behind: entries, a transaction, a queued record, an audit entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from activities import lookups
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import Notification, NotificationKind
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account
from domain.audit.log import AuditEntry
from domain.chain.records import ChainRecord, RecordKind, RecordStatus
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    CreditTransaction,
    EntryStatus,
    Movement,
    NewEntry,
    entries_opened,
    require_movable,
)
from domain.errors import NotActive
from domain.identifiers import Serial, derived_id
from domain.publishing import events
from domain.publishing.events import EventName
from domain.quantities import format_tonnes

NAMED_MAX = 20
"""So many serials are named of those under which an entry's units live on."""


class Rule(Protocol):
    """A rule of the ledger that knows its people and reasons: `partial(cancel, actor=..., reason=...)`."""

    def __call__(
        self,
        entry: CreditEntry,
        quantity_units: int,
        *,
        transaction_id: UUID,
        names: Sequence[NewEntry],
        at: datetime,
    ) -> tuple[Movement, CreditTransaction]: ...


async def carry_out(
    work: UnitOfWork,
    rule: Rule,
    entry: CreditEntry,
    quantity_units: int,
    *,
    becomes: EntryStatus,
    event: EventName,
    transaction_id: UUID,
    actor: Account,
    at: datetime,
) -> tuple[Movement, CreditTransaction]:
    """
    Move units of one locked entry by a rule, and write what the move leaves behind.

    The audit log calls the movement what the event calls it.

    Raises:
        Invalid, NotActive, InsufficientCredits: the entry cannot be moved so.
        Refusal: whatever else the rule refuses.
    """
    names = await set_names_aside(work, entry, quantity_units, becomes, transaction_id)
    movement, transaction = rule(
        entry, quantity_units, transaction_id=transaction_id, names=names, at=at
    )
    await save_movement(work, movement, transaction)
    await work.publishing.outbox.add(events.credits_moved(event, movement, transaction))
    audit_movement(
        work,
        event.value,
        actor_id=actor.id,
        transaction=transaction,
        before=movement.before,
        moved=movement.moved,
        opened=(movement.after, *movement.opened),
        at=at,
    )
    return movement, transaction


async def lock_entry(work: UnitOfWork, serial: Serial) -> CreditEntry:
    """
    The entry under a serial, held until the commit.

    Raises:
        NotFound: there is no such serial.
        NotActive: its units live on elsewhere; the sentence names the serials.
    """
    entry = lookups.found(await work.credits.entries.lock(serial), "credit entry")
    await require_not_superseded(work, entry)
    return entry


async def require_not_superseded(work: UnitOfWork, entry: CreditEntry) -> None:
    """
    Raises:
        NotActive: its units live on elsewhere; the sentence names the serials.
    """
    if entry.status in SUPERSEDED:
        raise NotActive(await superseded_sentence(work, entry))


async def superseded_sentence(work: UnitOfWork, entry: CreditEntry) -> str:
    """Where a superseded entry's units live on; it names few, because it is kept and sent about."""
    serials, more = await work.credits.entries.living_on(entry, NAMED_MAX)
    living = ", ".join(map(str, serials)) + (", and more: see its lineage" if more else "")
    return f"{entry.serial} is {entry.status}; its units live on as {living}."


async def set_names_aside(
    work: UnitOfWork,
    entry: CreditEntry,
    quantity_units: int,
    becomes: EntryStatus,
    transaction_id: UUID,
) -> Sequence[NewEntry]:
    """Identifiers and serials for the entries the move will open; refuses first what cannot move."""
    require_movable(entry, quantity_units, becomes)
    count = entries_opened(entry, quantity_units, becomes)
    serials = await work.credits.entries.take_serials_beside(entry, count)
    return [
        NewEntry(derived_id(transaction_id, f"entry/{index}"), serial)
        for index, serial in enumerate(serials)
    ]


async def save_movement(
    work: UnitOfWork, movement: Movement, transaction: CreditTransaction
) -> None:
    await work.credits.entries.save(movement.after)
    await work.credits.entries.add(*movement.opened)
    await work.credits.entries.add_transaction(transaction)


async def queue_record(
    work: UnitOfWork,
    transaction: CreditTransaction,
    kind: RecordKind,
    record: Mapping[str, Any],
    *,
    waiting_workflow_id: str,
    at: datetime,
) -> UUID:
    """Put a movement's record into the chain queue, in the transaction that moves the units."""
    queued = ChainRecord(
        id=derived_id(transaction.id, "chain-record"),
        transaction_id=transaction.id,
        kind=kind,
        record=record,
        status=RecordStatus.QUEUED,
        waiting_workflow_id=waiting_workflow_id,
        queued_at=at,
    )
    await work.chain.records.queue(queued)
    return queued.id


def audit_movement(
    work: UnitOfWork,
    event_type: str,
    *,
    actor_id: UUID | None,
    transaction: CreditTransaction,
    before: CreditEntry | None,
    moved: CreditEntry,
    opened: Sequence[CreditEntry] = (),
    at: datetime,
) -> None:
    work.audit.add(
        AuditEntry(
            event_type=event_type,
            action=event_type.rpartition(".")[2],
            user_id=actor_id,
            resource_type="credit_transaction",
            resource_id=transaction.id,
            changes={
                "before": {str(before.serial): before.status.value} if before else None,
                "after": {str(e.serial): e.status.value for e in (*opened, moved)},
                "quantity": format_tonnes(transaction.units.quantity_units),
                "units": [transaction.units.first, transaction.units.last],
            },
            at=at,
        )
    )


async def tell_holder(
    work: UnitOfWork,
    transaction: CreditTransaction,
    moved: CreditEntry,
    kind: NotificationKind,
    message: str,
) -> tuple[UUID, ...]:
    """Notify whoever holds the moved units; nobody is told when that is the registry itself."""
    if moved.owner_id == REGISTRY_ACCOUNT_ID:
        return ()
    notification = Notification(
        id=derived_id(transaction.id, "notification"),
        user_id=moved.owner_id,
        kind=kind,
        message=message,
        link=f"/projects/{moved.project_id}",
        created_at=transaction.created_at,
    )
    await work.accounts.notifications.add(notification)
    return (notification.id,)
