"""Documents, written."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import documents
from domain.projects.documents import Document, DocumentStatus
from domain.projects.uploads import LARGE_BYTES_MIN, Held

COMPLETED = documents.c.status == DocumentStatus.COMPLETED.value
IS_EVIDENCE = COMPLETED & documents.c.superseded_at.is_(None)
"""As `Document.is_evidence`: its bytes were checked, and no newer version stands in its place."""

_COMPLETED_EVER = (
    select(documents)
    .where(documents.c.verification_id == bindparam("of_round"), COMPLETED)
    .order_by(documents.c.completed_at, documents.c.id)
)
_COMPLETED_FOR = _COMPLETED_EVER.where(IS_EVIDENCE)
_AWAITED = documents.c.status == DocumentStatus.AWAITING_UPLOAD.value


class PostgresDocuments:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, document: Document) -> None:
        await self._connection.execute(insert(documents).values(row_of(document)))

    async def lock(self, document_id: UUID) -> Document | None:
        found = await self._connection.execute(
            select(documents).where(documents.c.id == document_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Document, row) if row else None

    async def save(self, document: Document) -> None:
        await self._connection.execute(
            update(documents).where(documents.c.id == document.id).values(row_of(document))
        )

    async def completed_for(self, verification_id: UUID) -> Sequence[Document]:
        found = await self._connection.execute(_COMPLETED_FOR, {"of_round": verification_id})
        return [value_of(Document, row) for row in found.mappings()]

    async def completed_ever(self, verification_id: UUID) -> Sequence[Document]:
        found = await self._connection.execute(_COMPLETED_EVER, {"of_round": verification_id})
        return [value_of(Document, row) for row in found.mappings()]

    async def lock_quotas(self, account_id: UUID, project_id: UUID) -> None:
        # Always in this order, so that no two wait for each other.
        for held_by in (f"uploads/{account_id}", f"documents/{project_id}"):
            await self._connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(held_by, 0)))
            )

    async def open_of_account(self, account_id: UUID) -> Held:
        return await self._held((documents.c.uploaded_by == account_id) & _AWAITED)

    async def of_project(self, project_id: UUID) -> Held:
        return await self._held(documents.c.project_id == project_id)

    async def forget(self, document_id: UUID) -> None:
        await self._connection.execute(
            delete(documents).where(documents.c.id == document_id, _AWAITED)
        )

    async def forget_awaited(self, before: datetime, large_before: datetime) -> int:
        is_large = documents.c.file_size > LARGE_BYTES_MIN
        gone = await self._connection.execute(
            delete(documents).where(
                _AWAITED,
                (documents.c.created_at < large_before)
                | ~is_large & (documents.c.created_at < before),
            )
        )
        return gone.rowcount

    async def _held(self, condition: ColumnElement[bool]) -> Held:
        found = await self._connection.execute(
            select(func.count(), func.coalesce(func.sum(documents.c.file_size), 0)).where(condition)
        )
        files, size_bytes = found.one()
        return Held(files, int(size_bytes))
