"""Folders of object storage and what was dropped into them, written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import ingestion_drops, ingestion_folders, ingestions, users
from domain.ingestion.folders import Drop, Folder
from domain.ingestion.submissions import IngestionStatus

UNREAD_MAX = 500


class PostgresFolders:
    """Implements `activities.ports.ingestion.Folders`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_folders(self) -> Sequence[Folder]:
        found = await self._connection.execute(
            select(ingestion_folders)
            .where(ingestion_folders.c.closed_at.is_(None))
            .order_by(ingestion_folders.c.id)
        )
        return [value_of(Folder, row) for row in found.mappings()]

    async def lock(self, folder_id: UUID) -> Folder | None:
        found = await self._connection.execute(
            select(ingestion_folders).where(ingestion_folders.c.id == folder_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Folder, row) if row else None

    async def count_open(self, account_id: UUID) -> int:
        await self._connection.execute(
            select(users.c.id).where(users.c.id == account_id).with_for_update()
        )
        found = await self._connection.execute(
            select(func.count())
            .select_from(ingestion_folders)
            .where(
                ingestion_folders.c.opened_by == account_id,
                ingestion_folders.c.closed_at.is_(None),
            )
        )
        return int(found.scalar_one())

    async def add(self, folder: Folder) -> Folder:
        await self._connection.execute(
            insert_unless(ingestion_folders).values(row_of(folder)).on_conflict_do_nothing()
        )
        found = await self._connection.execute(
            select(ingestion_folders).where(ingestion_folders.c.id == folder.id)
        )
        return value_of(Folder, found.mappings().one())

    async def save(self, folder: Folder) -> None:
        await self._connection.execute(
            update(ingestion_folders)
            .where(ingestion_folders.c.id == folder.id)
            .values(closed_at=folder.closed_at)
        )

    async def drop(self, drop_id: UUID) -> Drop | None:
        found = await self._connection.execute(
            select(ingestion_drops).where(ingestion_drops.c.id == drop_id)
        )
        row = found.mappings().one_or_none()
        return value_of(Drop, row) if row else None

    async def add_drop(self, drop: Drop) -> bool:
        added = await self._connection.execute(
            insert_unless(ingestion_drops)
            .values(row_of(drop))
            .on_conflict_do_nothing()
            .returning(ingestion_drops.c.id)
        )
        return added.scalar_one_or_none() is not None

    async def unread(self, before: datetime) -> Sequence[UUID]:
        dropped = select(ingestion_drops.c.ingestion_id).where(
            ingestion_drops.c.ingestion_id.is_not(None), ingestion_drops.c.taken_at < before
        )
        found = await self._connection.execute(
            select(ingestions.c.id)
            .where(
                ingestions.c.status == IngestionStatus.AWAITING_UPLOAD.value,
                ingestions.c.id.in_(dropped),
            )
            .order_by(ingestions.c.created_at)
            .limit(UNREAD_MAX)
        )
        return found.scalars().all()
