"""The real ledger: the registry's activities on a real PostgreSQL, driven one operation at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.credits.buffer import ReleaseBuffer, ReleasePayload
from activities.credits.cancellation import CancelCredits, CancellationPayload
from activities.credits.freeze import ChangeState, FreezePayload, UnfreezePayload
from activities.credits.issuance import IssueCredits
from activities.credits.obligation import (
    CancelSuspended,
    ObligationDeadline,
    ObligationPayload,
    ReplaceLoss,
)
from activities.credits.reservation import (
    AnswerReservation,
    EndReservation,
    RequestReservation,
    ReservationPayload,
)
from activities.credits.retirement import RetireLine, RetirementPayload, RetireUnits
from activities.credits.reversal import RecordReversal, ReversalPayload
from activities.credits.transfer import TransferCredits
from adapters.postgres.audit import reads as reads_audit
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.queries import PageRequest
from adapters.postgres.tables import (
    chain_records,
    metadata,
)
from domain.audit.check import kept_link
from domain.audit.related_invariants import RelatedRows
from domain.chain.records import RecordKind
from domain.credits.ledger import SUPERSEDED
from domain.projects.projects import ProjectStatus, ProjectType
from tests.activities.registry import Registry, keep_draft, run
from tests.factories import ADMINISTRATOR, after, approved, named, project
from tests.ledger.naive_ledger import Line, Serial, Unit
from tests.whole_ledger import WholeLedger, whole_ledger


@dataclass(frozen=True)
class LedgerSeen(WholeLedger):
    """As it stands in the database, with what is related to it."""

    related: RelatedRows = field(default_factory=RelatedRows)

    def units(self) -> dict[Unit, Line]:
        """Who has each unit, and how: the entries that are not superseded, one line for each unit."""
        return {
            unit: Line(entry.owner_id, entry.status.value, str(entry.serial))
            for entry in self.entries
            if entry.status not in SUPERSEDED
            for unit in range(entry.units.first, entry.units.last + 1)
        }


RISKY, SAFE = ProjectType.REFORESTATION, ProjectType.BIOCHAR
BUFFER_PERCENT = 20
"""Of what a risky project is issued, as nobody has rated it; a safe one contributes nothing."""


class RealLedger:
    """Each operation has an identifier of its own, as the API gives it one: the same ones each time."""

    def __init__(self, engine: AsyncEngine, new_id: Callable[[], UUID] | None = None) -> None:
        self._engine = engine
        self._registry = Registry(PostgresDatabase(engine))
        self._project_ids: list[UUID] = []
        self._reversal_ids: list[UUID] = []
        numbers = count(1)
        self._new_id = new_id or (lambda: named(f"operation {next(numbers)}"))

    async def issue(self, vintage: int, developer: UUID, quantity: int, *, risky: bool) -> None:
        """An approved project, and its credits."""
        verification_id = self._new_id()
        project_id = self._new_id()
        async with self._registry.database.transaction() as work:
            kind = RISKY if risky else SAFE
            await work.projects.projects.add(
                project(
                    id=project_id,
                    developer_id=developer,
                    type=kind,
                    status=ProjectStatus.VERIFIED,
                )
            )
            await work.projects.verifications.add(
                approved(
                    id=verification_id,
                    project_id=project_id,
                    developer_id=developer,
                    verified_quantity_units=quantity,
                    vintage=vintage,
                )
            )
        request = IssueCredits(verification_id=verification_id, waiting_workflow_id="verification")
        await run(self._registry.issuance.issue_credits, request)
        self._project_ids.append(project_id)

    async def transfer(self, serial: Serial, quantity: int, sender: UUID, recipient: UUID) -> None:
        request = TransferCredits(
            transaction_id=self._new_id(),
            serial=serial,
            quantity_units=quantity,
            sender_id=sender,
            recipient_id=recipient,
            waiting_workflow_id="transfer",
        )
        await run(self._registry.transfer.transfer_credits, request)

    async def reserve(self, serial: Serial, quantity: int, holder: UUID, requester: UUID) -> None:
        reservation_id = self._new_id()
        await keep_draft(self._registry, reservation_id, requester, ReservationPayload(note=""))
        request = RequestReservation(
            reservation_id=reservation_id,
            serial=serial,
            quantity_units=quantity,
            until=after(days=30),
            account_id=requester,
        )
        await run(self._registry.reservations.request_reservation, request)
        answer = AnswerReservation(reservation_id=reservation_id, account_id=holder)
        await run(self._registry.reservations.accept_reservation, answer)

    async def give_back(self, serial: Serial) -> None:
        """The time of the reservation that set it aside is up."""
        async with self._engine.connect() as connection:
            found = await connection.execute(
                text(
                    "SELECT r.id FROM reservations r JOIN credit_entries e ON e.id = reserved_entry_id"
                    " WHERE serial = :serial"
                ),
                {"serial": serial},
            )
            request = EndReservation(reservation_id=found.scalar_one())
        try:
            await run(self._registry.reservations.expire_reservation, request)
        except ApplicationError as put_off:
            # Nobody waits for it: a frozen registry puts it off, and why is the refusal that it came from.
            raise put_off.__cause__ or put_off from None

    async def retire(self, lines: list[tuple[Serial, int]], holder: UUID) -> None:
        retirement_id = self._new_id()
        draft = RetirementPayload(beneficiary=None, purpose="Voluntary claim", reason="Travel")
        await keep_draft(self._registry, retirement_id, holder, draft)
        request = RetireUnits(
            retirement_id=retirement_id,
            lines=tuple(RetireLine(serial=serial, quantity_units=units) for serial, units in lines),
            account_id=holder,
            waiting_workflow_id="retirement",
        )
        await run(self._registry.retirement.retire_units, request)

    async def cancel(self, serial: Serial, quantity: int) -> None:
        transaction_id = self._new_id()
        draft = CancellationPayload(reason="Issued twice elsewhere")
        await keep_draft(self._registry, transaction_id, ADMINISTRATOR.id, draft)
        request = CancelCredits(
            transaction_id=transaction_id,
            serial=serial,
            quantity_units=quantity,
            actor_id=ADMINISTRATOR.id,
        )
        await run(self._registry.cancellation.cancel_credits, request)

    async def release(self, serial: Serial, quantity: int) -> None:
        transaction_id = self._new_id()
        draft = ReleasePayload(reason="The risk is over")
        await keep_draft(self._registry, transaction_id, ADMINISTRATOR.id, draft)
        request = ReleaseBuffer(
            transaction_id=transaction_id,
            serial=serial,
            quantity_units=quantity,
            actor_id=ADMINISTRATOR.id,
        )
        await run(self._registry.buffer.release_buffer, request)

    async def reverse(self, project: int, vintage: int | None, quantity: int) -> None:
        """`project` is its number: the how manieth was issued."""
        reversal_id = self._new_id()
        await keep_draft(
            self._registry, reversal_id, ADMINISTRATOR.id, ReversalPayload(cause="A forest fire")
        )
        request = RecordReversal(
            reversal_id=reversal_id,
            project_id=self._project_ids[project - 1],
            vintage=vintage,
            quantity_units=quantity,
            avoidable=False,
            actor_id=ADMINISTRATOR.id,
        )
        await run(self._registry.reversal.record_reversal, request)
        self._reversal_ids.append(reversal_id)

    async def replace(self, serial: Serial, quantity: int, holder: UUID) -> None:
        """In the place of what the newest loss left uncovered."""
        transaction_id = self._new_id()
        draft = ObligationPayload(reason="For the fire")
        await keep_draft(self._registry, transaction_id, holder, draft)
        request = ReplaceLoss(
            transaction_id=transaction_id,
            reversal_id=self._reversal_ids[-1],
            serial=serial,
            quantity_units=quantity,
            actor_id=holder,
        )
        await run(self._registry.obligation.replace_loss, request)

    async def give_up(self) -> None:
        """The newest loss' day passes, and staff cancel what is suspended for it."""
        deadline = ObligationDeadline(reversal_id=self._reversal_ids[-1])
        await run(self._registry.obligation.note_obligation_overdue, deadline)
        operation_id = self._new_id()
        draft = ObligationPayload(reason="Nobody made it good")
        await keep_draft(self._registry, operation_id, ADMINISTRATOR.id, draft)
        request = CancelSuspended(
            operation_id=operation_id,
            reversal_id=self._reversal_ids[-1],
            actor_id=ADMINISTRATOR.id,
        )
        await run(self._registry.obligation.cancel_suspended, request)

    async def freeze(self) -> None:
        operation_id = self._new_id()
        draft = FreezePayload(reason="Units of one project are being recounted")
        await keep_draft(self._registry, operation_id, ADMINISTRATOR.id, draft)
        request = ChangeState(operation_id=operation_id, actor_id=ADMINISTRATOR.id)
        await run(self._registry.freeze.freeze_registry, request)

    async def unfreeze(self) -> None:
        operation_id = self._new_id()
        await keep_draft(self._registry, operation_id, ADMINISTRATOR.id, UnfreezePayload())
        request = ChangeState(operation_id=operation_id, actor_id=ADMINISTRATOR.id)
        await run(self._registry.freeze.unfreeze_registry, request)

    async def seen(self) -> LedgerSeen:
        async with self._engine.connect() as connection:
            ledger = await whole_ledger(connection)
            return LedgerSeen(**vars(ledger), related=await _related(connection))

    async def fingerprints(self) -> dict[str, str]:
        """
        One for all rows of each table, in one statement: whether anything has changed at all.

        Drafts are left out; they are the API's, which forgets them when the answer is no.
        """
        parts = [
            f"SELECT '{name}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM {name} t"
            for name in sorted(metadata.tables.keys() - {"drafts"})
        ]
        async with self._engine.connect() as connection:
            found = await connection.execute(text(" UNION ALL ".join(parts)))
            return {row.name: row.digest for row in found}


async def _related(connection: AsyncConnection) -> RelatedRows:
    records = await connection.execute(
        select(chain_records.c.transaction_id, chain_records.c.kind).where(
            chain_records.c.transaction_id.is_not(None)
        )
    )
    log = await reads_audit.entries(connection, PageRequest(1_000_000, newest_first=False))
    return RelatedRows(
        records=[(row.transaction_id, RecordKind(row.kind)) for row in records],
        links=[kept_link(chained) for chained in log],
        head=await reads_audit.head(connection),
        audited=[
            chained.entry.resource_id
            for chained in log
            if chained.entry.resource_type == "credit_transaction"
        ],
    )
