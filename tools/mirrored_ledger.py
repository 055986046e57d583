"""
A ledger rebuilt from its movements, in a SQLite file.

Each movement is made by the rules of docs/open-data.md, which are the ledger's own (domain.credits.ledger):
what they do not allow is refused, so that a registry's numbers are recomputed and not believed.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.credits.ledger import ENTRY_MOVES, CreditTransactionType, EntryStatus
from domain.publishing.open_data import LedgerState, root_line
from domain.quantities import format_tonnes

UNIT_MAX = 2**53 - 1

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS head (seq INTEGER NOT NULL);
    INSERT INTO head SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM head);
    CREATE TABLE IF NOT EXISTS movements (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, completed_at TEXT NOT NULL,
        serial TEXT NOT NULL, result_serial TEXT NOT NULL, first_unit INTEGER NOT NULL,
        last_unit INTEGER NOT NULL, reason TEXT, retirement_id TEXT
    );
    CREATE TABLE IF NOT EXISTS entries (
        serial TEXT PRIMARY KEY, project_id TEXT NOT NULL, vintage INTEGER NOT NULL,
        first_unit INTEGER NOT NULL, last_unit INTEGER NOT NULL, status TEXT NOT NULL,
        issued_at TEXT NOT NULL, last_action_at TEXT NOT NULL, parent_serial TEXT, suspended_for TEXT,
        retirement_id TEXT
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS issued ON entries (first_unit) WHERE parent_serial IS NULL;
    CREATE TABLE IF NOT EXISTS retirements (
        id TEXT PRIMARY KEY, quantity TEXT NOT NULL, beneficiary TEXT, purpose TEXT NOT NULL,
        reason TEXT NOT NULL, retired_at TEXT NOT NULL
    ) WITHOUT ROWID;
"""

_ISSUES = {
    CreditTransactionType.ISSUANCE: EntryStatus.ACTIVE,
    CreditTransactionType.BUFFER_CONTRIBUTION: EntryStatus.BUFFER,
}
_MOVES = {
    CreditTransactionType.TRANSFER: (
        {EntryStatus.ACTIVE, EntryStatus.RESERVED},
        EntryStatus.ACTIVE,
    ),
    CreditTransactionType.BUFFER_RELEASE: ({EntryStatus.BUFFER}, EntryStatus.ACTIVE),
    CreditTransactionType.SUSPENSION: ({EntryStatus.ACTIVE}, EntryStatus.SUSPENDED),
    CreditTransactionType.REINSTATEMENT: ({EntryStatus.SUSPENDED}, EntryStatus.ACTIVE),
    CreditTransactionType.RESERVATION: ({EntryStatus.ACTIVE}, EntryStatus.RESERVED),
    CreditTransactionType.RESERVATION_RELEASE: ({EntryStatus.RESERVED}, EntryStatus.ACTIVE),
    CreditTransactionType.RETIREMENT: ({EntryStatus.ACTIVE}, EntryStatus.RETIRED),
    CreditTransactionType.CANCELLATION: (
        {EntryStatus.ACTIVE, EntryStatus.BUFFER, EntryStatus.SUSPENDED},
        EntryStatus.CANCELLED,
    ),
}
"""What a movement asks of the entry that it takes units from, and makes of them."""


class NotALedger(Exception):
    """What the registry told is no ledger; the sentence says where."""


class Mirror:
    """A ledger in a SQLite file. Each page of movements is one transaction."""

    def __init__(self, file: Path | str) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    @property
    def seq(self) -> int:
        return int(self._database.execute("SELECT seq FROM head").fetchone()[0])

    def apply(self, lines: Iterable[str]) -> int:
        """
        Make the movements of a page, all or none; answers how far the ledger is now.

        Raises:
            NotALedger: one of them is not the next, is malformed, or does not follow from the entries.
        """
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        seq = self.seq
        try:
            for line in lines:
                change = _read(line, seq + 1)
                try:
                    self._make(change)
                except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
                    raise NotALedger(f"Movement {seq + 1} has not the fields of one.") from None
                except sqlite3.IntegrityError as twice:
                    raise NotALedger(
                        f"Movement {seq + 1} names what is there already: {twice}."
                    ) from None
                seq += 1
            run("UPDATE head SET seq = ?", (seq,))
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")
        return seq

    def state(self) -> LedgerState:
        digest, entries = hashlib.sha256(), 0
        rows = self._database.execute(
            "SELECT serial, status, first_unit, last_unit, parent_serial, suspended_for, retirement_id"
            " FROM entries ORDER BY serial"
        )
        for row in rows:
            digest.update(root_line(*row).encode())
            entries += 1
        return LedgerState(self.seq, entries, digest.hexdigest())

    def sums(self) -> dict[tuple[str, int], dict[str, str]]:
        """By project and vintage, as the manifest's `conservation.parts` say them."""
        names = ("active", "reserved", "suspended", "retired", "cancelled", "buffer")
        columns = ", ".join(
            f"sum(CASE WHEN status = '{name}' THEN last_unit - first_unit + 1 ELSE 0 END)"
            for name in names
        )
        rows = self._database.execute(f"""
            SELECT project_id, vintage,
                   sum(CASE WHEN parent_serial IS NULL THEN last_unit - first_unit + 1 ELSE 0 END),
                   {columns}
              FROM entries GROUP BY 1, 2
        """)  # noqa: S608 — put together from constants
        return {
            (project_id, vintage): dict(
                zip(("issued", *names), map(format_tonnes, units), strict=True)
            )
            for project_id, vintage, *units in rows
        }

    def _make(self, change: Mapping[str, Any]) -> None:
        kind = CreditTransactionType(change["type"])
        moved = _units(change["units"])
        opened = [(str(one["serial"]), *_units(one["units"])) for one in change["opened"]]
        retirement = change["retirement"]
        if kind in _ISSUES:
            self._issue(change, moved, opened, _ISSUES[kind])
        else:
            self._move(change, moved, opened, kind)
        self._database.execute(
            "INSERT INTO movements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(change["seq"], change["id"], kind.value, change["completedAt"]),
                *(change["serial"], change["resultSerial"], *moved, change["reason"]),
                retirement["id"] if retirement else None,
            ),
        )
        if retirement:
            beneficiary = retirement["beneficiary"]
            self._database.execute(
                "INSERT INTO retirements VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    *(retirement["id"], retirement["quantity"]),
                    json.dumps(beneficiary, ensure_ascii=False) if beneficiary else None,
                    *(retirement["purpose"], retirement["reason"], retirement["retiredAt"]),
                ),
            )

    def _issue(
        self,
        change: Mapping[str, Any],
        moved: tuple[int, int],
        opened: Sequence[tuple[str, int, int]],
        status: EntryStatus,
    ) -> None:
        serial, at = change["serial"], change["completedAt"]
        if opened != [(serial, *moved)] or change["resultSerial"] != serial:
            raise NotALedger(f"Movement {change['seq']} issues another entry than it names.")
        again = self._database.execute(
            "SELECT serial, last_unit FROM entries WHERE parent_serial IS NULL AND first_unit <= ?"
            " ORDER BY first_unit DESC LIMIT 1",
            (moved[1],),
        ).fetchone()
        if again is not None and again[1] >= moved[0]:
            raise NotALedger(f"Movement {change['seq']} issues units of {again[0]} once more.")
        self._add(_Entry(serial, change["projectId"], change["vintage"], *moved, status, at), at=at)

    def _move(
        self,
        change: Mapping[str, Any],
        moved: tuple[int, int],
        opened: Sequence[tuple[str, int, int]],
        kind: CreditTransactionType,
    ) -> None:
        seq, serial, result = change["seq"], change["serial"], change["resultSerial"]
        source = self._entry(serial)
        if source is None:
            raise NotALedger(f"Movement {seq} moves {serial}, which was never issued.")
        asked, becomes = _MOVES[kind]
        if source.status not in asked:
            raise NotALedger(f"Movement {seq} is a {kind} of {serial}, which is {source.status}.")
        if (source.project_id, source.vintage) != (change["projectId"], change["vintage"]):
            raise NotALedger(f"Movement {seq} says another project or vintage than {serial} has.")
        ends = becomes in (EntryStatus.RETIRED, EntryStatus.CANCELLED)
        if moved == (source.first, source.last):
            told = [(serial, *moved)] if ends else [(result, *moved)]
            fits = opened == ([] if ends else told) and result == told[0][0]
            left = becomes if ends else EntryStatus.TRANSFERRED
        else:
            rest = (moved[1] + 1, source.last)
            fits = (
                len(opened) == 2  # noqa: PLR2004 — the part and what remains
                and opened[0] == (result, source.first, moved[1])
                and opened[1][1:] == rest
                and rest[0] <= rest[1]
            )
            left = EntryStatus.SPLIT
            fits = fits and left in ENTRY_MOVES[source.status]
        if not fits:
            raise NotALedger(
                f"The entries that movement {seq} makes are not the units of {serial}."
            )
        self._database.execute(
            "UPDATE entries SET status = ?, last_action_at = ?, retirement_id = ? WHERE serial = ?",
            (
                *(left.value, change["completedAt"]),
                *(_retirement_id(change) if left is EntryStatus.RETIRED else None, serial),
            ),
        )
        for n, (name, first, last) in enumerate(opened):
            remains = n == 1
            kept = remains or ends
            self._add(
                _Entry(
                    serial=name,
                    project_id=source.project_id,
                    vintage=source.vintage,
                    first=first,
                    last=last,
                    status=source.status if remains else becomes,
                    issued_at=source.issued_at,
                    suspended_for=source.suspended_for if kept else change["suspendedFor"],
                ),
                at=change["completedAt"],
                parent_serial=serial,
                retirement_id=None if remains else _retirement_id(change),
            )

    def _entry(self, serial: str) -> "_Entry | None":
        row = self._database.execute(
            "SELECT serial, project_id, vintage, first_unit, last_unit, status, issued_at, suspended_for"
            " FROM entries WHERE serial = ?",
            (serial,),
        ).fetchone()
        if row is None:
            return None
        name, project_id, vintage, first, last, status, issued_at, suspended_for = row
        return _Entry(
            name, project_id, vintage, first, last, EntryStatus(status), issued_at, suspended_for
        )

    def _add(
        self,
        entry: "_Entry",
        *,
        at: str,
        parent_serial: str | None = None,
        retirement_id: str | None = None,
    ) -> None:
        if (entry.status is EntryStatus.SUSPENDED) != (entry.suspended_for is not None) and (
            entry.status is not EntryStatus.CANCELLED
        ):
            raise NotALedger(f"{entry.serial} is {entry.status}, and its loss does not fit that.")
        self._database.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(entry.serial, entry.project_id, entry.vintage, entry.first, entry.last),
                *(entry.status.value, entry.issued_at, at, parent_serial, entry.suspended_for),
                retirement_id,
            ),
        )


@dataclass(frozen=True)
class _Entry:
    """`first` and `last` are unit numbers, both included."""

    serial: str
    project_id: str
    vintage: int
    first: int
    last: int
    status: EntryStatus
    issued_at: str
    suspended_for: str | None = None


def _read(line: str, seq: int) -> Mapping[str, Any]:
    try:
        change = json.loads(line)
    except (ValueError, RecursionError):
        raise NotALedger(f"Movement {seq} is not a line of JSON.") from None
    if not isinstance(change, dict) or type(change.get("seq")) is not int:
        raise NotALedger(f"Movement {seq} has no number.")
    if change["seq"] != seq:
        raise NotALedger(f"Movement {seq} was to come, and {change['seq']} came.")
    return change


def _units(told: Mapping[str, Any]) -> tuple[int, int]:
    first, last = told["first"], told["last"]
    if type(first) is not int or type(last) is not int or not 0 < first <= last <= UNIT_MAX:
        raise ValueError("these are no units")
    return first, last


def _retirement_id(change: Mapping[str, Any]) -> str | None:
    retirement = change["retirement"]
    return str(retirement["id"]) if retirement else None
