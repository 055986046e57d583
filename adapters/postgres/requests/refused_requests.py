"""Drafts of what was refused, which nobody will ask for again."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import drafts


async def forget_draft(connection: AsyncConnection, draft_id: UUID) -> None:
    await connection.execute(delete(drafts).where(drafts.c.id == draft_id))
