"""What the page of one retirement reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.pages import FIRST_LINE
from adapters.postgres.queries import first, read


@dataclass(frozen=True)
class PublicRetirementView:
    """`certificate_document` is the certificate's canonical JSON, `certificate_digest` what was signed."""

    id: UUID
    serial: str
    first_unit: int
    last_unit: int
    quantity_units: int
    vintage: int
    project_id: UUID
    project_title: str
    project_country: str
    beneficiary_name: str | None
    beneficiary_country: str | None
    beneficiary_identifier: str | None
    purpose: str
    reason: str
    retired_at: datetime
    sealed_at: datetime | None
    certificate_digest: str | None
    certificate_document: bytes | None


async def retirement(
    connection: AsyncConnection, retirement_id: UUID
) -> PublicRetirementView | None:
    """Serial, units, vintage and project are those of the first line."""
    sql = f"""
        SELECT r.id, e.serial, lower(e.units) AS first_unit, upper(e.units) - 1 AS last_unit,
               r.quantity_units, e.vintage, p.id AS project_id, p.title AS project_title,
               p.country AS project_country, r.beneficiary_name, r.beneficiary_country,
               r.beneficiary_identifier, r.purpose, r.reason, r.retired_at,
               c.sealed_at, c.digest AS certificate_digest, c.document AS certificate_document
          FROM retirements r
          JOIN {FIRST_LINE} line ON true
          JOIN credit_entries e ON e.id = line.result_entry_id
          JOIN projects p ON p.id = e.project_id
          LEFT JOIN certificates c ON c.retirement_id = r.id
         WHERE r.id = :retirement_id
    """  # noqa: S608 -- only our own constants are put in
    return first(await read(connection, PublicRetirementView, sql, retirement_id=retirement_id))


@dataclass(frozen=True)
class Line:
    """One of the entries that were retired; `chain_status` None means not yet queued."""

    serial: str
    first_unit: int
    last_unit: int
    quantity_units: int
    vintage: int
    project_id: UUID
    project_title: str
    chain_status: str | None


async def lines(connection: AsyncConnection, retirement_id: UUID) -> Sequence[Line]:
    """In the order of their units, as on the certificate."""
    sql = """
        SELECT e.serial, lower(e.units) AS first_unit, upper(e.units) - 1 AS last_unit,
               e.quantity_units, e.vintage, p.id AS project_id, p.title AS project_title,
               c.status AS chain_status
          FROM credit_transactions t
          JOIN credit_entries e ON e.id = t.result_entry_id
          JOIN projects p ON p.id = e.project_id
          LEFT JOIN chain_records c ON c.transaction_id = t.id
         WHERE t.retirement_id = :retirement_id ORDER BY e.units
    """
    return await read(connection, Line, sql, retirement_id=retirement_id)
