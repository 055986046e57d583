"""
Where the ledger's invariants do not hold: functions over rows that come one after another.

Each takes an entry with what is next to it, or rows in some order, and keeps no more than it says,
so that a ledger of any size passes through (domain.credits.checks.invariants: what is looked for, and who looks).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.roles import REGISTRY_ACCOUNT_ID
from domain.credits.checks.invariants import Difference, DifferenceKind
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    CreditTransaction,
    CreditTransactionType,
    EntryStatus,
    children_tile_parent,
)
from domain.identifiers import Serial
from domain.quantities import UnitRange
from domain.unit_ranges import merged, without

ISSUED = "issued"
"""Beside the statuses of entries, the one part of the kept sums that is summed from movements."""

MAKES_ROOTS = frozenset({CreditTransactionType.ISSUANCE, CreditTransactionType.BUFFER_CONTRIBUTION})
"""What may bring units into being; everything else only moves them."""

ENDS_AS = {
    CreditTransactionType.RETIREMENT: EntryStatus.RETIRED,
    CreditTransactionType.CANCELLATION: EntryStatus.CANCELLED,
}
"""The status in which a transaction leaves its result, for ever."""

LEAVES_AS = {**ENDS_AS, CreditTransactionType.RESERVATION: EntryStatus.RESERVED}
"""The status that a transaction gives its result, where it does not follow from the entry itself."""

Differences = Iterator[Difference]


@dataclass(frozen=True)
class Parent:
    """What an entry came of. By each transaction that moved it, the rest begins at one of `rest_firsts`."""

    owner_id: UUID
    units: UnitRange
    rest_firsts: Sequence[int]
    suspended_for: UUID | None = None


@dataclass(frozen=True)
class TracedEntry:
    """
    An entry with everything that is next to it; transactions are the completed ones.

    `made` are those that began it: an issuance, or a move that has another entry as its source;
    `moved` acted upon it. `project_number` and `vintage` are the stored columns. `parent` is None
    where there is no such entry, whatever `entry.parent_id` says.
    """

    entry: CreditEntry
    project_number: int
    vintage: int
    parent: Parent | None
    children: Sequence[CreditEntry]
    made: Sequence[CreditTransaction]
    moved: Sequence[CreditTransaction]


def children_tile_their_parent(traced: TracedEntry) -> Differences:
    entry, children = traced.entry, traced.children
    if entry.status not in SUPERSEDED:
        tiled = not children
    else:
        alike = all(
            (c.project_id, c.vintage) == (entry.project_id, entry.vintage) for c in children
        )
        tiled = alike and children_tile_parent(entry, children)
    if not tiled:
        yield _about(DifferenceKind.CHILDREN, entry)


def transactions_say_what_entry_holds(traced: TracedEntry) -> Differences:
    entry = traced.entry
    for transaction in (*traced.made, *traced.moved):
        if transaction.result_entry_id == entry.id and transaction.units != entry.units:
            yield _of_transaction(DifferenceKind.TRANSACTION, transaction)
    for transaction in traced.moved:
        if transaction.sender_id not in {None, entry.owner_id}:
            yield _of_transaction(DifferenceKind.SENDER, transaction)
    if len(traced.made) > 1 or len(traced.moved) > 1:
        yield _about(DifferenceKind.REPEATED, entry)
    for made in _each_or_none(traced.made):
        yield from _made_otherwise(traced, made)
        for moved in _each_or_none(traced.moved):
            status = _status_told(entry, made, moved)
            if entry.status is not status:
                subject = f"{entry.serial} is {entry.status}, by its transactions {status}"
                yield Difference(
                    DifferenceKind.STATUS, subject, entry.units.first, entry.units.last
                )


def serial_says_project_and_vintage(traced: TracedEntry) -> Differences:
    serial = traced.entry.serial
    if serial.project_number != traced.project_number:
        yield Difference(DifferenceKind.PROJECT, str(serial), traced.project_number, 0)
    if serial.vintage != traced.vintage:
        yield Difference(DifferenceKind.VINTAGE, str(serial), traced.vintage, 0)


def transaction_names_no_entry(transaction: CreditTransaction) -> Difference:
    """Of a completed transaction whose source or result is not among the entries."""
    return _of_transaction(DifferenceKind.DANGLING, transaction)


def retirement_is_its_lines(
    retirement_id: UUID, quantity_units: int, line_units: int
) -> Differences:
    """`line_units` are those of its completed transactions together."""
    if quantity_units != line_units:
        subject = str(retirement_id)
        yield Difference(DifferenceKind.RETIREMENT, subject, quantity_units, line_units)


class Sums:
    """
    `issued_is_conserved`: what issuances say against what leaves hold, in any order; and both against
    the sums that are `kept` beside them, by project, vintage and part (a status, or issued).
    """

    def __init__(self) -> None:
        self._rows: Counter[tuple[int, int, str]] = Counter()
        self.issued: Counter[tuple[int, int]] = Counter()
        self.held: Counter[tuple[int, int, EntryStatus]] = Counter()

    def add(self, traced: TracedEntry) -> None:
        project_vintage, entry = (traced.project_number, traced.vintage), traced.entry
        for transaction in traced.made:
            if transaction.type in MAKES_ROOTS:
                self.issued[project_vintage] += transaction.units.quantity_units
                self._rows[*project_vintage, ISSUED] += transaction.units.quantity_units
        self._rows[*project_vintage, entry.status.value] += entry.units.quantity_units
        if entry.status not in SUPERSEDED:
            self.held[*project_vintage, entry.status] += entry.units.quantity_units

    def differences(self) -> Differences:
        issued: Counter[str] = Counter()
        held: Counter[str] = Counter()
        for (project, vintage), units in self.issued.items():
            issued.update(dict.fromkeys(_sums_of(project, vintage), units))
        for (project, vintage, _), units in self.held.items():
            held.update(dict.fromkeys(_sums_of(project, vintage), units))
        for name in issued | held:
            if issued[name] != held[name]:
                yield Difference(DifferenceKind.SUM, name, issued[name], held[name])

    def differences_of_kept(self, kept: Mapping[tuple[int, int, str], int]) -> Differences:
        for project, vintage, part in {**self._rows, **kept}:
            first = kept.get((project, vintage, part), 0)
            last = self._rows[project, vintage, part]
            if first != last:
                subject = f"Project {project}, vintage {vintage}, {part}"
                yield Difference(DifferenceKind.KEPT_SUM, subject, first, last)


class Coverage:
    """
    `leaves_tile_what_was_issued` and `no_two_leaves_share_a_unit`.

    Entries are taken in the order of their units, then serials; what they cover is one range in a ledger that holds.
    """

    def __init__(self) -> None:
        self._issued: list[UnitRange] = []
        self._held: list[UnitRange] = []
        self._leaf: CreditEntry | None = None

    def add(self, entry: CreditEntry) -> Differences:
        if entry.parent_id is None:
            self._issued[-1:] = merged([*self._issued[-1:], entry.units])
        if entry.status in SUPERSEDED:
            return
        self._held[-1:] = merged([*self._held[-1:], entry.units])
        before, self._leaf = self._leaf, entry
        if before is not None and entry.units.first <= before.units.last:
            last = min(before.units.last, entry.units.last)
            subject = f"{before.serial} and {entry.serial}"
            yield Difference(DifferenceKind.SHARED, subject, entry.units.first, last)

    def differences(self) -> Differences:
        for kind, one, other in (
            (DifferenceKind.LOST, self._issued, self._held),
            (DifferenceKind.NEVER_ISSUED, self._held, self._issued),
        ):
            for units in without(one, other):
                yield Difference(kind, "", units.first, units.last)


class EntryComparison:
    """
    Whatever is found by looking at every entry once: all invariants but that of serials.

    Entries are taken in the order of their units, then serials.
    """

    def __init__(self) -> None:
        self.sums = Sums()
        self._coverage = Coverage()

    def add(self, traced: TracedEntry) -> Differences:
        self.sums.add(traced)
        yield from self._coverage.add(traced.entry)
        yield from children_tile_their_parent(traced)
        yield from transactions_say_what_entry_holds(traced)
        yield from serial_says_project_and_vintage(traced)

    def differences(self) -> Differences:
        """Of the whole, when every entry was taken."""
        yield from self.sums.differences()
        yield from self._coverage.differences()


class RunningNumbers:
    """`serials_are_unique_and_gap_free`; serials are taken in their order."""

    def __init__(self) -> None:
        self._before: Serial | None = None

    def add(self, serial: Serial) -> Differences:
        before, self._before = self._before, serial
        project_vintage = (serial.vintage, serial.project_number)
        same = before is not None and (before.vintage, before.project_number) == project_vintage
        reached = before.running_number if before is not None and same else 0
        number = serial.running_number
        if number == reached:
            yield Difference(DifferenceKind.SERIAL_TWICE, str(serial), number, number)
        if number > reached + 1:
            subject = str(serial).rpartition("-")[0]
            yield Difference(DifferenceKind.SERIAL_GAP, subject, reached + 1, number - 1)


def retired_stays_retired(
    before: Sequence[CreditEntry], after: Sequence[CreditEntry]
) -> Sequence[str]:
    """Whatever was retired or cancelled is afterwards what it was before, in every field."""
    now = {entry.id: entry for entry in after}
    return [
        f"{entry.serial} was {entry.status} and is no longer the same."
        for entry in before
        if entry.status in ENDS_AS.values() and now.get(entry.id) != entry
    ]


def _each_or_none(
    transactions: Sequence[CreditTransaction],
) -> Sequence[CreditTransaction | None]:
    return transactions or [None]


def _made_otherwise(traced: TracedEntry, made: CreditTransaction | None) -> Differences:
    """Who does not come into the transaction keeps what he had: its sender the remainder, or what he retired."""
    owner_id = traced.parent.owner_id if traced.parent else None
    if made is not None and made.recipient_id is not None:
        owner_id = made.recipient_id
    if owner_id not in {None, traced.entry.owner_id}:
        yield _about(DifferenceKind.OWNER, traced.entry)
    if not _suspended_as_told(traced, made):
        yield _about(DifferenceKind.SUSPENSION, traced.entry)
    if not _began(traced, made):
        yield _about(DifferenceKind.ORIGIN, traced.entry)


def _suspended_as_told(traced: TracedEntry, made: CreditTransaction | None) -> bool:
    """A suspension names a loss and a reinstatement none; everything else leaves it as the parent's."""
    before = traced.parent.suspended_for if traced.parent else None
    now = traced.entry.suspended_for
    if made is not None and made.type is CreditTransactionType.SUSPENSION:
        return before is None and now is not None
    if made is not None and made.type is CreditTransactionType.REINSTATEMENT:
        return before is not None and now is None
    return now == before


def _status_told(
    entry: CreditEntry, made: CreditTransaction | None, moved: CreditTransaction | None
) -> EntryStatus:
    """`domain.credits.ledger.move` in reverse. The registry holds the buffer, and nothing else (`OWNER`)."""
    if moved is None:
        held = _held_as(entry)
        return LEAVES_AS.get(made.type, held) if made else held
    if moved.result_entry_id == entry.id:
        return ENDS_AS.get(moved.type, EntryStatus.TRANSFERRED)
    return EntryStatus.TRANSFERRED if moved.units == entry.units else EntryStatus.SPLIT


def _held_as(entry: CreditEntry) -> EntryStatus:
    if entry.suspended_for is not None:
        return EntryStatus.SUSPENDED
    return EntryStatus.BUFFER if entry.owner_id == REGISTRY_ACCOUNT_ID else EntryStatus.ACTIVE


def _began(traced: TracedEntry, made: CreditTransaction | None) -> bool:
    """A root by its issuance; a child as what was moved out of its parent, or as all that was left."""
    entry, parent = traced.entry, traced.parent
    if entry.parent_id is None:
        return made is not None and made.type in MAKES_ROOTS
    if parent is None:
        return False
    if made is not None:
        return made.type not in MAKES_ROOTS and made.entry_id == entry.parent_id
    return entry.units.first in parent.rest_firsts and entry.units.last == parent.units.last


def _sums_of(project_number: int, vintage: int) -> Sequence[str]:
    project = f"Project {project_number}"
    return f"{project}, vintage {vintage}", project, f"Vintage {vintage}", "In total"


def _about(kind: DifferenceKind, entry: CreditEntry) -> Difference:
    return Difference(kind, str(entry.serial), entry.units.first, entry.units.last)


def _of_transaction(kind: DifferenceKind, transaction: CreditTransaction) -> Difference:
    return Difference(kind, str(transaction.id), transaction.units.first, transaction.units.last)
