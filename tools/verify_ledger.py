"""
Compare every credit entry with its transactions, and the whole ledger with itself.

    make verify-ledger
    python -m tools.verify_ledger --database-url postgresql://registry@127.0.0.1:5432/karbonica

Streams the rows of one moment through the domain's own functions (domain.credits.checks.ledger_differences), each
entry with its parent, its children and the transactions that made and moved them. It changes
nothing, and its memory does not grow with the ledger.

Exit codes: 0 the ledger holds, 1 it does not, 2 it could not be read.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.limited_connections import SystemConnection
from adapters.postgres.publishing.fragment_check import DIFFERING_FRAGMENTS, FRAGMENTS_AGREE
from adapters.settings.database import DatabaseSettings
from domain.credits.checks.invariants import INVARIANTS, Difference
from domain.credits.checks.issuance_differences import (
    TracedApproval,
    TracedIssuance,
    issued_as_approved,
    issued_without_approval,
    next_unit_follows,
)
from domain.credits.checks.ledger_differences import (
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
from domain.credits.reversal import Covering
from domain.identifiers import Serial
from domain.quantities import UnitRange, format_tonnes
from tools.running_stack import use_running_stack

HOLDS, DOES_NOT_HOLD, NOT_CHECKED = 0, 1, 2
SHOWN_MAX = 20
BATCH_ROWS = 1_000
CONNECT_SECONDS, FETCH_SECONDS = 10, 300
"""A database that hangs ends the check; the first batch of a large ledger may take a while."""

# A row comes with itself and with each of its neighbours, which are close in the order of units.
CACHED_ROWS = 5_000

# Each question about an entry is answered by one index.
ENTRIES = """
    SELECT entry, project.number AS project_number,
           parent.owner_id AS parent_owner_id, parent.units AS parent_units,
           parent.suspended_for AS parent_suspended_for,
           ARRAY(SELECT child FROM credit_entries child WHERE child.parent_id = entry.id) AS children,
           ARRAY(SELECT made FROM credit_transactions made
                  WHERE made.result_entry_id = entry.id AND made.status = 'completed'
                    AND (made.type IN ('issuance', 'buffer_contribution')
                         OR made.entry_id <> entry.id)) AS made,
           ARRAY(SELECT moved FROM credit_transactions moved
                  WHERE moved.entry_id = entry.id AND moved.status = 'completed'
                    AND moved.type NOT IN ('issuance', 'buffer_contribution')) AS moved,
           ARRAY(SELECT upper(moved.units) FROM credit_transactions moved
                  WHERE moved.entry_id = entry.parent_id AND moved.status = 'completed'
                    AND moved.type NOT IN ('issuance', 'buffer_contribution')) AS rest_firsts
      FROM credit_entries entry JOIN projects project ON project.id = entry.project_id
      LEFT JOIN credit_entries parent ON parent.id = entry.parent_id
     ORDER BY entry.units, entry.serial
"""
SERIALS = """
    SELECT serial FROM credit_entries
     ORDER BY split_part(serial, '-', 2)::int, split_part(serial, '-', 3)::bigint,
              split_part(serial, '-', 4)::bigint
"""
KEPT_SUMS = """
    SELECT project.number, vintage, part, quantity_units
      FROM credit_sums JOIN projects project ON project.id = project_id
"""
WITHOUT_ENTRIES = """
    SELECT transaction FROM credit_transactions transaction
     WHERE status = 'completed'
       AND (NOT EXISTS (SELECT FROM credit_entries WHERE id = transaction.entry_id)
            OR NOT EXISTS (SELECT FROM credit_entries WHERE id = transaction.result_entry_id))
"""
APPROVALS = """
    SELECT v.id, v.project_id, v.developer_id, v.verified_quantity_units,
           ARRAY(SELECT vintage FROM approved_vintages(v.vintages, v.vintage, v.verified_quantity_units) ORDER BY vintage) AS vintages,
           ARRAY(SELECT quantity_units FROM approved_vintages(v.vintages, v.vintage, v.verified_quantity_units) ORDER BY vintage) AS quantities_units,
           v.status = 'approved' AND (NOT v.needs_countersignature OR v.countersigned_by IS NOT NULL)
               AND p.status = 'verified' AND p.developer_id = v.developer_id AS in_force,
           ARRAY(SELECT issued FROM credit_transactions issued
                  WHERE issued.verification_id = v.id AND issued.status = 'completed'
                    AND issued.type IN ('issuance', 'buffer_contribution')
                  ORDER BY issued.id) AS issued,
           ARRAY(SELECT entry FROM credit_transactions issued
                   LEFT JOIN credit_entries entry ON entry.id = issued.result_entry_id
                  WHERE issued.verification_id = v.id AND issued.status = 'completed'
                    AND issued.type IN ('issuance', 'buffer_contribution')
                  ORDER BY issued.id) AS entries
      FROM verification_requests v JOIN projects p ON p.id = v.project_id
"""
WITHOUT_APPROVAL = """
    SELECT issued FROM credit_transactions issued
      LEFT JOIN verification_requests v ON v.id = issued.verification_id
     WHERE issued.type IN ('issuance', 'buffer_contribution') AND issued.status = 'completed'
       AND v.id IS NULL
"""
NUMBERING = """
    SELECT next_unit,
           (SELECT coalesce(max(upper(units)), 1) - 1 FROM credit_transactions
             WHERE type IN ('issuance', 'buffer_contribution') AND status = 'completed') AS last_unit
      FROM unit_counter
"""
RETIREMENTS = """
    SELECT r.id, r.quantity_units, coalesce(lines.units, 0)::bigint AS line_units,
           coalesce(touched.units, 0)::bigint AS touched_units
      FROM retirements r LEFT JOIN (
               SELECT retirement_id, sum(quantity_units) AS units FROM credit_transactions
                WHERE status = 'completed' GROUP BY 1
           ) lines ON lines.retirement_id = r.id
      LEFT JOIN (
               SELECT retirement_id, sum(touched_units) AS units FROM reversal_coverings GROUP BY 1
           ) touched ON touched.retirement_id = r.id
"""
REVERSALS = """
    SELECT reversal.id, reversal.quantity_units,
           ARRAY(SELECT moved.units FROM reversal_cancellations
                   JOIN credit_transactions moved ON moved.id = transaction_id
                  WHERE reversal_id = reversal.id AND status = 'completed') AS cancelled,
           ARRAY(SELECT covering FROM reversal_coverings covering
                  WHERE reversal_id = reversal.id) AS coverings,
           coalesce((SELECT sum(moved.quantity_units) FROM obligation_cancellations
                       JOIN credit_transactions moved ON moved.id = transaction_id
                      WHERE reversal_id = reversal.id AND status = 'completed'), 0)::bigint
               AS made_good_units,
           blocked.*, coalesce(obligation.quantity_units, 0) AS obliged_units, obligation.status
      FROM reversals reversal LEFT JOIN obligations obligation ON obligation.reversal_id = reversal.id,
           LATERAL (SELECT coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'suspended'), 0)::bigint
                               AS left_units,
                           coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'cancelled'), 0)::bigint
                               AS cancelled_units,
                           coalesce(sum(moved.quantity_units), 0)::bigint AS suspended_units
                      FROM credit_entries e LEFT JOIN credit_transactions moved
                        ON moved.result_entry_id = e.id AND moved.type = 'suspension'
                           AND moved.status = 'completed'
                     WHERE e.suspended_for = reversal.id) blocked
"""


@dataclass
class LedgerFindings:
    """What was counted, and the sentences of each invariant that does not hold, by its name."""

    entries: int = 0
    issued_units: int = 0
    held: Counter[EntryStatus] = field(default_factory=Counter)
    differences: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    fragments: list[str] = field(default_factory=list)
    """What the public is told of, otherwise than the rows have it (ADR 0116)."""

    @property
    def hold(self) -> bool:
        return not self.differences and not self.fragments

    def add(self, differences: Iterable[Difference]) -> None:
        """Each once: a transaction may be looked at from both of its entries."""
        for difference in differences:
            self.differences[difference.invariant.name][difference.sentence] = None


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
    """In one read-only snapshot."""
    connection = await asyncpg.connect(
        database_url,
        timeout=CONNECT_SECONDS,
        command_timeout=FETCH_SECONDS,
        connection_class=SystemConnection,
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection)
    finally:
        await connection.close()


async def _verify(connection: Any) -> LedgerFindings:
    findings, neighbours = LedgerFindings(), _Neighbours()
    comparison, numbers = EntryComparison(), RunningNumbers()
    async for row in _stream(connection, ENTRIES):
        findings.entries += 1
        findings.add(comparison.add(neighbours.traced(row)))
    findings.add(comparison.differences())
    kept = {
        (row["number"], row["vintage"], row["part"]): row["quantity_units"]
        async for row in _stream(connection, KEPT_SUMS)
    }
    findings.add(comparison.sums.differences_of_kept(kept))
    async for row in _stream(connection, SERIALS):
        findings.add(numbers.add(Serial.parse(row["serial"])))
    async for row in _stream(connection, WITHOUT_ENTRIES):
        findings.add([transaction_names_no_entry(_transaction(row["transaction"]))])
    async for row in _stream(connection, APPROVALS):
        findings.add(issued_as_approved(_approval(row)))
    async for row in _stream(connection, WITHOUT_APPROVAL):
        findings.add([issued_without_approval(_transaction(row["issued"]))])
    async for row in _stream(connection, NUMBERING):
        findings.add(next_unit_follows(row["next_unit"], row["last_unit"]))
    async for row in _stream(connection, RETIREMENTS):
        lines = row["line_units"]
        findings.add(retirement_is_its_lines(row["id"], row["quantity_units"], lines))
        findings.add(touched_is_no_more_than_was_retired(row["id"], lines, row["touched_units"]))
    async for row in _stream(connection, REVERSALS):
        findings.add(differences_of_reversal(_reversal(row)))
    differing = _stream(connection, DIFFERING_FRAGMENTS)
    findings.fragments = [f"{row['kind']} {row['id']}" async for row in differing]
    findings.issued_units = comparison.sums.issued.total()
    for (_, _, status), units_held in comparison.sums.held.items():
        findings.held[status] += units_held
    return findings


async def _stream(connection: Any, sql: str) -> AsyncIterator[Any]:
    cursor = await connection.cursor(sql)
    while rows := await cursor.fetch(BATCH_ROWS):
        for row in rows:
            yield row


class _Neighbours:
    """Makes each value once, although its row comes with every entry that it is next to."""

    def __init__(self) -> None:
        self._made: dict[UUID, Any] = {}

    def traced(self, row: Mapping[str, Any]) -> TracedEntry:
        if len(self._made) > CACHED_ROWS:
            self._made.clear()
        return TracedEntry(
            self._once(_entry, row["entry"]),
            project_number=row["project_number"],
            vintage=row["entry"]["vintage"],
            parent=_parent(row) if row["parent_units"] else None,
            children=[self._once(_entry, child) for child in row["children"]],
            made=[self._once(_transaction, made) for made in row["made"]],
            moved=[self._once(_transaction, moved) for moved in row["moved"]],
        )

    def _once(self, make: Callable[[Mapping[str, Any]], Any], row: Mapping[str, Any]) -> Any:
        made = self._made.get(row["id"])
        if made is None:
            made = self._made[row["id"]] = make(row)
        return made


def _transaction(row: Mapping[str, Any]) -> CreditTransaction:
    return CreditTransaction(
        id=row["id"],
        type=CreditTransactionType(row["type"]),
        entry_id=row["entry_id"],
        result_entry_id=row["result_entry_id"],
        sender_id=row["sender_id"],
        recipient_id=row["recipient_id"],
        units=_units(row["units"]),
        status=CreditTransactionStatus(row["status"]),
        created_at=row["created_at"],
        completed_at=row["completed_at"],
        verification_id=row["verification_id"],
        vintage=row["vintage"],
    )


def _entry(row: Mapping[str, Any]) -> CreditEntry:
    return CreditEntry(
        id=row["id"],
        serial=Serial.parse(row["serial"]),
        project_id=row["project_id"],
        owner_id=row["owner_id"],
        units=_units(row["units"]),
        status=EntryStatus(row["status"]),
        issued_at=row["issued_at"],
        last_action_at=row["last_action_at"],
        parent_id=row["parent_id"],
        suspended_for=row["suspended_for"],
    )


def _reversal(row: Mapping[str, Any]) -> TracedReversal:
    return TracedReversal(
        row["id"],
        row["quantity_units"],
        cancelled=[_units(units) for units in row["cancelled"]],
        coverings=[
            Covering(
                covering["retirement_id"],
                covering["touched_units"],
                _units(covering["units"]) if covering["units"] else None,
            )
            for covering in row["coverings"]
        ],
        suspension=TracedSuspension(
            suspended_units=row["suspended_units"],
            left_units=row["left_units"],
            cancelled_units=row["cancelled_units"],
            made_good_units=row["made_good_units"],
            obliged_units=row["obliged_units"],
            status=ObligationStatus(row["status"]) if row["status"] else None,
        ),
    )


def _approval(row: Mapping[str, Any]) -> TracedApproval:
    return TracedApproval(
        verification_id=row["id"],
        project_id=row["project_id"],
        developer_id=row["developer_id"],
        quantity_units=row["verified_quantity_units"],
        approved=dict(zip(row["vintages"], row["quantities_units"], strict=True)),
        in_force=row["in_force"],
        issued=[
            TracedIssuance(
                _transaction(issued),
                entry["project_id"] if entry else None,
                entry["vintage"] if entry else None,
            )
            for issued, entry in zip(row["issued"], row["entries"], strict=True)
        ],
    )


def _parent(row: Mapping[str, Any]) -> Parent:
    return Parent(
        row["parent_owner_id"],
        _units(row["parent_units"]),
        row["rest_firsts"],
        row["parent_suspended_for"],
    )


def _units(stored: Any) -> UnitRange:
    return UnitRange(stored.lower, stored.upper - 1)


def report(findings: LedgerFindings, seconds: float) -> int:
    """Print each invariant, name what differs, and answer with the exit code."""
    print(f"{findings.entries:,} entries compared with their transactions in {seconds:.1f} s")
    for invariant in INVARIANTS:
        _print_found(invariant.sentence, list(findings.differences.get(invariant.name, ())))
    _print_found(FRAGMENTS_AGREE, findings.fragments)
    print(f"  issued {format_tonnes(findings.issued_units)} t: {_listed(findings.held)}")
    print("The ledger holds." if findings.hold else "The ledger does NOT hold.")
    return HOLDS if findings.hold else DOES_NOT_HOLD


def _print_found(sentence: str, found: Sequence[str]) -> None:
    print(f"{'✗' if found else '✓'} {sentence}")
    for one in found[:SHOWN_MAX]:
        print(f"    {one}")
    if len(found) > SHOWN_MAX:
        print(f"    and {len(found) - SHOWN_MAX:,} more")


def _listed(parts: Mapping[EntryStatus, int]) -> str:
    shown = [f"{format_tonnes(units)} t {status}" for status, units in sorted(parts.items())]
    return " + ".join(shown) or "nothing"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify_ledger",
        description="Compare every credit entry with its transactions, and the ledger with itself.",
        epilog="Exit codes: 0 the ledger holds, 1 it does not, 2 it could not be read.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        default=DatabaseSettings().database_url.get_secret_value(),
        help="default: the setting DATABASE_URL",
    )
    return parser


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
