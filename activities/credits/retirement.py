"""Retiring credits: the units leave circulation and the certificate is there, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.certificates.certificates import CertificateWriter
from activities.credits import ledger_writes
from activities.payloads import Payload
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from activities.run_once import run_once
from domain.accounts.roles import Account
from domain.chain.metadata import retirement_record
from domain.chain.records import RecordKind
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    EntryStatus,
    Movement,
    require_active,
    require_movable,
)
from domain.credits.retirement import Beneficiary, Retirement, require_lines, retire
from domain.errors import Conflict, Fault, InsufficientCredits
from domain.identifiers import Serial, derived_id
from domain.publishing import events
from domain.quantities import UnitRange


class BeneficiaryPayload(Payload):
    name: str
    country: str
    identifier: str | None = None


class RetirementPayload(Payload):
    """What the holder wrote; `beneficiary` None means explicitly undisclosed."""

    beneficiary: BeneficiaryPayload | None
    purpose: str
    reason: str


class RetireLine(Payload):
    """`quantity_units` are of 0.01 t CO2e."""

    serial: str
    quantity_units: int


class RetireUnits(Payload):
    """
    The draft is `retirement_id`. One entry by `serial` and `quantity_units` (0.01 t CO2e), or
    several by `lines`.
    """

    retirement_id: UUID
    account_id: UUID
    waiting_workflow_id: str
    serial: str | None = None
    quantity_units: int | None = None
    lines: tuple[RetireLine, ...] = ()

    def all_lines(self) -> tuple[RetireLine, ...]:
        if self.serial is None or self.quantity_units is None:
            return self.lines
        return (RetireLine(serial=self.serial, quantity_units=self.quantity_units), *self.lines)


class UnitsRetired(Payload):
    """
    `serial` and `record_id` are the first line's. `record_ids` are those of all lines; an answer
    from before there were lines has none, and its one record is `record_id`.
    """

    retirement_id: UUID
    serial: str
    record_id: UUID
    record_ids: tuple[UUID, ...] = ()


class RetirementActivities:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        certificates: CertificateWriter,
        wallet_notifier: WalletNotifier | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._certificates = certificates
        self._wallet_notifier = wallet_notifier

    @activity.defn
    async def retire_units(self, request: RetireUnits) -> UnitsRetired:
        """
        Take units out of circulation, for ever: split, retire, transactions, certificate, chain records.

        All lines or none; once for each retirement, whatever runs again (domain.credits.retirement.retire).
        """
        async with self._database.transaction() as work:
            retired = await run_once(
                work,
                f"retire-units/{request.retirement_id}",
                UnitsRetired,
                lambda: self._retire(work, request),
            )
        # Also when it was retired before: whoever did it may have died without ringing.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return retired

    async def _retire(self, work: UnitOfWork, request: RetireUnits) -> UnitsRetired:
        await work.credits.registry_state.require_open()
        now = self._clock.now()
        lines = request.all_lines()
        require_lines([(Serial.parse(line.serial), line.quantity_units) for line in lines])
        body = lookups.found(
            await work.requests.stored_requests.body(request.retirement_id), "draft"
        )
        retirement = _retirement(request, RetirementPayload.model_validate(body), at=now)
        holder = await lookups.account(work, request.account_id)
        # In the order of their serials, so that two calls for the same entries never block each
        # other; all entries before the first serial counter, for the same reason.
        ordered = sorted(lines, key=lambda line: Serial.parse(line.serial))
        entries = [
            lookups.found(
                await work.credits.entries.lock(Serial.parse(line.serial)), "credit entry"
            )
            for line in ordered
        ]
        if request.lines:
            places = [lines.index(line) for line in ordered]
            await _require_every_line(work, list(zip(places, entries, ordered, strict=True)))
        else:
            await ledger_writes.require_not_superseded(work, entries[0])
        # Everything is read before the first row is written, which then are few statements.
        retired = [
            await self._retire_line(work, retirement, holder, entry, line.quantity_units, index)
            for index, (entry, line) in enumerate(zip(entries, ordered, strict=True))
        ]
        in_unit_order = sorted((movement.moved for movement, _ in retired), key=_units)
        certificate = await self._certificates.unsealed(work, retirement, in_unit_order, at=now)
        for movement, _ in retired:
            await work.credits.entries.save(movement.after)
        await work.credits.retirements.add(retirement)
        record_ids = {
            movement.moved.id: await self._write_line(
                work, movement, transaction, request, retirement
            )
            for movement, transaction in retired
        }
        await work.certificates.add(certificate)
        await work.publishing.outbox.add(events.retirement_accepted(retirement, in_unit_order))
        return UnitsRetired(
            retirement_id=retirement.id,
            serial=str(in_unit_order[0].serial),
            record_id=record_ids[in_unit_order[0].id],
            record_ids=tuple(record_ids.values()),
        )

    @staticmethod
    async def _retire_line(
        work: UnitOfWork,
        retirement: Retirement,
        holder: Account,
        entry: CreditEntry,
        quantity_units: int,
        index: int,
    ) -> tuple[Movement, CreditTransaction]:
        """One line, which has a credit transaction and a chain record of its own."""
        transaction_id = derived_id(
            retirement.id, f"transaction/{index}" if index else "transaction"
        )
        return retire(
            entry,
            quantity_units,
            holder=holder,
            retirement=retirement,
            transaction_id=transaction_id,
            names=await ledger_writes.set_names_aside(
                work, entry, quantity_units, EntryStatus.RETIRED, transaction_id
            ),
            at=retirement.retired_at,
        )

    @staticmethod
    async def _write_line(
        work: UnitOfWork,
        movement: Movement,
        transaction: CreditTransaction,
        request: RetireUnits,
        retirement: Retirement,
    ) -> UUID:
        """What a line leaves behind beside the status of its entry; the answer is its record's id."""
        now, moved = retirement.retired_at, movement.moved
        await work.credits.entries.add(*movement.opened)
        await work.credits.entries.add_transaction(transaction)
        record_id = await ledger_writes.queue_record(
            work,
            transaction,
            RecordKind.RETIREMENT,
            retirement_record(
                serial=moved.serial,
                project_id=moved.project_id,
                quantity_units=transaction.units.quantity_units,
                vintage=moved.vintage,
                retired_by=retirement.account_id,
                reason=retirement.reason,
                at=now,
            ),
            waiting_workflow_id=request.waiting_workflow_id,
            at=now,
        )
        ledger_writes.audit_movement(
            work,
            "credits.retired",
            actor_id=retirement.account_id,
            transaction=transaction,
            before=movement.before,
            moved=moved,
            opened=(movement.after, *movement.opened),
            at=now,
        )
        return record_id


async def _require_every_line(
    work: UnitOfWork, lines: Sequence[tuple[int, CreditEntry, RetireLine]]
) -> None:
    """
    `lines` are locked entries with their places in what was sent.

    Raises:
        Conflict: names every line whose entry is not active or holds less.
    """
    faults = []
    for place, entry, line in sorted(lines, key=itemgetter(0)):
        try:
            await ledger_writes.require_not_superseded(work, entry)
            require_active(entry)
            require_movable(entry, line.quantity_units, EntryStatus.RETIRED)
        except Conflict as refused:
            at_fault = "quantity" if isinstance(refused, InsufficientCredits) else "serial"
            refusal = type(refused)
            faults.append((refusal, Fault(f"/lines/{place}/{at_fault}", refused.detail)))
    if faults:
        kinds = {kind for kind, _ in faults}
        kind = kinds.pop() if len(kinds) == 1 else Conflict
        raise kind(faults[0][1].detail, *(fault for _, fault in faults))


def _units(entry: CreditEntry) -> UnitRange:
    return entry.units


def _retirement(request: RetireUnits, draft: RetirementPayload, *, at: datetime) -> Retirement:
    named = draft.beneficiary
    return Retirement(
        id=request.retirement_id,
        account_id=request.account_id,
        quantity_units=sum(line.quantity_units for line in request.all_lines()),
        beneficiary=Beneficiary(named.name, named.country, named.identifier) if named else None,
        purpose=draft.purpose,
        reason=draft.reason,
        retired_at=at,
    )
