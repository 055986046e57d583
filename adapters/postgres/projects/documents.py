"""Documents, written."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import documents
from domain.projects.documents import Document, DocumentStatus

_COMPLETED_FOR = (
    select(documents)
    .where(
        documents.c.project_id == bindparam("of_project"),
        documents.c.status == DocumentStatus.COMPLETED.value,
    )
    .order_by(documents.c.completed_at, documents.c.id)
)


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

    async def completed_for(self, project_id: UUID) -> Sequence[Document]:
        found = await self._connection.execute(_COMPLETED_FOR, {"of_project": project_id})
        return [value_of(Document, row) for row in found.mappings()]
