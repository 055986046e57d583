"""Retiring credits: the units leave circulation and the certificate is there, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.certificates.certificates import CertificateWriter
from activities.credits import ledger_writes
from activities.payloads import Payload, PersonalRequest
from activities.payments.invoicing import InvoiceIssued, Invoicing
from activities.ports.chain.records import WalletNotifier
from activities.ports.clock import Clock
from activities.ports.credits import MovementAsked, OpenedLine, OpenedMovement
from activities.ports.database import Database, UnitOfWork
from activities.run_once import move_once
from domain.accounts.roles import Account
from domain.credits.ledger import (
    CreditEntry,
    EntryStatus,
    require_active,
    require_movable,
)
from domain.credits.retirement import Beneficiary, Retirement, require_lines, retire
from domain.errors import Conflict, Fault, InsufficientCredits
from domain.identifiers import Serial, derived_id
from domain.payments.invoices import InvoiceKind
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


class RetireUnits(PersonalRequest):
    """
    The stored request is `retirement_id`. One line by `serial` and `quantity_units` (0.01 t CO2e), as requests
    were before they had `lines`, or several by `lines`.
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
    from before there were lines has none, and its one record is `record_id`. `invoice` None: nothing is charged.
    """

    retirement_id: UUID
    serial: str
    record_id: UUID
    record_ids: tuple[UUID, ...] = ()
    invoice: InvoiceIssued | None = None


class RetirementActivities:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        certificates: CertificateWriter,
        wallet_notifier: WalletNotifier | None = None,
        salts: ledger_writes.Salts = ledger_writes.random_salt,
        invoicing: Invoicing | None = None,
    ) -> None:
        self._invoicing = invoicing or Invoicing()
        self._database = database
        self._clock = clock
        self._certificates = certificates
        self._wallet_notifier = wallet_notifier
        self._salts = salts

    @activity.defn
    async def retire_units(self, request: RetireUnits) -> UnitsRetired:
        """
        Take units out of circulation, for ever: split, retire, transactions, certificate, chain records.

        All lines or none; once for each retirement, whatever runs again (domain.credits.retirement.retire).
        """
        # In the order of their serials, so that two calls for the same entries never block each
        # other; all entries before the first serial counter, for the same reason.
        ordered = sorted(request.all_lines(), key=lambda line: Serial.parse(line.serial))
        async with self._database.transaction() as work:
            retired = await move_once(
                work,
                f"retire-units/{request.retirement_id}",
                UnitsRetired,
                MovementAsked(
                    account_ids=[request.account_id],
                    lines=[(Serial.parse(line.serial), line.quantity_units) for line in ordered],
                    becomes=EntryStatus.RETIRED,
                    request_id=request.retirement_id,
                    certified=True,
                ),
                lambda opened: self._retire(work, request, ordered, opened),
            )
        # Also when it was retired before: whoever did it may have died before it notified the wallet.
        if self._wallet_notifier is not None:
            self._wallet_notifier.notify()
        return retired

    async def _retire(
        self,
        work: UnitOfWork,
        request: RetireUnits,
        ordered: Sequence[RetireLine],
        opened: OpenedMovement,
    ) -> UnitsRetired:
        now = self._clock.now()
        require_lines(
            [(Serial.parse(line.serial), line.quantity_units) for line in request.all_lines()]
        )
        body = lookups.found(opened.body, "stored request")
        holder = lookups.found(opened.accounts.get(request.account_id), "account")
        retirement = _retirement(
            request, RetirementPayload.model_validate(body), account_id=holder.acts_for, at=now
        )
        found = [lookups.found(line, "credit entry") for line in opened.lines]
        await _require_every_line(
            work, request, [(one.entry, line) for one, line in zip(found, ordered, strict=True)]
        )
        writes = [
            await self._retire_line(work, retirement, holder, one, line.quantity_units, index)
            for index, (one, line) in enumerate(zip(found, ordered, strict=True))
        ]
        in_unit_order = sorted((write.moved for write in writes), key=_units)
        certificate = self._certificates.unsealed(
            retirement, in_unit_order, sorted(found, key=_first_unit), at=now
        )
        await ledger_writes.carry_out(
            work,
            writes,
            event_type="credits.retired",
            actor_id=holder.id,
            at=now,
            retirement=retirement,
        )
        record_ids = {
            write.moved.id: await self._queue_record(work, write, request, retirement)
            for write in writes
        }
        await work.certificates.add(certificate)
        await work.publishing.outbox.add(events.retirement_accepted(retirement, in_unit_order))
        invoice = await self._invoicing.invoice(
            work,
            InvoiceKind.RETIREMENT,
            retirement.id,
            payer_id=retirement.account_id,
            quantity_units=retirement.quantity_units,
            at=now,
        )
        return UnitsRetired(
            invoice=invoice,
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
        line: OpenedLine,
        quantity_units: int,
        index: int,
    ) -> ledger_writes.LedgerWrite:
        """One line, which has a credit transaction and a chain record of its own."""
        transaction_id = derived_id(
            retirement.id, f"transaction/{index}" if index else "transaction"
        )
        _, write = await ledger_writes.apply_rule(
            work,
            partial(retire, holder=holder, retirement=retirement),
            line.entry,
            quantity_units,
            becomes=EntryStatus.RETIRED,
            transaction_id=transaction_id,
            at=retirement.retired_at,
            serials=line.serials,
        )
        return write

    async def _queue_record(
        self,
        work: UnitOfWork,
        write: ledger_writes.LedgerWrite,
        request: RetireUnits,
        retirement: Retirement,
    ) -> UUID:
        return await ledger_writes.queue_record(
            work,
            write.credit_transaction,
            write.moved,
            waiting_workflow_id=request.waiting_workflow_id,
            at=retirement.retired_at,
            salts=self._salts,
            reason=retirement.reason,
        )


async def _require_every_line(
    work: UnitOfWork, request: RetireUnits, lines: Sequence[tuple[CreditEntry, RetireLine]]
) -> None:
    """
    `lines` are locked entries, each with what is to be retired of it.

    Raises:
        Conflict: names every line whose entry is not active or holds less, by its place in what was
            sent; of a request without a list, which has no places, the refusal as it is.
    """
    by_place = sorted(lines, key=lambda line: request.all_lines().index(line[1]))
    refusals: list[tuple[int, Conflict]] = []
    for place, (entry, line) in enumerate(by_place):
        try:
            await ledger_writes.require_not_superseded(work, entry)
            require_active(entry)
            require_movable(entry, line.quantity_units, EntryStatus.RETIRED)
        except Conflict as refused:
            if not request.lines:
                raise
            refusals.append((place, refused))
    if refusals:
        kinds = {type(refused) for _, refused in refusals}
        kind = kinds.pop() if len(kinds) == 1 else Conflict
        raise kind(refusals[0][1].detail, *(_line_fault(*refusal) for refusal in refusals))


def _line_fault(place: int, refused: Conflict) -> Fault:
    at_fault = "quantity" if isinstance(refused, InsufficientCredits) else "serial"
    return Fault(f"/lines/{place}/{at_fault}", refused.detail)


def _units(entry: CreditEntry) -> UnitRange:
    return entry.units


def _first_unit(line: OpenedLine) -> int:
    """What is moved keeps the lowest numbers, so that this is the moved part's order too."""
    return line.entry.units.first


def _retirement(
    request: RetireUnits, payload: RetirementPayload, *, account_id: UUID, at: datetime
) -> Retirement:
    named = payload.beneficiary
    return Retirement(
        id=request.retirement_id,
        account_id=account_id,
        quantity_units=sum(line.quantity_units for line in request.all_lines()),
        beneficiary=Beneficiary(named.name, named.country, named.identifier) if named else None,
        purpose=payload.purpose,
        reason=payload.reason,
        retired_at=at,
    )
