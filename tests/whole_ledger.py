"""The whole ledger in memory, and where its invariants do not hold (domain.credits.checks.invariants)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.projects.verification import verification_from
from adapters.postgres.publishing.fragment_check import DIFFERING_FRAGMENTS
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    credit_entries,
    credit_sums,
    credit_transactions,
    obligation_cancellations,
    obligations,
    projects,
    retirements,
    reversal_cancellations,
    reversal_coverings,
    reversals,
    unit_counter,
    verification_requests,
)
from domain.credits.checks.invariants import Difference
from domain.credits.checks.issuance_differences import (
    TracedApproval,
    TracedIssuance,
    issued_as_approved,
    issued_without_approval,
    next_unit_follows,
)
from domain.credits.checks.ledger_differences import (
    MAKES_ROOTS,
    EntryComparison,
    Parent,
    RunningNumbers,
    TracedEntry,
    retirement_is_its_lines,
    transaction_names_no_entry,
)
from domain.credits.checks.reversal_differences import (
    TracedReversal,
    TracedSuspension,
    differences_of_reversal,
    touched_is_no_more_than_was_retired,
)
from domain.credits.ledger import (
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
)
from domain.credits.obligation import ObligationStatus
from domain.credits.reversal import Covering, Reversal
from domain.projects.projects import ProjectStatus
from domain.projects.verification import VerificationStatus


@dataclass(frozen=True)
class WholeLedger:
    """
    Every row of the ledger at one moment, with the verifications that it rests on.

    `project_numbers` are by project, `retired_units` the quantity of each retirement.
    """

    entries: Sequence[CreditEntry]
    transactions: Sequence[CreditTransaction]
    project_numbers: Mapping[UUID, int]
    retired_units: Mapping[UUID, int]
    reversals: Sequence[TracedReversal] = ()
    approvals: Sequence[TracedApproval] = ()
    next_unit: int = 1
    kept_sums: Mapping[tuple[int, int, str], int] | None = None
    """By project, vintage and part; None: not looked at."""

    def traced(self) -> Iterator[TracedEntry]:
        """Each entry with what is next to it, in the order of units and serials."""
        by_id = {entry.id: entry for entry in self.entries}
        children: defaultdict[UUID, list[CreditEntry]] = defaultdict(list)
        made: defaultdict[UUID, list[CreditTransaction]] = defaultdict(list)
        moved: defaultdict[UUID, list[CreditTransaction]] = defaultdict(list)
        for entry in self.entries:
            if entry.parent_id is not None:
                children[entry.parent_id].append(entry)
        for transaction in self.completed:
            begins = transaction.type in MAKES_ROOTS
            if begins or transaction.entry_id != transaction.result_entry_id:
                made[transaction.result_entry_id].append(transaction)
            if not begins:
                moved[transaction.entry_id].append(transaction)
        for entry in sorted(self.entries, key=lambda entry: (entry.units, entry.serial)):
            parent = by_id.get(entry.parent_id) if entry.parent_id else None
            yield TracedEntry(
                entry,
                project_number=self.project_numbers[entry.project_id],
                vintage=entry.vintage,
                parent=None if parent is None else _parent(parent, moved[parent.id]),
                children=children[entry.id],
                made=made[entry.id],
                moved=moved[entry.id],
            )

    @property
    def completed(self) -> Sequence[CreditTransaction]:
        return [t for t in self.transactions if t.status is CreditTransactionStatus.COMPLETED]


def _parent(entry: CreditEntry, moved: Sequence[CreditTransaction]) -> Parent:
    return Parent(
        entry.owner_id,
        entry.units,
        [one.units.last + 1 for one in moved],
        entry.suspended_for,
    )


def differences(ledger: WholeLedger) -> set[Difference]:
    return set(_differences(ledger))


def broken(ledger: WholeLedger) -> dict[str, set[str]]:
    """The invariants that do not hold, by name, each with its sentences."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for difference in differences(ledger):
        found[difference.invariant.name].add(difference.sentence)
    return dict(found)


def _differences(ledger: WholeLedger) -> Iterator[Difference]:
    entries, numbers = EntryComparison(), RunningNumbers()
    for traced in ledger.traced():
        yield from entries.add(traced)
    yield from entries.differences()
    if ledger.kept_sums is not None:
        yield from entries.sums.differences_of_kept(ledger.kept_sums)
    for serial in sorted(entry.serial for entry in ledger.entries):
        yield from numbers.add(serial)
    ids, lines = {entry.id for entry in ledger.entries}, Counter[UUID | None]()
    for transaction in ledger.completed:
        if not {transaction.entry_id, transaction.result_entry_id} <= ids:
            yield transaction_names_no_entry(transaction)
        lines[transaction.retirement_id] += transaction.units.quantity_units
    yield from _unlike_approvals(ledger)
    for retirement_id, units in ledger.retired_units.items():
        yield from retirement_is_its_lines(retirement_id, units, lines[retirement_id])
    touched = Counter[UUID]()
    for reversal in ledger.reversals:
        yield from differences_of_reversal(reversal)
        for covering in reversal.coverings:
            touched[covering.retirement_id] += covering.touched_units
    for retirement_id, units in touched.items():
        yield from touched_is_no_more_than_was_retired(retirement_id, lines[retirement_id], units)


def _unlike_approvals(ledger: WholeLedger) -> Iterator[Difference]:
    for approval in ledger.approvals:
        yield from issued_as_approved(approval)
    known = {approval.verification_id for approval in ledger.approvals}
    issued = [transaction for transaction in ledger.completed if transaction.type in MAKES_ROOTS]
    for transaction in issued:
        if transaction.verification_id not in known:
            yield issued_without_approval(transaction)
    last_unit = max((transaction.units.last for transaction in issued), default=0)
    yield from next_unit_follows(ledger.next_unit, last_unit)


async def kept_sums(engine: AsyncEngine) -> set[Any]:
    """What is kept of the ledger beside its rows; a part that is gone is as one that never was."""
    async with engine.connect() as connection:
        found = await connection.execute(
            select(credit_sums).where(
                or_(credit_sums.c.entries != 0, credit_sums.c.quantity_units != 0)
            )
        )
        return set(found.all())


async def whole_ledger(connection: AsyncConnection) -> WholeLedger:
    """As it stands in the database."""
    entries = await connection.execute(select(credit_entries))
    transactions = await connection.execute(select(credit_transactions))
    numbers = await connection.execute(select(projects.c.id, projects.c.number))
    retired = await connection.execute(select(retirements.c.id, retirements.c.quantity_units))
    moved = [value_of(CreditTransaction, row) for row in transactions.mappings()]
    held = [value_of(CreditEntry, row) for row in entries.mappings()]
    number_of = {row.id: row.number for row in numbers}
    return WholeLedger(
        held,
        moved,
        number_of,
        {row.id: row.quantity_units for row in retired},
        await _reversals(
            connection,
            held,
            {t.id: t for t in moved if t.status is CreditTransactionStatus.COMPLETED},
        ),
        await _approvals(connection, held, moved),
        (await connection.execute(select(unit_counter.c.next_unit))).scalar_one(),
        {
            (number_of[row.project_id], row.vintage, row.part): row.quantity_units
            for row in await connection.execute(select(credit_sums))
        },
    )


async def _approvals(
    connection: AsyncConnection,
    entries: Sequence[CreditEntry],
    transactions: Sequence[CreditTransaction],
) -> Sequence[TracedApproval]:
    by_id = {entry.id: entry for entry in entries}
    issued: defaultdict[UUID | None, list[TracedIssuance]] = defaultdict(list)
    for one in transactions:
        if one.type in MAKES_ROOTS and one.status is CreditTransactionStatus.COMPLETED:
            entry = by_id.get(one.result_entry_id)
            traced = TracedIssuance(
                one, entry.project_id if entry else None, entry.vintage if entry else None
            )
            issued[one.verification_id].append(traced)
    verified = await connection.execute(
        select(projects.c.id, projects.c.developer_id).where(
            projects.c.status == ProjectStatus.VERIFIED.value
        )
    )
    developers = {row.id: row.developer_id for row in verified}
    found = await connection.execute(select(verification_requests))
    verifications = [verification_from(row) for row in found.mappings()]
    return [
        TracedApproval(
            verification.id,
            verification.project_id,
            verification.developer_id,
            verification.verified_quantity_units,
            {one.vintage: one.quantity_units for one in verification.approved_vintages},
            verification.status is VerificationStatus.APPROVED
            and not verification.waits_for_countersignature
            and developers.get(verification.project_id) == verification.developer_id,
            issued[verification.id],
        )
        for verification in verifications
    ]


async def _reversals(
    connection: AsyncConnection,
    entries: Sequence[CreditEntry],
    completed: Mapping[UUID, CreditTransaction],
) -> Sequence[TracedReversal]:
    made = await connection.execute(select(reversals))
    cancellations = (await connection.execute(select(reversal_cancellations))).all()
    coverings = (await connection.execute(select(reversal_coverings))).mappings().all()
    obliged = (await connection.execute(select(obligations))).all()
    made_good = (await connection.execute(select(obligation_cancellations))).all()

    def of(rows: Sequence[Row[Any]], reversal: Reversal) -> list[CreditTransaction]:
        return [
            completed[row.transaction_id]
            for row in rows
            if row.reversal_id == reversal.id and row.transaction_id in completed
        ]

    return [
        TracedReversal(
            reversal.id,
            reversal.quantity_units,
            [transaction.units for transaction in of(cancellations, reversal)],
            [value_of(Covering, row) for row in coverings if row["reversal_id"] == reversal.id],
            _suspension(
                [entry for entry in entries if entry.suspended_for == reversal.id],
                completed.values(),
                next((row for row in obliged if row.reversal_id == reversal.id), None),
                of(made_good, reversal),
            ),
        )
        for reversal in (value_of(Reversal, row) for row in made.mappings())
    ]


def _suspension(
    blocked: Sequence[CreditEntry],
    completed: Iterable[CreditTransaction],
    obligation: Row[Any] | None,
    made_good: Sequence[CreditTransaction],
) -> TracedSuspension:
    blocked_ids = {entry.id for entry in blocked}

    def units(of: Iterable[CreditEntry | CreditTransaction]) -> int:
        return sum(one.units.quantity_units for one in of)

    return TracedSuspension(
        suspended_units=units(
            t
            for t in completed
            if t.type is CreditTransactionType.SUSPENSION and t.result_entry_id in blocked_ids
        ),
        left_units=units(e for e in blocked if e.status is EntryStatus.SUSPENDED),
        cancelled_units=units(e for e in blocked if e.status is EntryStatus.CANCELLED),
        made_good_units=units(made_good),
        obliged_units=obligation.quantity_units if obligation else 0,
        status=ObligationStatus(obligation.status) if obligation else None,
    )


async def fragments_that_differ(engine: AsyncEngine) -> list[tuple[str, UUID]]:
    """Of the public's ready pieces, those that are not what the rows make of them (ADR 0116)."""
    async with engine.connect() as connection:
        found = await connection.execute(text(DIFFERING_FRAGMENTS))
        return [(row.kind, row.id) for row in found]
