"""Retiring credits: the units leave circulation and the certificate is there, in one transaction."""

from uuid import UUID

from temporalio import activity

from activities import lookups, movements
from activities.certificates import CertificateWriter
from activities.effects import once
from activities.payloads import Payload
from activities.ports import Clock, Database, UnitOfWork
from domain.identifiers import Serial, derived_id
from domain.ledger import EntryStatus
from domain.metadata import retirement_record
from domain.records import RecordKind
from domain.retirement import Beneficiary, Retirement, retire


class BeneficiaryDraft(Payload):
    name: str
    country: str
    identifier: str | None = None


class RetirementDraft(Payload):
    """What the holder wrote; `beneficiary` None means explicitly undisclosed."""

    beneficiary: BeneficiaryDraft | None
    purpose: str
    reason: str


class RetireUnits(Payload):
    """The draft is `retirement_id`; `quantity_units` are of 0.01 t CO2e."""

    retirement_id: UUID
    serial: str
    quantity_units: int
    account_id: UUID
    waiting_workflow_id: str


class UnitsRetired(Payload):
    retirement_id: UUID
    serial: str
    record_id: UUID


class RetirementActivities:
    def __init__(self, database: Database, clock: Clock, certificates: CertificateWriter) -> None:
        self._database = database
        self._clock = clock
        self._certificates = certificates

    @activity.defn
    async def retire_units(self, request: RetireUnits) -> UnitsRetired:
        """
        Take units out of circulation, for ever: split, retire, transaction, certificate, chain record.

        Once for each retirement, whatever runs again (domain.retirement.retire).
        """
        async with self._database.transaction() as work:
            return await once(
                work,
                f"retire-units/{request.retirement_id}",
                UnitsRetired,
                lambda: self._retire(work, request),
            )

    async def _retire(self, work: UnitOfWork, request: RetireUnits) -> UnitsRetired:
        now = self._clock.now()
        body = lookups.found(await work.drafts.body(request.retirement_id), "draft")
        draft = RetirementDraft.model_validate(body)
        named = draft.beneficiary
        retirement = Retirement(
            id=request.retirement_id,
            account_id=request.account_id,
            quantity_units=request.quantity_units,
            beneficiary=(
                Beneficiary(named.name, named.country, named.identifier) if named else None
            ),
            purpose=draft.purpose,
            reason=draft.reason,
            retired_at=now,
        )
        holder = await lookups.account(work, request.account_id)
        entry = await movements.lock_entry(work, Serial.parse(request.serial))
        transaction_id = derived_id(retirement.id, "transaction")
        movement, transaction = retire(
            entry,
            request.quantity_units,
            holder=holder,
            retirement=retirement,
            transaction_id=transaction_id,
            names=await movements.set_names_aside(
                work, entry, request.quantity_units, EntryStatus.RETIRED, transaction_id
            ),
            at=now,
        )
        moved = movement.moved
        await work.retirements.add(retirement)
        await movements.save_movement(work, movement, transaction)
        record_id = await movements.queue_record(
            work,
            transaction,
            RecordKind.RETIREMENT,
            retirement_record(
                serial=moved.serial,
                project_id=moved.project_id,
                quantity_units=request.quantity_units,
                vintage=moved.vintage,
                retired_by=holder.id,
                reason=retirement.reason,
                at=now,
            ),
            waiting_workflow_id=request.waiting_workflow_id,
            at=now,
        )
        await self._certificates.accept(work, retirement, [moved], at=now)
        movements.audit_movement(
            work,
            "credits.retired",
            actor_id=holder.id,
            transaction=transaction,
            before=entry,
            moved=moved,
            opened=(movement.after, *movement.opened),
            at=now,
        )
        return UnitsRetired(
            retirement_id=retirement.id, serial=str(moved.serial), record_id=record_id
        )
