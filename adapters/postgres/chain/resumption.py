"""Chain records, locked and saved by those who resume them."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import chain_records
from domain.chain.resumption import QueueEntry


class PostgresQueueEntries:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, record_id: UUID) -> QueueEntry | None:
        found = await self._connection.execute(
            select(chain_records).where(chain_records.c.id == record_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(QueueEntry, row) if row else None

    async def save(self, record: QueueEntry) -> None:
        await self._connection.execute(
            update(chain_records).where(chain_records.c.id == record.id).values(row_of(record))
        )
