"""
What the ledger must look like, told by transactions alone.

An issuance and all that followed it is replayed at a time: units never leave the range they were
issued in. No clock is trusted: a transaction follows the one that made the entry it acts upon. It
does not name the remainder that it leaves; but a remainder begins where the moved part ended, and
no two begin at the same unit, so that the next transaction on it tells its name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.credits.ledger import CreditEntry, CreditTransaction, CreditTransactionType, EntryStatus
from domain.quantities import UnitRange

MAKES_ROOTS = {
    CreditTransactionType.ISSUANCE: EntryStatus.ACTIVE,
    CreditTransactionType.BUFFER_CONTRIBUTION: EntryStatus.BUFFER,
}
ENDS_AS = {
    CreditTransactionType.RETIREMENT: EntryStatus.RETIRED,
    CreditTransactionType.CANCELLATION: EntryStatus.CANCELLED,
}


@dataclass
class ReplayedEntry:
    """An entry as transactions tell of it; `id` None is a remainder that nothing has moved since."""

    id: UUID | None
    parent_id: UUID | None
    units: UnitRange
    owner_id: UUID | None
    status: EntryStatus


class Replay:
    """
    One issuance, its first transaction, and what followed, in any order.

    `faults` are sentences about what cannot have happened.
    """

    def __init__(self, transactions: Sequence[CreditTransaction]) -> None:
        issuance, *moves = transactions
        made = {t.result_entry_id for t in moves if t.result_entry_id != t.entry_id}
        made.add(issuance.result_entry_id)
        self.entries: list[ReplayedEntry] = []
        self.faults: list[str] = []
        self._moves: dict[UUID, CreditTransaction] = {}
        for move in moves:
            if move.entry_id in self._moves:
                self.faults.append(f"The {move.type} {move.id} acts upon what had moved before.")
            self._moves.setdefault(move.entry_id, move)
        self._remainder_ids = {
            move.units.first: move.entry_id for move in moves if move.entry_id not in made
        }
        self._run(issuance)

    def _run(self, issuance: CreditTransaction) -> None:
        opened = [
            ReplayedEntry(
                issuance.result_entry_id,
                None,
                issuance.units,
                issuance.recipient_id,
                MAKES_ROOTS.get(issuance.type, EntryStatus.ACTIVE),
            )
        ]
        if issuance.type not in MAKES_ROOTS:
            self.faults.append(f"The {issuance.type} {issuance.id} moves what was never issued.")
        while opened:
            entry = opened.pop()
            self.entries.append(entry)
            move = self._moves.pop(entry.id, None) if entry.id else None
            if move is not None:
                opened += self._move(entry, move)
        for late in self._moves.values():
            if late.id != issuance.id:
                self.faults.append(f"The {late.type} {late.id} moves what nobody had.")

    def _move(self, entry: ReplayedEntry, move: CreditTransaction) -> list[ReplayedEntry]:
        """Change the entry and answer with what comes of it; the rules of domain.credits.ledger.move."""
        if move.units.first != entry.units.first or move.units.last > entry.units.last:
            self.faults.append(
                f"The {move.type} {move.id} moves units that its entry did not have."
            )
            return []
        if move.sender_id not in {None, entry.owner_id}:
            self.faults.append(f"The {move.type} {move.id} moves what its sender did not have.")
        whole, ends_as = move.units == entry.units, ENDS_AS.get(move.type)
        if whole and ends_as:
            entry.status = ends_as
            return []
        kept, entry_status = entry.status, EntryStatus.TRANSFERRED if whole else EntryStatus.SPLIT
        entry.status = entry_status
        part = ReplayedEntry(
            move.result_entry_id,
            entry.id,
            move.units,
            entry.owner_id if ends_as else move.recipient_id,
            ends_as or EntryStatus.ACTIVE,
        )
        if whole:
            return [part]
        first = move.units.last + 1
        remainder = ReplayedEntry(
            self._remainder_ids.get(first),
            entry.id,
            UnitRange(first, entry.units.last),
            entry.owner_id,
            kept,
        )
        return [part, remainder]


def faults_against(replay: Replay, entries: Sequence[CreditEntry]) -> Iterator[str]:
    """Compare what was replayed with the entries that are kept in the same range."""
    named = {told.id: told for told in replay.entries if told.id is not None}
    unnamed = {told.units.first: told for told in replay.entries if told.id is None}
    for entry in entries:
        told = named.pop(entry.id, None) or unnamed.pop(entry.units.first, None)
        if told is None:
            yield f"{entry.serial} came from no transaction."
        else:
            yield from _unlike(entry, told, entries[0])
    for told in (*named.values(), *unnamed.values()):
        yield (
            f"Units {told.units.first} to {told.units.last} are {told.status} "
            "by their transactions, and there is no such entry."
        )


def _unlike(entry: CreditEntry, told: ReplayedEntry, root: CreditEntry) -> Iterator[str]:
    if entry.units != told.units:
        yield (
            f"{entry.serial} holds units {entry.units.first} to {entry.units.last}, "
            f"by its transactions {told.units.first} to {told.units.last}."
        )
    if entry.status is not told.status:
        yield f"{entry.serial} is {entry.status}, by its transactions {told.status}."
    if entry.owner_id != told.owner_id:
        yield f"{entry.serial} belongs to somebody else than its transactions say."
    if entry.parent_id != told.parent_id:
        yield f"{entry.serial} has another parent than its transactions say."
    if (entry.project_id, entry.vintage) != (root.project_id, root.vintage):
        yield f"{entry.serial} is of another project or vintage than its issuance."
