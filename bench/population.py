"""
A registry of some size, written by COPY: accounts, verified projects with evidence, and credits.

Every constraint and trigger of the database sees these rows as it sees any others. The text is that
of the demo's real project, so that rows have the size of real ones. There are no workflows behind
them, and no audit entries: nobody did this.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import bcrypt

from devstack.demo import FACTS
from domain.chain.metadata import issuance_record
from domain.identifiers import Serial
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType

HOLDERS = 8
SUPPLIERS = 20
ENTRY_UNITS = 1_000
VINTAGE = 2024
PASSWORD = "Karbonica-bench-1"
_BEGAN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_EVIDENCE = (
    DocumentType.PROJECT_DESCRIPTION,
    DocumentType.METHODOLOGY,
    DocumentType.MONITORING_REPORT,
)

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Holder:
    id: UUID
    email: str


@dataclass(frozen=True)
class Holding:
    """An active entry of 10 t and whose it is."""

    serial: str
    holder: Holder


class Population:
    """Hands out each holding once, so that no two calls wait for the same entry."""

    def __init__(self, holders: Sequence[Holder], holdings: Sequence[Holding]) -> None:
        self.holders = holders
        self._untouched = iter(holdings)

    def take(self, count: int) -> list[Holding]:
        """
        Raises:
        LookupError: fewer are left.
        """
        taken = [holding for _, holding in zip(range(count), self._untouched, strict=False)]
        if len(taken) < count:
            raise LookupError(f"only {len(taken)} of {count} holdings were left to retire from")
        return taken


@dataclass(frozen=True)
class People:
    suppliers: Sequence[UUID]
    verifier: UUID
    holders: Sequence[Holder]


async def populate(database_url: str, *, projects: int, entries_per_project: int) -> Population:
    """One transaction; the database has the demo accounts and no projects yet."""
    people = People(
        suppliers=[uuid4() for _ in range(SUPPLIERS)],
        verifier=uuid4(),
        holders=[Holder(uuid4(), f"holder-{n}@bench.example") for n in range(1, HOLDERS + 1)],
    )
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await copy_rows(connection, "users", user_rows(people))
            project_rows = list(project_rows_of(projects, people))
            await copy_rows(connection, "projects", project_rows)
            numbers = dict(await project_numbers(connection))
            approved = [(entries_per_project * ENTRY_UNITS, VINTAGE)] * projects
            verifications = await add_verifications(connection, project_rows, people, approved)
            issued = [
                _Issued(row["id"], numbers[row["id"]], row["developer_id"], verification_id)
                for row, verification_id in zip(project_rows, verifications, strict=True)
            ]
            holdings = await _add_credits(connection, issued, people, entries_per_project)
        # As autovacuum would have done by the time a registry has so many rows.
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Population(people.holders, holdings)


async def copy_rows(connection: Any, table: str, rows: Rows) -> None:
    await connection.copy_records_to_table(
        table, columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
    )


def user_rows(people: People) -> Rows:
    password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    roles = [
        *(
            (id, f"supplier-{n}@bench.example", "developer")
            for n, id in enumerate(people.suppliers)
        ),
        (people.verifier, "verifier@bench.example", "verifier"),
        *((holder.id, holder.email, "buyer") for holder in people.holders),
    ]
    return [
        {
            "id": id,
            "email": email,
            "password_hash": password_hash,
            "name": "Bench Account",
            "company": f"Company of {email.partition('@')[0]}",
            "role": role,
            "email_verified": True,
        }
        for id, email, role in roles
    ]


def project_rows_of(count: int, people: People) -> Iterator[dict[str, Any]]:
    facts = json.loads(FACTS.read_text())["project"]
    types = list(ProjectType)
    for n in range(count):
        at = _BEGAN + timedelta(minutes=37 * n)
        yield {
            "id": uuid4(),
            "developer_id": people.suppliers[n % SUPPLIERS],
            "title": f"{facts['title']} {n + 1}",
            "type": types[n % len(types)].value,
            "description": facts["description"],
            "location": facts["location"],
            "country": "CAN",
            "latitude": Decimal("44.5") + Decimal(n) / 1000,
            "longitude": Decimal("-63.5") - Decimal(n) / 1000,
            "emissions_target_units": 100 * ENTRY_UNITS,
            "start_date": date(2024, 2, 1),
            "status": "verified",
            "created_at": at,
            "updated_at": at,
        }


async def project_numbers(connection: Any) -> list[tuple[UUID, int]]:
    rows = await connection.fetch("SELECT id, number FROM projects ORDER BY number")
    return [(row["id"], row["number"]) for row in rows]


async def add_verifications(
    connection: Any, project_rows: Rows, people: People, approved: Sequence[tuple[int, int]]
) -> list[UUID]:
    """`approved` are the units and the vintage of each project."""
    verifications = [
        {
            "id": uuid4(),
            "project_id": project["id"],
            "developer_id": project["developer_id"],
            "verifier_id": people.verifier,
            "status": "approved",
            "submitted_at": project["created_at"],
            "assigned_at": project["created_at"],
            "completed_at": project["created_at"],
            "decided_by": people.verifier,
            "verified_quantity_units": units,
            "vintage": vintage,
            "sign_off_digest": hashlib.sha256(project["id"].bytes).hexdigest(),
            "updated_at": project["created_at"],
        }
        for project, (units, vintage) in zip(project_rows, approved, strict=True)
    ]
    await copy_rows(connection, "verification_requests", verifications)
    documents = [_document_row(row, kind) for row in verifications for kind in _EVIDENCE]
    await copy_rows(connection, "documents", documents)
    return [row["id"] for row in verifications]


def _document_row(verification: dict[str, Any], kind: DocumentType) -> dict[str, Any]:
    id = uuid4()
    return {
        "id": id,
        "project_id": verification["project_id"],
        "verification_id": verification["id"],
        "name": f"{kind.value}.pdf",
        "description": "",
        "document_type": kind.value,
        "disclosure": "public",
        "mime_type": "application/pdf",
        "file_size": 2_048,
        "sha256": hashlib.sha256(id.bytes).hexdigest(),
        "status": "completed",
        "uploaded_by": verification["developer_id"],
        "created_at": verification["submitted_at"],
        "completed_at": verification["submitted_at"],
    }


@dataclass(frozen=True)
class _Issued:
    """A project whose whole approval is issued to its supplier and handed on in parts."""

    project_id: UUID
    number: int
    supplier_id: UUID
    verification_id: UUID

    def serial(self, running_number: int) -> str:
        return str(Serial(VINTAGE, self.number, running_number))


async def _add_credits(
    connection: Any, issued: Sequence[_Issued], people: People, entries_per_project: int
) -> list[Holding]:
    """Holdings in turn of their projects, as unrelated holders would retire them."""
    units = entries_per_project * ENTRY_UNITS
    first_unit: int = await connection.fetchval(
        "UPDATE unit_counter SET next_unit = next_unit + $1 RETURNING next_unit - $1",
        len(issued) * units,
    )
    rows: dict[str, Rows] = defaultdict(list)
    by_project: list[list[Holding]] = []
    for place, project in enumerate(issued):
        # The first part goes to another holder in each project.
        holders = [people.holders[(place + n) % HOLDERS] for n in range(entries_per_project)]
        by_project.append(_hand_on(rows, project, holders, first_unit + place * units))
    for table in ("credit_entries", "credit_transactions", "chain_transactions", "chain_records"):
        await copy_rows(connection, table, rows[table])
    counters = [
        {
            "project_id": project.project_id,
            "vintage": VINTAGE,
            "next_number": 2 * entries_per_project + 1,
        }
        for project in issued
    ]
    await copy_rows(connection, "serial_counters", counters)
    return [holding for in_turn in zip(*by_project, strict=True) for holding in in_turn]


def _hand_on(
    rows: dict[str, Rows], project: _Issued, holders: Sequence[Holder], first: int
) -> list[Holding]:
    """One issuance, then a transfer to each holder in turn, the lowest units first."""
    last = first + len(holders) * ENTRY_UNITS
    rest = _entry_row(project, 1, project.supplier_id, (first, last))
    issuance = _transaction_row("issuance", rest, rest, None, project.supplier_id)
    issuance["verification_id"] = project.verification_id
    rows["credit_entries"].append(rest)
    rows["credit_transactions"].append(issuance)
    _add_record(rows, project, rest, issuance)
    holdings = []
    for place, holder in enumerate(holders):
        number, left = 2 * (place + 1), first + (place + 1) * ENTRY_UNITS
        source, units = rest, (left - ENTRY_UNITS, left)
        part = _entry_row(project, number, holder.id, units, source)
        rows["credit_entries"].append(part)
        source["status"] = "transferred" if left == last else "split"
        if left < last:
            rest = _entry_row(project, number + 1, project.supplier_id, (left, last), source)
            rows["credit_entries"].append(rest)
        rows["credit_transactions"].append(
            _transaction_row("transfer", source, part, project.supplier_id, holder.id)
        )
        holdings.append(Holding(part["serial"], holder))
    return holdings


def _entry_row(
    project: _Issued,
    running_number: int,
    owner_id: UUID,
    units: tuple[int, int],
    parent: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`units` are a range without its end."""
    return {
        "id": uuid4(),
        "serial": project.serial(running_number),
        "project_id": project.project_id,
        "owner_id": owner_id,
        "parent_id": parent["id"] if parent else None,
        "units": asyncpg.Range(*units),
        "vintage": VINTAGE,
        "status": "active",
        "issued_at": _BEGAN,
        "last_action_at": _BEGAN,
    }


def _transaction_row(
    type: str,
    source: dict[str, Any],
    result: dict[str, Any],
    sender_id: UUID | None,
    recipient_id: UUID,
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "type": type,
        "entry_id": source["id"],
        "result_entry_id": result["id"],
        "sender_id": sender_id,
        "recipient_id": recipient_id,
        "units": result["units"],
        "status": "completed",
        "created_at": _BEGAN,
        "completed_at": _BEGAN,
        "verification_id": None,
    }


def _add_record(
    rows: dict[str, Rows], project: _Issued, entry: dict[str, Any], issuance: dict[str, Any]
) -> None:
    """Of the issuance, long final: no certificate is sealed without it."""
    tx_hash = hashlib.sha256(issuance["id"].bytes).hexdigest()
    units = entry["units"]
    record = issuance_record(
        serial=entry["serial"],
        project_id=project.project_id,
        quantity_units=units.upper - units.lower,
        vintage=VINTAGE,
        issued_to=project.supplier_id,
        at=_BEGAN,
    )
    rows["chain_transactions"].append(
        {
            "tx_hash": tx_hash,
            "wallet_address": "addr_test1vz0000000000000000000000000000000000000000000000000000000",
            "cbor": b"",
            "ttl_slot": 0,
            "fee_lovelace": 190_000,
            "status": "final",
            "block_hash": tx_hash,
            "block_height": 1,
            "block_slot": 1,
            "confirmations": 2_160,
            "built_at": _BEGAN,
            "submitted_at": _BEGAN,
            "confirmed_at": _BEGAN,
        }
    )
    rows["chain_records"].append(
        {
            "id": uuid4(),
            "transaction_id": issuance["id"],
            "kind": "issuance",
            "record": json.dumps(record),
            "status": "final",
            "waiting_workflow_id": "-",
            "tx_hash": tx_hash,
            "announced_at": _BEGAN,
            "queued_at": _BEGAN,
        }
    )
