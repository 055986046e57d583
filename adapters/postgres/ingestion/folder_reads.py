"""Folders of object storage, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import ingestion_drops, ingestion_folders, ingestions
from adapters.postgres.visibility import sent_in
from domain.accounts.roles import Account
from domain.ingestion.folders import Drop, Folder
from domain.ingestion.submissions import IngestionStatus


@dataclass(frozen=True)
class DropView:
    """What was dropped, with what has become of the submission that it is."""

    drop: Drop
    status: IngestionStatus | None
    errors: int
    warnings: int


async def folder(
    connection: AsyncConnection, folder_id: UUID, *, account: Account
) -> Folder | None:
    """Seen by: whoever opened it, and staff."""
    visible = sent_in(account, ingestion_folders.c.opened_by)
    row = await read_one(
        connection, select(ingestion_folders).where(ingestion_folders.c.id == folder_id, visible)
    )
    return value_of(Folder, row) if row else None


async def folders_page(
    connection: AsyncConnection, page: PageRequest, *, account: Account
) -> Sequence[Folder]:
    """Seen by: whoever opened them, and staff all of them; closed ones too."""
    query = select(ingestion_folders).where(sent_in(account, ingestion_folders.c.opened_by))
    by = (ingestion_folders.c.opened_at, ingestion_folders.c.id)
    return [value_of(Folder, row) for row in await read_page(connection, query, page, by)]


async def drops_page(
    connection: AsyncConnection, folder_id: UUID, page: PageRequest
) -> Sequence[DropView]:
    """Seen by: whoever may see the folder, which the caller has read with the account that asks."""
    query = (
        select(
            ingestion_drops,
            ingestions.c.status,
            func.coalesce(ingestions.c.errors, 0).label("errors"),
            func.coalesce(ingestions.c.warnings, 0).label("warnings"),
        )
        .outerjoin(ingestions, ingestions.c.id == ingestion_drops.c.ingestion_id)
        .where(ingestion_drops.c.folder_id == folder_id)
    )
    by = (ingestion_drops.c.taken_at, ingestion_drops.c.id)
    return [
        DropView(
            value_of(Drop, row),
            IngestionStatus(row["status"]) if row["status"] else None,
            row["errors"],
            row["warnings"],
        )
        for row in await read_page(connection, query, page, by)
    ]
