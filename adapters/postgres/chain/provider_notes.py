"""What the chain's provider told by itself, through a webhook (ADR 0048)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import chain_provider


async def note_provider_told(connection: AsyncConnection, at: datetime) -> None:
    """The provider says that something happened; the follower looks for itself."""
    await connection.execute(update(chain_provider).values(told_at=at))
