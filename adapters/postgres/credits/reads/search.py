"""Where the pages show what somebody looks for: a serial, a unit, an identifier."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import first, read


@dataclass(frozen=True)
class PlaceView:
    """Where the pages show something: a unit, or its retirement when there is one, or its entry, or its project."""

    project_id: UUID | None
    retirement_id: UUID | None
    serial: str | None
    unit: int | None = None


_PLACE = """
    SELECT e.project_id, t.retirement_id, e.serial FROM public_credit_entries e
      LEFT JOIN public_credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
"""


async def place_of_serial(connection: AsyncConnection, serial: str) -> PlaceView | None:
    """Seen by: everybody."""
    sql = _PLACE + " WHERE e.serial = :serial"
    return first(await read(connection, PlaceView, sql, serial=serial))


async def place_of_unit(connection: AsyncConnection, unit: int) -> PlaceView | None:
    """Seen by: everybody."""
    sql = """
        SELECT project_id, NULL::uuid AS retirement_id, serial, CAST(:unit AS bigint) AS unit
          FROM public_credit_entries WHERE units @> :unit AND status NOT IN ('transferred', 'split')
    """
    return first(await read(connection, PlaceView, sql, unit=unit))


async def place_of_project_number(connection: AsyncConnection, number: int) -> PlaceView | None:
    """
    The project whose credits have this number in their serials.

    Seen by: everybody.
    """
    sql = """
        SELECT id AS project_id, NULL::uuid AS retirement_id, NULL AS serial FROM projects
         WHERE number = :number
    """
    return first(await read(connection, PlaceView, sql, number=number))


async def place_of_identifier(connection: AsyncConnection, identifier: UUID) -> PlaceView | None:
    """
    Of a retirement, a project, a verification, a credit entry, a movement of credits or its chain record.

    Seen by: everybody.
    """
    sql = """
        SELECT NULL::uuid AS project_id, id AS retirement_id, NULL AS serial FROM retirements
         WHERE id = :identifier
        UNION ALL SELECT id, NULL, NULL FROM projects WHERE id = :identifier
        UNION ALL SELECT project_id, NULL, NULL FROM verification_requests WHERE id = :identifier
        UNION ALL SELECT e.project_id, t.retirement_id, e.serial FROM public_credit_entries e
          LEFT JOIN public_credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
         WHERE e.id = :identifier
        UNION ALL SELECT e.project_id, m.retirement_id, e.serial FROM public_credit_transactions m
          JOIN public_credit_entries e ON e.id = m.result_entry_id
         WHERE m.id = :identifier
            OR m.id = (SELECT transaction_id FROM chain_records WHERE id = :identifier)
         LIMIT 1
    """
    return first(await read(connection, PlaceView, sql, identifier=identifier))
