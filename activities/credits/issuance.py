"""Issuing the credits of an approved verification."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.credits import ledger_writes
from activities.payloads import Payload
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.refusals import waiting_while_frozen
from activities.run_once import run_once
from domain.accounts.notifications import NotificationKind
from domain.credits.buffer import contribute, contribution_units
from domain.credits.issuance import issue, require_issuable
from domain.credits.ledger import CreditEntry, NewEntry
from domain.identifiers import derived_id
from domain.projects.buffer_share import default_share
from domain.projects.projects import Project
from domain.projects.verification import (
    EventType,
    TimelineEvent,
    Verification,
    VintageQuantity,
)
from domain.publishing import events
from domain.quantities import UnitRange, format_tonnes


class IssueCredits(Payload):
    verification_id: UUID
    waiting_workflow_id: str


class VintageIssued(Payload):
    """One vintage's issuance; the buffer's share is not in it."""

    vintage: int
    serial: str
    transaction_id: UUID
    record_id: UUID
    notification_ids: tuple[UUID, ...] = ()


class CreditsIssued(Payload):
    """The first vintage, by which issuances of one vintage were always told, and all of them."""

    serial: str
    transaction_id: UUID
    record_id: UUID
    vintages: tuple[VintageIssued, ...] = ()
    notification_ids: tuple[UUID, ...] = ()

    @property
    def record_ids(self) -> frozenset[UUID]:
        return frozenset(one.record_id for one in self.vintages) or frozenset({self.record_id})


@dataclass(frozen=True)
class _Issued:
    """What became of one vintage: the supplier's entry, and the buffer's if any."""

    entry: CreditEntry
    held_back: CreditEntry | None
    told: VintageIssued


class IssuanceActivities:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        salts: ledger_writes.Salts = ledger_writes.random_salt,
    ) -> None:
        self._database = database
        self._clock = clock
        self._salts = salts

    @activity.defn
    async def issue_credits(self, request: IssueCredits) -> CreditsIssued:
        """
        Turn each vintage of an approval into an active entry, its transaction and a queued chain record.

        Once for each verification, whatever runs again (domain.credits.issuance.issue). Approved credits
        wait for a frozen registry to be opened.
        """
        async with waiting_while_frozen(), self._database.transaction() as work:
            return await run_once(
                work,
                f"issue-credits/{request.verification_id}",
                CreditsIssued,
                lambda: self._issue(work, request),
            )

    async def _issue(self, work: UnitOfWork, request: IssueCredits) -> CreditsIssued:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        verification = await lookups.locked_verification(work, request.verification_id)
        vintages = require_issuable(verification)
        project = await lookups.project(work, verification.project_id)
        # A worker of the version before may have approved it without writing a share down.
        share = await work.projects.buffer_shares.get(project.id) or default_share(project, at=now)
        # Taken once for all vintages: whoever issues at the same moment waits for this row.
        left = await work.credits.entries.take_units(sum(one.quantity_units for one in vintages))
        made: list[_Issued] = []
        for one in vintages:
            units, rest = left.split(one.quantity_units) if one != vintages[-1] else (left, left)
            left = rest
            issued = await self._issue_vintage(
                work,
                verification,
                project,
                one,
                units,
                buffer_units=contribution_units(one.quantity_units, share.percent),
                waiting_workflow_id=request.waiting_workflow_id,
                at=now,
            )
            made.append(issued)
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(verification.id, EventType.CREDITS_ISSUED),
                verification_id=verification.id,
                event_type=EventType.CREDITS_ISSUED,
                message=" ".join(_issued_sentence(one.entry, one.held_back) for one in made),
                user_id=None,
                created_at=now,
            )
        )
        first = made[0].told
        return CreditsIssued(
            serial=first.serial,
            transaction_id=first.transaction_id,
            record_id=first.record_id,
            vintages=tuple(one.told for one in made),
            notification_ids=tuple(id for one in made for id in one.told.notification_ids),
        )

    async def _issue_vintage(
        self,
        work: UnitOfWork,
        verification: Verification,
        project: Project,
        approved: VintageQuantity,
        units: UnitRange,
        *,
        buffer_units: int,
        waiting_workflow_id: str,
        at: datetime,
    ) -> _Issued:
        vintage = approved.vintage
        (serial,) = await work.credits.entries.take_serials(project, vintage, 1)
        active_units = approved.quantity_units - buffer_units
        parts = units.split(active_units) if buffer_units else (units, None)
        entry, credit_transaction = issue(
            verification,
            name=NewEntry(_named(verification, vintage, "entry"), serial),
            transaction_id=_named(verification, vintage, "issuance"),
            units=parts[0],
            buffer_units=buffer_units,
            at=at,
        )
        write = ledger_writes.issued(entry, credit_transaction)
        await ledger_writes.write_rows(work, [write])
        record_id = await ledger_writes.queue_record(
            work,
            credit_transaction,
            entry,
            waiting_workflow_id=waiting_workflow_id,
            at=at,
            salts=self._salts,
        )
        held_back = await self._contribute(
            work, verification, project, vintage, parts[1], at, waiting_workflow_id
        )
        await work.publishing.outbox.add(
            events.credits_issued(entry, credit_transaction, held_back)
        )
        # After the buffer's: the audit log tells of the contribution first.
        ledger_writes.audit_write(
            work,
            write,
            event_type="credits.issued",
            actor_id=verification.decided_by,
            at=at,
        )
        notification_ids = await ledger_writes.tell_holder(
            work, write, NotificationKind.CREDITS_ISSUED, _issued_sentence(entry, held_back)
        )
        told = VintageIssued(
            vintage=vintage,
            serial=str(serial),
            transaction_id=credit_transaction.id,
            record_id=record_id,
            notification_ids=notification_ids,
        )
        return _Issued(entry, held_back, told)

    @staticmethod
    async def _contribute(
        work: UnitOfWork,
        verification: Verification,
        project: Project,
        vintage: int,
        units: UnitRange | None,
        at: datetime,
        waiting_workflow_id: str,
    ) -> CreditEntry | None:
        """The buffer's part, next to the supplier's, with a chain record of its own."""
        if units is None:
            return None
        (serial,) = await work.credits.entries.take_serials(project, vintage, 1)
        entry, credit_transaction = contribute(
            verification,
            name=NewEntry(_named(verification, vintage, "buffer-entry"), serial),
            transaction_id=_named(verification, vintage, "buffer-contribution"),
            units=units,
            at=at,
        )
        await ledger_writes.carry_out(
            work,
            [ledger_writes.issued(entry, credit_transaction)],
            event_type="buffer.contributed",
            actor_id=verification.decided_by,
            at=at,
        )
        await ledger_writes.queue_record(
            work, credit_transaction, entry, waiting_workflow_id=waiting_workflow_id, at=at
        )
        return entry


def _named(verification: Verification, vintage: int, what: str) -> UUID:
    """An only vintage is named as it always was."""
    if vintage == verification.vintage:
        return derived_id(verification.id, what)
    return derived_id(verification.id, f"{what}/{vintage}")


def _issued_sentence(issued: CreditEntry, held_back: CreditEntry | None) -> str:
    sentence = f"{format_tonnes(issued.units.quantity_units)} t CO2e were issued as {issued.serial}"
    if held_back is None:
        return f"{sentence}."
    into_buffer = format_tonnes(held_back.units.quantity_units)
    return f"{sentence}; {into_buffer} t went into the buffer as {held_back.serial}."
