"""Rows of a small registry, written straight into the tables, for what only reads them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres import tables
from domain.certificates.certificates import canonical_bytes
from domain.chain.commitments import SALT_BYTES, commit
from domain.chain.metadata import payload, retirement_record

BEGAN = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
ISSUED_UNITS = 500_000
SALT = bytes(range(SALT_BYTES))
"""Of every retirement here; the registry draws one for each."""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class IssuedProject:
    id: UUID
    supplier_id: UUID
    entry_id: UUID
    first_unit: int
    number: int

    def serial(self, running_number: int) -> str:
        return f"KRB-2024-{self.number:03d}-{running_number:06d}"


class RegistryRows:
    """Each method writes rows that fit together, and commits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._next_unit = 1
        self._projects = 0
        self._serials = 1

    async def project(
        self,
        title: str = "A Biochar Project at Satyapura",
        *,
        documents: Sequence[tuple[str, str]] = (("Monitoring report 2024", "public"),),
        sign_off_digest: str = "ab" * 32,
        uploaded_by_verifier: bool = False,
        description: str = "Kilns.\nFields.",
        longitude: str = "74.2179",
    ) -> IssuedProject:
        """A verified project with its issued entry; `documents` are (name, disclosure class)."""
        self._projects += 1
        at = BEGAN + timedelta(hours=self._projects)
        made = IssuedProject(uuid4(), uuid4(), uuid4(), self._next_unit, self._projects)
        verification_id, verifier_id, transaction_id = uuid4(), uuid4(), uuid4()
        units = Range(made.first_unit, made.first_unit + ISSUED_UNITS)
        self._next_unit += ISSUED_UNITS
        async with self._engine.begin() as connection:
            await _user(connection, made.supplier_id, "developer", company="Satyapura Producers")
            await _user(connection, verifier_id, "verifier", company="Earthly Verifiers")
            await _add(
                connection, tables.projects, id=made.id, developer_id=made.supplier_id, title=title,
                type="biochar", description=description, location="Rajasthan", country="IND",
                latitude="27.0238", longitude=longitude, emissions_target_units=ISSUED_UNITS,
                start_date=date(2023, 6, 1), status="verified", created_at=at, updated_at=at,
            )  # fmt: skip
            await _add(
                connection, tables.verification_requests, id=verification_id, project_id=made.id,
                developer_id=made.supplier_id, verifier_id=verifier_id, status="approved",
                submitted_at=at, assigned_at=at, completed_at=at, decided_by=verifier_id,
                verified_quantity_units=ISSUED_UNITS, vintage=2024, updated_at=at,
                sign_off_digest=sign_off_digest, verification_body="Earthly Verifiers",
            )  # fmt: skip
            await _add(
                connection, tables.verification_events, id=uuid4(), created_at=at,
                verification_id=verification_id, event_type="site_visit", user_id=verifier_id,
                message="Twelve kilns were visited.",
            )  # fmt: skip
            for name, disclosure in documents:
                await _add(
                    connection, tables.documents, id=uuid4(), project_id=made.id, name=name,
                    verification_id=verification_id, description="", disclosure=disclosure,
                    document_type="monitoring_report", mime_type="application/pdf", file_size=2048,
                    sha256=sha256(name), status="completed", created_at=at, completed_at=at,
                    uploaded_by=verifier_id if uploaded_by_verifier else made.supplier_id,
                )  # fmt: skip
            await _entry(
                connection, made.entry_id, made, self._serial(made), units, "active", at=at
            )
            await _add(
                connection, tables.credit_transactions, id=transaction_id, type="issuance",
                entry_id=made.entry_id, result_entry_id=made.entry_id, units=units,
                recipient_id=made.supplier_id, status="completed", created_at=at, completed_at=at,
                verification_id=verification_id,
            )  # fmt: skip
            await connection.execute(update(tables.unit_counter).values(next_unit=units.upper))
        return made

    async def finding(self, project: IssuedProject, text: str = "The scale is old.") -> UUID:
        """A forward action of its first verification, which nobody has answered."""
        finding_id, rounds = uuid4(), tables.verification_requests.c
        async with self._engine.begin() as connection:
            query = select(rounds.id, rounds.verifier_id).where(rounds.project_id == project.id)
            verification_id, verifier_id = (await connection.execute(query)).one()
            await _add(
                connection, tables.findings, id=finding_id, verification_id=verification_id, number=1,
                kind="forward_action", text=text, raised_by=verifier_id, raised_at=BEGAN,
            )  # fmt: skip
        return finding_id

    async def retirement(
        self,
        project: IssuedProject,
        quantity_units: int = 25_000,
        *,
        beneficiary: str | None = "Nordlys Shipping AS",
        chain: str | None = None,
        confirmations: int | None = None,
        rollbacks: int = 0,
        read_back: dict[str, Any] | None = None,
    ) -> UUID:
        """
        Retire the first units of an untouched project; the rest stays active.

        `chain` is the chain record's status, None before there is one; `confirmations` None means
        that no block holds its transaction. `read_back` seals the certificate with these changes
        to what the chain holds.
        """
        at = BEGAN + timedelta(days=30)
        retirement_id, transaction_id, part_id = uuid4(), uuid4(), uuid4()
        taken = Range(project.first_unit, project.first_unit + quantity_units)
        rest = Range(taken.upper, project.first_unit + ISSUED_UNITS)
        serial = self._serial(project)
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.credit_entries.update()
                .where(tables.credit_entries.c.id == project.entry_id)
                .values(status="split")
            )
            parent = project.entry_id
            await _entry(
                connection, part_id, project, serial, taken, "retired", at=at, parent=parent
            )
            remainder = self._serial(project)
            await _entry(
                connection, uuid4(), project, remainder, rest, "active", at=at, parent=parent
            )
            await _add(
                connection, tables.retirements, id=retirement_id, account_id=project.supplier_id,
                quantity_units=quantity_units, beneficiary_name=beneficiary, retired_at=at,
                beneficiary_country="NOR" if beneficiary else None,
                purpose="corporate_neutrality", reason="Residual emissions of 2024",
            )  # fmt: skip
            await _add(
                connection, tables.credit_transactions, id=transaction_id, type="retirement",
                entry_id=parent, result_entry_id=part_id, sender_id=project.supplier_id,
                units=taken, status="completed", retirement_id=retirement_id, created_at=at,
                completed_at=at,
            )  # fmt: skip
            record = retirement_record(
                serial=serial, project_id=project.id, quantity_units=quantity_units, vintage=2024,
                retired_by=commit(project.supplier_id, SALT), reason="Residual emissions of 2024", at=at,
            )  # fmt: skip
            if chain:
                await _chain_record(
                    connection, transaction_id, record, chain, confirmations, rollbacks, at,
                    account_id=project.supplier_id,
                )  # fmt: skip
            await _certificate(connection, retirement_id, record, read_back, at)
        return retirement_id

    def _serial(self, project: IssuedProject) -> str:
        serial = project.serial(self._serials)
        self._serials += 1
        return serial


async def _add(connection: AsyncConnection, table: Table, **values: Any) -> None:
    await connection.execute(insert(table).values(**values))


async def _user(connection: AsyncConnection, id: UUID, role: str, *, company: str) -> None:
    await _add(
        connection, tables.users, id=id, email=f"{id}@karbonica.example", password_hash="-",
        name="Somebody Private", company=company, role=role,
    )  # fmt: skip


async def _entry(
    connection: AsyncConnection,
    id: UUID,
    project: IssuedProject,
    serial: str,
    units: Range[int],
    status: str,
    *,
    at: datetime,
    parent: UUID | None = None,
) -> None:
    await _add(
        connection, tables.credit_entries, id=id, serial=serial, project_id=project.id,
        owner_id=project.supplier_id, parent_id=parent, units=units, vintage=2024, status=status,
        issued_at=at, last_action_at=at,
    )  # fmt: skip


async def _chain_record(
    connection: AsyncConnection,
    transaction_id: UUID,
    record: dict[str, Any],
    status: str,
    confirmations: int | None,
    rollbacks: int,
    at: datetime,
    *,
    account_id: UUID,
) -> None:
    tx_hash = sha256(str(transaction_id)) if status not in {"queued", "parked"} else None
    if tx_hash:
        in_a_block = confirmations is not None
        await _add(
            connection, tables.chain_transactions, tx_hash=tx_hash, wallet_address="addr_test1",
            cbor=b"-", ttl_slot=1, fee_lovelace=1, status=status, confirmations=confirmations or 0,
            block_hash="cd" * 32 if in_a_block else None,
            block_height=1234567 if in_a_block else None,
            rollbacks=rollbacks, built_at=at, submitted_at=at, checked_at=at,
        )  # fmt: skip
    record_id = uuid4()
    await _add(
        connection, tables.chain_records, id=record_id, transaction_id=transaction_id, status=status,
        kind="retirement", record=record, waiting_workflow_id="-", tx_hash=tx_hash, queued_at=at,
        park_reason="secret reason for staff" if status == "parked" else None,
    )  # fmt: skip
    await _add(
        connection, tables.chain_record_openings, record_id=record_id, field="retired_by",
        account_id=account_id, salt=SALT,
    )  # fmt: skip


async def _certificate(
    connection: AsyncConnection,
    retirement_id: UUID,
    record: dict[str, Any],
    read_back: dict[str, Any] | None,
    at: datetime,
) -> None:
    sealed = read_back is not None
    metadata = payload([{**record, **(read_back or {})}])
    document = {"chain": {"record": record, "metadata": metadata} if sealed else None}
    await _add(
        connection, tables.certificates, retirement_id=retirement_id, created_at=at,
        status="sealed" if sealed else "accepted", document=canonical_bytes(document),
        digest="ef" * 32 if sealed else None, sealed_at=at if sealed else None,
    )  # fmt: skip
