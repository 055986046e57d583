"""Every write on the ledger: entries, credit transactions, queued chain records, audit entries."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.audit_and_notify import Message, audit, tell
from activities.ports.database import UnitOfWork
from domain.accounts.notifications import NotificationKind
from domain.accounts.roles import REGISTRY_ACCOUNT_ID, Account
from domain.chain.commitments import SALT_BYTES, AccountOpening
from domain.chain.records import ChainRecord, RecordStatus
from domain.credits.chain_records import RECORD_KINDS, WITHOUT_RECORD, record_of
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    CreditTransaction,
    EntryChange,
    EntryStatus,
    NewEntry,
    entries_opened,
    require_movable,
)
from domain.credits.retirement import Retirement
from domain.errors import NotActive
from domain.identifiers import Serial, derived_id
from domain.publishing import events
from domain.publishing.events import EventName
from domain.quantities import format_tonnes

NAMED_MAX = 20
"""So many serials are named of those under which an entry's units live on."""

Salts = Callable[[UUID, str], bytes]
"""Gives the salt of one field of one chain record, which are named by the record's id and the field."""


def random_salt(record_id: UUID, field: str) -> bytes:  # noqa: ARG001 -- what tests make theirs from
    """Nobody can guess it, and so nobody learns whose account a commitment stands for (ADR 0046)."""
    return secrets.token_bytes(SALT_BYTES)


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
    ) -> tuple[EntryChange, CreditTransaction]: ...


@dataclass(frozen=True)
class LedgerWrite:
    """
    A credit transaction, and what it does to entries.

    `moved` is the entry that holds its units now. An issuance opens it out of nothing, so `acted_on`
    and `after`, the entry that was moved from in its old and its new state, are None.
    """

    credit_transaction: CreditTransaction
    moved: CreditEntry
    opened: tuple[CreditEntry, ...]
    acted_on: CreditEntry | None = None
    after: CreditEntry | None = None


def issued(entry: CreditEntry, credit_transaction: CreditTransaction) -> LedgerWrite:
    """As `domain.credits.issuance.issue` and `domain.credits.buffer.contribute` answer."""
    return LedgerWrite(credit_transaction, entry, (entry,))


async def apply_rule(
    work: UnitOfWork,
    rule: Rule,
    entry: CreditEntry,
    quantity_units: int,
    *,
    becomes: EntryStatus,
    transaction_id: UUID,
    at: datetime,
    serials: Sequence[Serial] | None = None,
) -> tuple[EntryChange, LedgerWrite]:
    """
    Move units of one locked entry by a rule, without writing it yet; takes the serials it needs, unless
    they were taken before (`serials`).

    Raises:
        Invalid, NotActive, InsufficientCredits: the entry cannot be moved so.
        Refusal: whatever else the rule refuses.
    """
    names = await _set_names_aside(work, entry, quantity_units, becomes, transaction_id, serials)
    change, credit_transaction = rule(
        entry, quantity_units, transaction_id=transaction_id, names=names, at=at
    )
    return change, LedgerWrite(
        credit_transaction, change.moved, change.opened, change.before, change.after
    )


async def carry_out(
    work: UnitOfWork,
    writes: Sequence[LedgerWrite],
    *,
    event_type: str,
    actor_id: UUID | None,
    at: datetime,
    retirement: Retirement | None = None,
) -> None:
    """
    Write credit transactions with their entries and one audit entry for each.

    `event_type` is what the audit log calls them. `retirement` is what they belong to; it is written
    before them. What the world is told and what goes to the chain is the caller's.
    """
    await write_rows(work, writes, retirement=retirement)
    for write in writes:
        audit_write(work, write, event_type=event_type, actor_id=actor_id, at=at)


async def write_rows(
    work: UnitOfWork, writes: Sequence[LedgerWrite], *, retirement: Retirement | None = None
) -> None:
    """Half of `carry_out`: whoever calls it calls `audit_write` for each, in the order of the audit log."""
    for write in writes:
        if write.after is not None:
            await work.credits.entries.save(write.after)
    if retirement is not None:
        await work.credits.retirements.add(retirement)
    for write in writes:
        await work.credits.entries.add(*write.opened)
        await work.credits.entries.add_transaction(write.credit_transaction)


def audit_write(
    work: UnitOfWork,
    write: LedgerWrite,
    *,
    event_type: str,
    actor_id: UUID | None,
    at: datetime,
) -> None:
    """One audit entry; `event_type` is what the audit log calls the credit transaction."""
    before, credit_transaction = write.acted_on, write.credit_transaction
    entries = (*filter(None, (write.after,)), *write.opened, write.moved)
    audit(
        work,
        event_type,
        ("credit_transaction", credit_transaction.id),
        actor_id=actor_id,
        before={str(before.serial): before.status.value} if before else None,
        after={str(entry.serial): entry.status.value for entry in entries},
        more={
            "quantity": format_tonnes(credit_transaction.units.quantity_units),
            "units": [credit_transaction.units.first, credit_transaction.units.last],
        },
        at=at,
    )


async def move_units(
    work: UnitOfWork,
    rule: Rule,
    entry: CreditEntry,
    quantity_units: int,
    *,
    becomes: EntryStatus,
    event: EventName,
    transaction_id: UUID,
    actor: Account | None,
    at: datetime,
    waiting_workflow_id: str,
    salts: Salts = random_salt,
    serials: Sequence[Serial] | None = None,
) -> LedgerWrite:
    """
    Move units of one locked entry by a rule, write it, queue its chain record, and publish it as `event`.

    What is set aside or given back has no chain record (ADR 0092).

    The audit log calls the credit transaction what the event calls it.

    Raises:
        Refusal: as for `apply_rule`.
    """
    change, write = await apply_rule(
        work,
        rule,
        entry,
        quantity_units,
        becomes=becomes,
        transaction_id=transaction_id,
        at=at,
        serials=serials,
    )
    await carry_out(
        work, [write], event_type=event.value, actor_id=actor.id if actor else None, at=at
    )
    if write.credit_transaction.type not in WITHOUT_RECORD:
        await queue_record(
            work,
            write.credit_transaction,
            write.moved,
            waiting_workflow_id=waiting_workflow_id,
            at=at,
            salts=salts,
        )
    await work.publishing.outbox.add(events.credits_moved(event, change, write.credit_transaction))
    return write


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


async def _set_names_aside(
    work: UnitOfWork,
    entry: CreditEntry,
    quantity_units: int,
    becomes: EntryStatus,
    transaction_id: UUID,
    serials: Sequence[Serial] | None,
) -> Sequence[NewEntry]:
    """Identifiers and serials for the entries the move will open; refuses first what cannot move."""
    require_movable(entry, quantity_units, becomes)
    if serials is None:
        count = entries_opened(entry, quantity_units, becomes)
        serials = await work.credits.entries.take_serials_beside(entry, count)
    return [
        NewEntry(derived_id(transaction_id, f"entry/{index}"), serial)
        for index, serial in enumerate(serials)
    ]


def present_workflow_id() -> str:
    """Who is told of a confirmation that nobody waits for: the workflow of the write, which then has ended."""
    return activity.info().workflow_id or ""


def record_id_of(transaction_id: UUID) -> UUID:
    """The chain record of a credit transaction, queued or not."""
    return derived_id(transaction_id, "chain-record")


async def queue_record(
    work: UnitOfWork,
    credit_transaction: CreditTransaction,
    moved: CreditEntry,
    *,
    waiting_workflow_id: str,
    at: datetime,
    salts: Salts = random_salt,
    reason: str | None = None,
    unless_there: bool = False,
) -> UUID:
    """
    Put a credit transaction's record into the chain queue, in the database transaction that moves the units.

    `moved` and `reason` are as for `domain.credits.chain_records.record_of`. What the accounts in it are
    hidden with is kept beside it. With `unless_there` a record that somebody else has queued stays theirs.
    """
    record_id = record_id_of(credit_transaction.id)
    openings: list[AccountOpening] = []

    def commit(field: str, account_id: UUID) -> str:
        openings.append(AccountOpening(field, account_id, salts(record_id, field)))
        return openings[-1].commitment

    record = record_of(credit_transaction, moved, commit=commit, reason=reason)
    await work.chain.records.queue(
        ChainRecord(
            id=record_id,
            transaction_id=credit_transaction.id,
            kind=RECORD_KINDS[credit_transaction.type],
            record=record,
            status=RecordStatus.QUEUED,
            waiting_workflow_id=waiting_workflow_id,
            queued_at=at,
        ),
        openings,
        unless_there=unless_there,
    )
    return record_id


async def tell_holder(
    work: UnitOfWork,
    write: LedgerWrite,
    kind: NotificationKind,
    text: str,
    *,
    told: Sequence[UUID] | None = None,
) -> tuple[UUID, ...]:
    """
    Notify whoever holds the moved units; nobody is told when that is the registry itself.

    `told` are those who act for the holder, where they are known already.
    """
    holder_id, credit_transaction = write.moved.owner_id, write.credit_transaction
    if holder_id == REGISTRY_ACCOUNT_ID:
        return ()
    message = Message(kind, text, f"/projects/{write.moved.project_id}")
    notification_id = derived_id(credit_transaction.id, "notification")
    return await tell(
        work,
        message.to(holder_id, notification_id=notification_id, at=credit_transaction.created_at),
        told=None if told is None else {holder_id: told},
    )
