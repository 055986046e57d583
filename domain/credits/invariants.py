"""
What is true of the whole ledger after every operation: product.md, rule 1, one function each.

A function looks at entries and transactions, however they were come by, and answers with a
sentence for each violation it finds, or with nothing when it holds. The database guards most of
these by itself (migrations 0002 and 0003); here they stand once more, in words that do not trust it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from domain.credits.ledger import (
    SUPERSEDED,
    Conservation,
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
    children_tile_parent,
    conservation,
)
from domain.quantities import format_tonnes
from domain.unit_ranges import merged, without

Violations = tuple[str, ...]
Entries = Collection[CreditEntry]
Transactions = Collection[CreditTransaction]

MAKES_ROOTS = frozenset({CreditTransactionType.ISSUANCE, CreditTransactionType.BUFFER_CONTRIBUTION})
"""What may bring units into being; everything else only moves them."""

ENDS_AS = {
    CreditTransactionType.RETIREMENT: EntryStatus.RETIRED,
    CreditTransactionType.CANCELLATION: EntryStatus.CANCELLED,
}
"""The status in which a transaction leaves its result, for ever."""


def no_two_leaves_share_a_unit(entries: Entries) -> Violations:
    """Every unit is in at most one entry that is not superseded."""
    by_units = sorted(leaves(entries), key=lambda entry: entry.units)
    return tuple(
        f"{lower.serial} and {upper.serial} share units {upper.units.first} to "
        f"{min(lower.units.last, upper.units.last)}."
        for lower, upper in pairwise(by_units)
        if upper.units.first <= lower.units.last
    )


def children_tile_their_parents(entries: Entries) -> Violations:
    """An entry's children hold exactly its units, each once, under its project and vintage."""
    found: list[str] = []
    by_id = {entry.id: entry for entry in entries}
    for parent_id, children in _children(entries).items():
        parent = by_id.get(parent_id)
        if parent is None:
            found += [
                f"{child.serial} comes from an entry that is not there." for child in children
            ]
            continue
        if not children_tile_parent(parent, children):
            found.append(f"The children of {parent.serial} do not tile it.")
        found += [
            f"{child.serial} is of another project or vintage than its parent {parent.serial}."
            for child in children
            if (child.project_id, child.vintage) != (parent.project_id, parent.vintage)
        ]
    return tuple(found)


def leaves_tile_what_was_issued(entries: Entries) -> Violations:
    """The entries that are not superseded hold exactly the units that were ever issued."""
    issued = merged(entry.units for entry in roots(entries))
    held = merged(entry.units for entry in leaves(entries))
    return (
        *(f"Units {u.first} to {u.last} were issued and are lost." for u in without(issued, held)),
        *(f"Units {u.first} to {u.last} were never issued." for u in without(held, issued)),
    )


def issued_is_conserved(entries: Entries) -> Violations:
    """Issued = active + retired + cancelled + buffer: per project, per vintage and in total."""
    parts: dict[str, list[CreditEntry]] = defaultdict(list)
    for entry in entries:
        parts[f"Project {entry.serial.project_number}"].append(entry)
        parts[f"Vintage {entry.vintage}"].append(entry)
        parts[f"Project {entry.serial.project_number}, vintage {entry.vintage}"].append(entry)
        parts["In total"].append(entry)
    sums = {name: conservation(part) for name, part in parts.items()}
    return tuple(_unequal(name, found) for name, found in sums.items() if not found.holds)


def serials_are_unique_and_gap_free(entries: Entries) -> Violations:
    """Each project and vintage numbers its entries 1, 2, 3 and so on, each number once."""
    taken = Counter(entry.serial for entry in entries)
    twice = [f"{serial} names {count} entries." for serial, count in taken.items() if count > 1]
    numbers: dict[tuple[int, int], set[int]] = defaultdict(set)
    for serial in taken:
        numbers[serial.vintage, serial.project_number].add(serial.running_number)
    gaps = [
        f"KRB-{vintage}-{project:03d} skips running number {missing}."
        for (vintage, project), used in numbers.items()
        for missing in sorted(set(range(1, max(used) + 1)) - used)
    ]
    return (*twice, *gaps)


def superseded_entries_have_children(entries: Entries) -> Violations:
    """An entry has children if, and only if, it was split or transferred."""
    parents = set(_children(entries))
    return tuple(
        f"{entry.serial} is {entry.status} and has {'no ' if superseded else ''}children."
        for entry in entries
        if (superseded := entry.status in SUPERSEDED) != (entry.id in parents)
    )


def transactions_say_what_entries_hold(entries: Entries, transactions: Transactions) -> Violations:
    """
    A completed transaction names the units, owner and status that its result has.

    And everything that was issued, superseded, retired or cancelled became so in one transaction.
    """
    by_id = {entry.id: entry for entry in entries}
    completed = [t for t in transactions if t.status is CreditTransactionStatus.COMPLETED]
    return (
        *(said for transaction in completed for said in _misstatements(transaction, by_id)),
        *_untold(entries, completed),
    )


def retired_stays_retired(before: Entries, after: Entries) -> Violations:
    """Whatever was retired or cancelled is afterwards what it was before, in every field."""
    now = {entry.id: entry for entry in after}
    return tuple(
        f"{entry.serial} was {entry.status} and is no longer the same."
        for entry in before
        if entry.status in ENDS_AS.values() and now.get(entry.id) != entry
    )


INVARIANTS: Mapping[str, Callable[[Entries, Transactions], Violations]] = {
    "no_two_leaves_share_a_unit": lambda entries, _: no_two_leaves_share_a_unit(entries),
    "children_tile_their_parents": lambda entries, _: children_tile_their_parents(entries),
    "leaves_tile_what_was_issued": lambda entries, _: leaves_tile_what_was_issued(entries),
    "issued_is_conserved": lambda entries, _: issued_is_conserved(entries),
    "serials_are_unique_and_gap_free": lambda entries, _: serials_are_unique_and_gap_free(entries),
    "superseded_entries_have_children": lambda entries, _: superseded_entries_have_children(
        entries
    ),
    "transactions_say_what_entries_hold": transactions_say_what_entries_hold,
}
"""
What must hold of any one state of the ledger, by name; each takes the entries and the transactions.

`retired_stays_retired` compares two states and is asked between them.
"""


def leaves(entries: Entries) -> Sequence[CreditEntry]:
    """The entries that hold their units now."""
    return [entry for entry in entries if entry.status not in SUPERSEDED]


def roots(entries: Entries) -> Sequence[CreditEntry]:
    """The entries as which units came into being."""
    return [entry for entry in entries if entry.parent_id is None]


def _children(entries: Entries) -> Mapping[UUID, Sequence[CreditEntry]]:
    children: dict[UUID, list[CreditEntry]] = defaultdict(list)
    for entry in entries:
        if entry.parent_id is not None:
            children[entry.parent_id].append(entry)
    return children


def _unequal(name: str, found: Conservation) -> str:
    accounted = (
        found.active_units + found.retired_units + found.cancelled_units + found.buffer_units
    )
    return (
        f"{name}: {format_tonnes(found.issued_units)} t were issued, "
        f"{format_tonnes(accounted)} t are accounted for."
    )


def _misstatements(
    transaction: CreditTransaction, by_id: Mapping[UUID, CreditEntry]
) -> Iterator[str]:
    source, result = by_id.get(transaction.entry_id), by_id.get(transaction.result_entry_id)
    name = f"The {transaction.type} {transaction.id}"
    if source is None or result is None:
        yield f"{name} names an entry that is not there."
        return
    if result.units != transaction.units:
        yield f"{name} moved other units than {result.serial} holds."
    if source.id not in {result.id, result.parent_id}:
        yield f"{name} says that {result.serial} came from {source.serial}, and it did not."
    if transaction.recipient_id not in {None, result.owner_id}:
        yield f"{name} went to somebody else than the owner of {result.serial}."
    if transaction.sender_id not in {None, source.owner_id}:
        yield f"{name} came from somebody else than the owner of {source.serial}."
    ends_as = ENDS_AS.get(transaction.type)
    if ends_as is not None and result.status is not ends_as:
        yield f"{name} left {result.serial} {result.status}."


def _untold(entries: Entries, completed: Transactions) -> Iterator[str]:
    made = Counter(t.result_entry_id for t in completed if t.type in MAKES_ROOTS)
    ended = Counter(t.result_entry_id for t in completed if t.type in ENDS_AS)
    superseded = Counter(t.entry_id for t in completed if t.entry_id != t.result_entry_id)
    for entry in entries:
        if entry.parent_id is None and made[entry.id] != 1:
            yield f"{entry.serial} was issued in {made[entry.id]} transactions."
        if entry.status in ENDS_AS.values() and ended[entry.id] != 1:
            yield f"{entry.serial} is {entry.status} by {ended[entry.id]} transactions."
        if entry.status in SUPERSEDED and superseded[entry.id] != 1:
            yield f"{entry.serial} is {entry.status} by {superseded[entry.id]} transactions."
