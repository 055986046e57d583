"""Issuing the credits of an approved verification."""

from uuid import UUID

from temporalio import activity

from activities import lookups, movements
from activities.effects import once
from activities.payloads import Payload
from activities.ports import Clock, Database, UnitOfWork
from domain.identifiers import derived_id
from domain.issuance import issue, require_issuable
from domain.ledger import NewEntry
from domain.metadata import issuance_record
from domain.quantities import format_tonnes
from domain.records import RecordKind
from domain.verification import EventType, TimelineEvent


class IssueCredits(Payload):
    verification_id: UUID
    waiting_workflow_id: str


class CreditsIssued(Payload):
    serial: str
    transaction_id: UUID
    record_id: UUID


class IssuanceActivities:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @activity.defn
    async def issue_credits(self, request: IssueCredits) -> CreditsIssued:
        """
        Turn an approval into an active entry, its transaction and a queued chain record.

        Once for each verification, whatever runs again (domain.issuance.issue).
        """
        async with self._database.transaction() as work:
            return await once(
                work,
                f"issue-credits/{request.verification_id}",
                CreditsIssued,
                lambda: self._issue(work, request),
            )

    async def _issue(self, work: UnitOfWork, request: IssueCredits) -> CreditsIssued:
        now = self._clock.now()
        verification = await lookups.locked_verification(work, request.verification_id)
        quantity_units, vintage = require_issuable(verification)
        project = await lookups.project(work, verification.project_id)
        (serial,) = await work.credits.take_serials(project, vintage, 1)
        entry, transaction = issue(
            verification,
            name=NewEntry(derived_id(verification.id, "entry"), serial),
            transaction_id=derived_id(verification.id, "issuance"),
            units=await work.credits.take_units(quantity_units),
            at=now,
        )
        await work.credits.add(entry)
        await work.credits.add_transaction(transaction)
        record_id = await movements.queue_record(
            work,
            transaction,
            RecordKind.ISSUANCE,
            issuance_record(
                serial=serial,
                project_id=project.id,
                quantity_units=quantity_units,
                vintage=vintage,
                issued_to=entry.owner_id,
                at=now,
            ),
            waiting_workflow_id=request.waiting_workflow_id,
            at=now,
        )
        await work.verifications.add_event(
            TimelineEvent(
                id=derived_id(verification.id, EventType.CREDITS_ISSUED),
                verification_id=verification.id,
                event_type=EventType.CREDITS_ISSUED,
                message=f"{format_tonnes(quantity_units)} t CO2e were issued as {serial}.",
                user_id=None,
                created_at=now,
            )
        )
        movements.audit_movement(
            work,
            "credits.issued",
            actor_id=verification.decided_by,
            transaction=transaction,
            before=None,
            moved=entry,
            at=now,
        )
        return CreditsIssued(serial=str(serial), transaction_id=transaction.id, record_id=record_id)
