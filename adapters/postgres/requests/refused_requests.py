"""Stored requests (table `drafts`) that were refused, which nobody will ask for again."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import drafts


async def forget_stored_request(connection: AsyncConnection, request_id: UUID) -> None:
    await connection.execute(delete(drafts).where(drafts.c.id == request_id))
