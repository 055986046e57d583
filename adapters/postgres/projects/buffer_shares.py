"""Buffer shares, written: what of a project's issuances goes into the buffer."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import buffer_shares
from domain.projects.buffer_share import BufferShare


class PostgresBufferShares:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, project_id: UUID) -> BufferShare | None:
        found = await self._connection.execute(
            select(buffer_shares).where(buffer_shares.c.project_id == project_id)
        )
        row = found.mappings().one_or_none()
        return value_of(BufferShare, row) if row else None

    async def save(self, share: BufferShare) -> None:
        values = row_of(share)
        await self._connection.execute(
            upsert(buffer_shares)
            .values(values)
            .on_conflict_do_update(index_elements=["project_id"], set_=values)
        )
