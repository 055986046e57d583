"""What the page of one retirement reads."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.page_queries import first, read


@dataclass(frozen=True)
class Retirement:
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


async def retirement(connection: AsyncConnection, retirement_id: UUID) -> Retirement | None:
    sql = """
        SELECT r.id, e.serial, lower(e.units) AS first_unit, upper(e.units) - 1 AS last_unit,
               r.quantity_units, e.vintage, p.id AS project_id, p.title AS project_title,
               p.country AS project_country, r.beneficiary_name, r.beneficiary_country,
               r.beneficiary_identifier, r.purpose, r.reason, r.retired_at,
               c.sealed_at, c.digest AS certificate_digest, c.document AS certificate_document
          FROM retirements r
          JOIN credit_transactions t ON t.retirement_id = r.id
          JOIN credit_entries e ON e.id = t.result_entry_id
          JOIN projects p ON p.id = e.project_id
          LEFT JOIN certificates c ON c.retirement_id = r.id
         WHERE r.id = :retirement_id
    """
    return first(await read(connection, Retirement, sql, retirement_id=retirement_id))
