"""Formats that people made, and drafts of them, written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import ingestion_format_drafts, ingestion_formats
from domain.ingestion.mapping.stored_formats import FormatReview, StoredFormat

DRAFTS_MAX = 10
"""Of one account; the oldest go."""


class PostgresStoredFormats:
    """Implements `activities.ports.ingestion.StoredFormats`, and what the assistant's commands write."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def version(self, format_id: str, version: int) -> StoredFormat | None:
        found = await self._connection.execute(
            select(ingestion_formats).where(
                ingestion_formats.c.id == format_id, ingestion_formats.c.version == version
            )
        )
        row = found.mappings().one_or_none()
        return value_of(StoredFormat, row) if row else None

    async def latest(self, format_id: str) -> StoredFormat | None:
        """Whatever its review says; nobody else saves a version of this id before the transaction ends."""
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"format/{format_id}", 0)))
        )
        found = await self._connection.execute(
            select(ingestion_formats)
            .where(ingestion_formats.c.id == format_id)
            .order_by(ingestion_formats.c.version.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(StoredFormat, row) if row else None

    async def usable(self, format_id: str, account_id: UUID) -> StoredFormat | None:
        table = ingestion_formats.c
        found = await self._connection.execute(
            select(ingestion_formats)
            .where(
                table.id == format_id,
                or_(table.review == FormatReview.ACCEPTED.value, table.saved_by == account_id),
            )
            .order_by(table.version.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return value_of(StoredFormat, row) if row else None

    async def add(self, stored: StoredFormat) -> None:
        await self._connection.execute(
            insert_unless(ingestion_formats).values(row_of(stored)).on_conflict_do_nothing()
        )

    async def save_review(self, stored: StoredFormat) -> bool:
        """Whether it waited for one: of two people who review at once, the first is heard."""
        changed = await self._connection.execute(
            update(ingestion_formats)
            .where(
                ingestion_formats.c.id == stored.id,
                ingestion_formats.c.version == stored.version,
                ingestion_formats.c.reviewed_by.is_(None),
            )
            .values(
                review=stored.review.value,
                reviewed_by=stored.reviewed_by,
                review_note=stored.review_note,
                reviewed_at=stored.reviewed_at,
            )
            .returning(ingestion_formats.c.id)
        )
        return changed.scalar_one_or_none() is not None

    async def add_draft(
        self,
        draft_id: UUID,
        *,
        saved_by: UUID,
        file_name: str,
        content: bytes,
        choices: Mapping[str, Any],
        at: datetime,
        forget_before: datetime,
    ) -> None:
        """A new one, in the place of the account's oldest and of those that are old."""
        mine = ingestion_format_drafts.c.saved_by == saved_by
        newest: Sequence[UUID] = (
            (
                await self._connection.execute(
                    select(ingestion_format_drafts.c.id)
                    .where(mine, ingestion_format_drafts.c.created_at > forget_before)
                    .order_by(ingestion_format_drafts.c.created_at.desc())
                    .limit(DRAFTS_MAX - 1)
                )
            )
            .scalars()
            .all()
        )
        await self._connection.execute(
            delete(ingestion_format_drafts).where(mine, ingestion_format_drafts.c.id.not_in(newest))
        )
        await self._connection.execute(
            insert_unless(ingestion_format_drafts)
            .values(
                id=draft_id,
                saved_by=saved_by,
                file_name=file_name,
                content=content,
                choices=dict(choices),
                created_at=at,
            )
            .on_conflict_do_nothing()
        )

    async def choose(self, draft_id: UUID, *, saved_by: UUID, choices: Mapping[str, Any]) -> None:
        await self._connection.execute(
            update(ingestion_format_drafts)
            .where(
                ingestion_format_drafts.c.id == draft_id,
                ingestion_format_drafts.c.saved_by == saved_by,
            )
            .values(choices=dict(choices))
        )

    async def forget_draft(self, draft_id: UUID, *, saved_by: UUID) -> None:
        await self._connection.execute(
            delete(ingestion_format_drafts).where(
                ingestion_format_drafts.c.id == draft_id,
                ingestion_format_drafts.c.saved_by == saved_by,
            )
        )
