"""
A registry of some size, written by COPY: accounts, verified projects with evidence, and credits.

Every constraint and trigger of the database sees these rows as it sees any others. The text is that
of the demo's real project, so that rows have the size of real ones. There are no workflows behind
them, and no audit entries: nobody did this.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import bcrypt

from devstack.demo import FACTS
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
            numbers = await project_numbers(connection)
            await add_verifications(connection, project_rows, people, entries_per_project)
            holdings = await _add_credits(connection, numbers, people, entries_per_project)
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
    connection: Any, project_rows: Rows, people: People, entries_per_project: int
) -> None:
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
            "verified_quantity_units": entries_per_project * ENTRY_UNITS,
            "vintage": VINTAGE,
            "sign_off_digest": hashlib.sha256(project["id"].bytes).hexdigest(),
            "updated_at": project["created_at"],
        }
        for project in project_rows
    ]
    await copy_rows(connection, "verification_requests", verifications)
    documents = [_document_row(row, kind) for row in verifications for kind in _EVIDENCE]
    await copy_rows(connection, "documents", documents)


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


async def _add_credits(
    connection: Any, numbers: list[tuple[UUID, int]], people: People, entries_per_project: int
) -> list[Holding]:
    """Entries in turn of their projects, as unrelated holders would retire them."""
    first_unit: int = await connection.fetchval(
        "UPDATE unit_counter SET next_unit = next_unit + $1 RETURNING next_unit - $1",
        len(numbers) * entries_per_project * ENTRY_UNITS,
    )
    entries: Rows = []
    holdings: list[Holding] = []
    for running_number in range(1, entries_per_project + 1):
        for project_id, number in numbers:
            holder = people.holders[len(entries) % HOLDERS]
            serial = str(Serial(VINTAGE, number, running_number))
            first = first_unit + len(entries) * ENTRY_UNITS
            entries.append(_entry_row(serial, project_id, holder, first))
            holdings.append(Holding(serial, holder))
    await copy_rows(connection, "credit_entries", entries)
    await copy_rows(connection, "credit_transactions", [_issuance_row(row) for row in entries])
    counters = [
        {"project_id": id, "vintage": VINTAGE, "next_number": entries_per_project + 1}
        for id, _ in numbers
    ]
    await copy_rows(connection, "serial_counters", counters)
    return holdings


def _entry_row(serial: str, project_id: UUID, holder: Holder, first: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "serial": serial,
        "project_id": project_id,
        "owner_id": holder.id,
        "units": asyncpg.Range(first, first + ENTRY_UNITS),
        "vintage": VINTAGE,
        "status": "active",
        "issued_at": _BEGAN,
        "last_action_at": _BEGAN,
    }


def _issuance_row(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "type": "issuance",
        "entry_id": entry["id"],
        "result_entry_id": entry["id"],
        "recipient_id": entry["owner_id"],
        "units": entry["units"],
        "status": "completed",
        "created_at": entry["issued_at"],
        "completed_at": entry["issued_at"],
    }
