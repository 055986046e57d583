"""
Recompute the whole ledger from its transactions alone, and compare it with the entries.

    make verify-ledger
    python -m tools.verify_ledger --database-url postgresql://registry@127.0.0.1:5432/karbonica

Reads one moment of the database, changes nothing, and keeps no more in memory than one issuance
with all that followed it.

Exit codes: 0 the ledger holds, 1 it does not, 2 it could not be read.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from adapters.postgres.redundant_values import REDUNDANT_VALUES
from adapters.settings import load_settings
from domain.credits.ledger import (
    SUPERSEDED,
    CreditEntry,
    CreditTransaction,
    CreditTransactionStatus,
    CreditTransactionType,
    EntryStatus,
)
from domain.credits.ledger_check import Difference, DifferenceKind
from domain.credits.replay import MAKES_ROOTS, Replay, faults_against
from domain.identifiers import Serial
from domain.quantities import UnitRange, format_tonnes

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = 0, 1, 2
SHOWN_MAX = 20
BATCH_ROWS = 5_000

# Whatever happened to an issuance's units comes right after it: its range holds all of theirs.
TRANSACTIONS = """
    SELECT id, type, entry_id, result_entry_id, sender_id, recipient_id, lower(units) AS first,
           upper(units) - 1 AS last, status, created_at, completed_at
      FROM credit_transactions WHERE status = 'completed'
     ORDER BY lower(units), upper(units) DESC, type NOT IN ('issuance', 'buffer_contribution'), id
"""
ENTRIES = """
    SELECT id, serial, project_id, owner_id, parent_id, lower(units) AS first,
           upper(units) - 1 AS last, status, issued_at, last_action_at
      FROM credit_entries ORDER BY lower(units), upper(units) DESC, parent_id IS NOT NULL, id
"""


@dataclass
class LedgerFindings:
    """What was counted, and the sentences of each check that failed."""

    transactions: int = 0
    issuances: int = 0
    entries: int = 0
    impossible: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    kept_twice: list[str] = field(default_factory=list)
    issued: Counter[int] = field(default_factory=Counter)
    told: dict[int, Counter[EntryStatus]] = field(default_factory=lambda: defaultdict(Counter))
    kept: dict[int, Counter[EntryStatus]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def unequal(self) -> list[str]:
        """Differences of the sum; by vintage, because transactions know no other part of it."""
        return [
            f"Vintage {vintage}: {format_tonnes(self.issued[vintage])} t were issued; "
            f"{_listed(self.told[vintage])} by the transactions, "
            f"{_listed(self.kept[vintage])} by the entries."
            for vintage in sorted({*self.issued, *self.told, *self.kept})
            if self.told[vintage] != self.kept[vintage]
            or self.issued[vintage] != self.kept[vintage].total()
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    began = time.monotonic()
    try:
        findings = asyncio.run(verify(options.database_url.replace("+asyncpg", "")))
    except (OSError, asyncpg.PostgresError) as error:
        print(f"The database cannot be read: {error}", file=sys.stderr)
        return NOT_CHECKED
    return report(findings, time.monotonic() - began)


async def verify(database_url: str) -> LedgerFindings:
    """Replay and compare, in one read-only snapshot."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection)
    finally:
        await connection.close()


async def _verify(connection: Any) -> LedgerFindings:
    findings = LedgerFindings()
    entries = _Groups(_stream(connection, ENTRIES, _entry))
    async for transactions in _issuances(_stream(connection, TRANSACTIONS, _transaction)):
        replay = Replay(transactions)
        last = transactions[0].units.last
        findings.unlike += [
            _stray(entry) for entry in await entries.before(transactions[0].units.first)
        ]
        _note(findings, transactions, replay, await entries.before(last + 1))
    findings.unlike += [_stray(entry) for entry in await entries.before(None)]
    findings.kept_twice = [said async for said in _stream(connection, REDUNDANT_VALUES, _sentence)]
    return findings


def _note(
    findings: LedgerFindings,
    transactions: Sequence[CreditTransaction],
    replay: Replay,
    entries: Sequence[CreditEntry],
) -> None:
    findings.transactions += len(transactions)
    findings.issuances += 1
    findings.entries += len(entries)
    findings.impossible += replay.faults
    findings.unlike += faults_against(replay, entries)
    vintage = entries[0].vintage if entries else 0
    findings.issued[vintage] += transactions[0].units.quantity_units
    for told in replay.entries:
        if told.status not in SUPERSEDED:
            findings.told[vintage][told.status] += told.units.quantity_units
    for entry in entries:
        if entry.status not in SUPERSEDED:
            findings.kept[entry.vintage][entry.status] += entry.units.quantity_units


async def _issuances(
    transactions: AsyncIterator[CreditTransaction],
) -> AsyncIterator[list[CreditTransaction]]:
    """Each issuance with all that followed; what belongs to none is a group of its own."""
    group: list[CreditTransaction] = []
    async for transaction in transactions:
        beyond = group and transaction.units.first > group[0].units.last
        if group and (beyond or transaction.type in MAKES_ROOTS):
            yield group
            group = []
        group.append(transaction)
    if group:
        yield group


class _Groups:
    """Entries in the order of their units, taken off from the front."""

    def __init__(self, entries: AsyncIterator[CreditEntry]) -> None:
        self._entries = entries
        self._next: CreditEntry | None = None

    async def before(self, unit: int | None) -> list[CreditEntry]:
        """All that begin before this unit; None takes the rest."""
        taken: list[CreditEntry] = []
        while True:
            entry = self._next or await anext(self._entries, None)
            self._next = None
            if entry is None:
                return taken
            if unit is not None and entry.units.first >= unit:
                self._next = entry
                return taken
            taken.append(entry)


async def _stream(connection: Any, sql: str, made: Any) -> AsyncIterator[Any]:
    cursor = await connection.cursor(sql)
    while rows := await cursor.fetch(BATCH_ROWS):
        for row in rows:
            yield made(row)


def _transaction(row: Mapping[str, Any]) -> CreditTransaction:
    return CreditTransaction(
        id=row["id"],
        type=CreditTransactionType(row["type"]),
        entry_id=row["entry_id"],
        result_entry_id=row["result_entry_id"],
        sender_id=row["sender_id"],
        recipient_id=row["recipient_id"],
        units=UnitRange(row["first"], row["last"]),
        status=CreditTransactionStatus(row["status"]),
        created_at=row["created_at"],
        completed_at=row["completed_at"],
    )


def _entry(row: Mapping[str, Any]) -> CreditEntry:
    return CreditEntry(
        id=row["id"],
        serial=Serial.parse(row["serial"]),
        project_id=row["project_id"],
        owner_id=row["owner_id"],
        units=UnitRange(row["first"], row["last"]),
        status=EntryStatus(row["status"]),
        issued_at=row["issued_at"],
        last_action_at=row["last_action_at"],
        parent_id=row["parent_id"],
    )


def _sentence(row: Mapping[str, Any]) -> str:
    kind = DifferenceKind(row["kind"])
    return Difference(kind, row["subject"], row["first"], row["last"]).sentence


def _stray(entry: CreditEntry) -> str:
    return f"{entry.serial} holds units that no transaction issued."


def report(findings: LedgerFindings, seconds: float) -> int:
    """Print each check, name what differs, and answer with the exit code."""
    print(
        f"{findings.issuances:,} issuances and {findings.transactions - findings.issuances:,} "
        f"movements replayed, {findings.entries:,} entries compared in {seconds:.1f} s"
    )
    checks = (
        ("every transaction could follow from those before it", findings.impossible),
        ("every entry has the units, status, holder and parent they lead to", findings.unlike),
        ("what is kept twice is twice the same", findings.kept_twice),
        ("issued = active + retired + cancelled + buffer, from either side", findings.unequal),
    )
    for name, faults in checks:
        print(f"{'✗' if faults else '✓'} {name}")
        for fault in faults[:SHOWN_MAX]:
            print(f"    {fault}")
        if len(faults) > SHOWN_MAX:
            print(f"    and {len(faults) - SHOWN_MAX:,} more")
    print(f"  issued {format_tonnes(findings.issued.total())} t: {_listed(_added(findings.told))}")
    holds = not any(faults for _, faults in checks)
    print("The ledger holds." if holds else "The ledger does NOT hold.")
    return HOLDS if holds else DOES_NOT_HOLD


def _added(parts: Mapping[int, Counter[EntryStatus]]) -> Counter[EntryStatus]:
    total: Counter[EntryStatus] = Counter()
    for part in parts.values():
        total += part
    return total


def _listed(parts: Mapping[EntryStatus, int]) -> str:
    shown = [f"{format_tonnes(units)} t {status}" for status, units in sorted(parts.items())]
    return " + ".join(shown) or "nothing"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_ledger",
        description="Recompute the ledger from its transactions and compare it with its entries.",
        epilog="Exit codes: 0 the ledger holds, 1 it does not, 2 it could not be read.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        default=load_settings().database_url.get_secret_value(),
        help="default: the setting DATABASE_URL",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
