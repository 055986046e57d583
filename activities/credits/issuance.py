"""Issuing the credits of an approved verification."""

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
from domain.projects.verification import EventType, TimelineEvent, Verification
from domain.publishing import events
from domain.quantities import UnitRange, format_tonnes


class IssueCredits(Payload):
    verification_id: UUID
    waiting_workflow_id: str


class CreditsIssued(Payload):
    serial: str
    transaction_id: UUID
    record_id: UUID
    notification_ids: tuple[UUID, ...] = ()


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
        Turn an approval into an active entry, its transaction and a queued chain record.

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
        quantity_units, vintage = require_issuable(verification)
        project = await lookups.project(work, verification.project_id)
        # A worker of the version before may have approved it without writing a share down.
        share = await work.projects.buffer_shares.get(project.id) or default_share(project, at=now)
        buffer_units = contribution_units(quantity_units, share.percent)
        active_units = quantity_units - buffer_units
        (serial,) = await work.credits.entries.take_serials(project, vintage, 1)
        units = await work.credits.entries.take_units(quantity_units)
        parts = units.split(active_units) if buffer_units else (units, None)
        entry, credit_transaction = issue(
            verification,
            name=NewEntry(derived_id(verification.id, "entry"), serial),
            transaction_id=derived_id(verification.id, "issuance"),
            units=parts[0],
            buffer_units=buffer_units,
            at=now,
        )
        write = ledger_writes.issued(entry, credit_transaction)
        await ledger_writes.write_rows(work, [write])
        record_id = await ledger_writes.queue_record(
            work,
            credit_transaction,
            entry,
            waiting_workflow_id=request.waiting_workflow_id,
            at=now,
            salts=self._salts,
        )
        held_back = await self._contribute(
            work, verification, project, vintage, parts[1], now, request.waiting_workflow_id
        )
        await work.publishing.outbox.add(
            events.credits_issued(entry, credit_transaction, held_back)
        )
        await work.projects.verifications.add_event(
            TimelineEvent(
                id=derived_id(verification.id, EventType.CREDITS_ISSUED),
                verification_id=verification.id,
                event_type=EventType.CREDITS_ISSUED,
                message=_issued_sentence(entry, held_back),
                user_id=None,
                created_at=now,
            )
        )
        # After the buffer's: the audit log tells of the contribution first.
        ledger_writes.audit_write(
            work,
            write,
            event_type="credits.issued",
            actor_id=verification.decided_by,
            at=now,
        )
        told = await ledger_writes.tell_holder(
            work, write, NotificationKind.CREDITS_ISSUED, _issued_sentence(entry, held_back)
        )
        return CreditsIssued(
            serial=str(serial),
            transaction_id=credit_transaction.id,
            record_id=record_id,
            notification_ids=told,
        )

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
            name=NewEntry(derived_id(verification.id, "buffer-entry"), serial),
            transaction_id=derived_id(verification.id, "buffer-contribution"),
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


def _issued_sentence(issued: CreditEntry, held_back: CreditEntry | None) -> str:
    sentence = f"{format_tonnes(issued.units.quantity_units)} t CO2e were issued as {issued.serial}"
    if held_back is None:
        return f"{sentence}."
    into_buffer = format_tonnes(held_back.units.quantity_units)
    return f"{sentence}; {into_buffer} t went into the buffer as {held_back.serial}."
