"""Manifests of what was published, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import exports


class PostgresExports:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, export_id: UUID, generated_at: datetime, *, manifest: bytes, sha256: str
    ) -> None:
        await self._connection.execute(
            insert(exports).values(
                id=export_id, generated_at=generated_at, manifest=manifest, sha256=sha256
            )
        )
