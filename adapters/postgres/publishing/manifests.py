"""Manifests of what was published, never changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import exports


@dataclass(frozen=True)
class StoredManifest:
    """`manifest` is canonical JSON, byte for byte what was hashed."""

    id: UUID
    generated_at: datetime
    manifest: bytes
    sha256: str


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


async def latest_manifest(connection: AsyncConnection) -> StoredManifest | None:
    newest = select(exports).order_by(exports.c.generated_at.desc(), exports.c.id).limit(1)
    return await _one(connection, newest)


async def stored_manifest(connection: AsyncConnection, export_id: UUID) -> StoredManifest | None:
    return await _one(connection, select(exports).where(exports.c.id == export_id))


async def _one(
    connection: AsyncConnection, query: Select[tuple[object, ...]]
) -> StoredManifest | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return StoredManifest(**row) if row else None
