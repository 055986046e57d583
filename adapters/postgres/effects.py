"""What activities have brought about; the primary key has the last word on running one twice."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import activity_effects


class PostgresEffects:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, key: str) -> bool:
        """The unique index makes a second claimant wait for the first one's transaction to end."""
        claimed = await self._connection.execute(
            insert(activity_effects)
            .values(key=key)
            .on_conflict_do_nothing()
            .returning(activity_effects.c.key)
        )
        return claimed.one_or_none() is not None

    async def finish(self, key: str, result: Mapping[str, Any]) -> None:
        await self._connection.execute(
            update(activity_effects)
            .where(activity_effects.c.key == key)
            .values(result=dict(result))
        )

    async def result(self, key: str) -> Mapping[str, Any]:
        found = await self._connection.execute(
            select(activity_effects.c.result).where(activity_effects.c.key == key)
        )
        result: Mapping[str, Any] = found.scalar_one()
        return result
