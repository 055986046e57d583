"""Where the pages show what somebody looks for: a serial, a unit, a hash, an identifier."""

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
    SELECT e.project_id, t.retirement_id, e.serial FROM credit_entries e
      LEFT JOIN credit_transactions t ON t.result_entry_id = e.id AND t.type = 'retirement'
"""


async def place_of_serial(connection: AsyncConnection, serial: str) -> PlaceView | None:
    """Seen by: everybody."""
    sql = _PLACE + " WHERE e.serial = :serial"
    return first(await read(connection, PlaceView, sql, serial=serial))


async def place_of_unit(connection: AsyncConnection, unit: int) -> PlaceView | None:
    """Seen by: everybody."""
    sql = """
        SELECT project_id, NULL::uuid AS retirement_id, serial, CAST(:unit AS bigint) AS unit
          FROM credit_entries WHERE units @> :unit AND status NOT IN ('transferred', 'split')
    """
    return first(await read(connection, PlaceView, sql, unit=unit))


async def place_of_transaction(connection: AsyncConnection, tx_hash: str) -> PlaceView | None:
    """
    The oldest record that the transaction carries.

    Seen by: everybody.
    """
    sql = """
        SELECT e.project_id, t.retirement_id, e.serial FROM chain_records c
          JOIN credit_transactions t ON t.id = c.transaction_id
          JOIN credit_entries e ON e.id = t.result_entry_id
         WHERE c.tx_hash = :tx_hash ORDER BY c.position LIMIT 1
    """
    return first(await read(connection, PlaceView, sql, tx_hash=tx_hash))


async def place_of_identifier(connection: AsyncConnection, identifier: UUID) -> PlaceView | None:
    """Seen by: everybody."""
    sql = """
        SELECT NULL::uuid AS project_id, id AS retirement_id, NULL AS serial FROM retirements
         WHERE id = :identifier
        UNION ALL SELECT id, NULL, NULL FROM projects WHERE id = :identifier
    """
    return first(await read(connection, PlaceView, sql, identifier=identifier))
