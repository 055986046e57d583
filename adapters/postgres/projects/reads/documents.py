"""Documents, read: with who may see them, and as everybody sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_accounts
from adapters.postgres.queries import PageRequest, read, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import documents, round_assignments, verification_requests
from adapters.postgres.visibility import works_on_project
from domain.accounts.roles import Account, Role
from domain.projects.documents import Document, DocumentStatus, DocumentType


@dataclass(frozen=True)
class DocumentView:
    """
    A document with those who work on its project; `visible` is whether they include the reader.

    `uploader_role` is what its uploader is now; `tasked` are whoever validates or reviews its round, as far as the
    reader may know of them.
    """

    document: Document
    developer_id: UUID
    verifier_id: UUID | None
    visible: bool
    uploader_role: Role
    tasked: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class EvidenceView:
    """
    A completed document of the round with this number; `name`, `mime_type` and `file_size` (bytes) are None unless it is public.

    It is evidence as long as `superseded_at` is None.
    """

    id: UUID
    round: int
    document_type: DocumentType
    disclosure: str
    sha256: str
    completed_at: datetime
    name: str | None
    mime_type: str | None
    file_size: int | None
    version: int
    superseded_at: datetime | None


async def documents_page(
    connection: AsyncConnection, project_id: UUID, page: PageRequest
) -> Sequence[DocumentView]:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    query = _documents(true()).where(documents.c.project_id == project_id)
    by = (documents.c.created_at, documents.c.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def round_documents_page(
    connection: AsyncConnection,
    verification_id: UUID,
    page: PageRequest,
    *,
    document_type: DocumentType | None = None,
) -> Sequence[Document]:
    """
    The completed documents of one round, or those of one type; superseded ones too.

    Seen by: whoever works on the project, which the caller has read with the account that asks.
    """
    query = select(documents).where(
        documents.c.verification_id == verification_id,
        documents.c.status == DocumentStatus.COMPLETED.value,
    )
    if document_type is not None:
        query = query.where(documents.c.document_type == document_type.value)
    by = (documents.c.completed_at, documents.c.id)
    return [value_of(Document, row) for row in await read_page(connection, query, page, by)]


async def awaited_documents(
    connection: AsyncConnection, verification_id: UUID, account_id: UUID
) -> Sequence[Document]:
    """
    What an account has announced for a round and not completed, the oldest first.

    Seen by: the account itself.
    """
    found = await connection.execute(
        select(documents)
        .where(
            documents.c.verification_id == verification_id,
            documents.c.uploaded_by == account_id,
            documents.c.status == DocumentStatus.AWAITING_UPLOAD.value,
        )
        .order_by(documents.c.created_at, documents.c.id)
    )
    return [value_of(Document, row) for row in found.mappings()]


async def document(
    connection: AsyncConnection, document_id: UUID, *, account: Account | None
) -> DocumentView | None:
    """Seen by: whom the rule for its disclosure class lets (domain/projects/documents.py); ask it next."""
    visible = false() if account is None else works_on_project(account)
    row = await read_one(connection, _documents(visible).where(documents.c.id == document_id))
    return _view(row) if row else None


async def documents_by_id(
    connection: AsyncConnection, document_ids: Collection[UUID], *, account: Account
) -> Mapping[UUID, DocumentView]:
    """
    Several at once, for what names them.

    Seen by: whom the rule for each one's disclosure class lets (domain/projects/documents.py); ask it next.
    """
    if not document_ids:
        return {}
    query = _documents(works_on_project(account)).where(documents.c.id.in_(document_ids))
    found = await connection.execute(query)
    views = [_view(row) for row in found.mappings()]
    return {view.document.id: view for view in views}


async def evidence(connection: AsyncConnection, project_id: UUID) -> Sequence[EvidenceView]:
    """
    The completed documents of a project, oldest first, with those that were superseded.

    Seen by: everybody; of what is not public, type and SHA-256 alone.
    """
    sql = """
        SELECT d.id, v.number AS round, d.document_type, d.disclosure, d.sha256, d.completed_at,
               d.name, d.mime_type, d.file_size, d.version, d.superseded_at
          FROM public_documents d JOIN verification_requests v ON v.id = d.verification_id
         WHERE d.project_id = :project_id ORDER BY d.completed_at, d.id
    """
    found = await read(connection, EvidenceView, sql, project_id=project_id)
    return [replace(line, document_type=DocumentType(line.document_type)) for line in found]


_UPLOADER_ROLE = (
    select(public_accounts.c.role)
    .where(public_accounts.c.id == documents.c.uploaded_by)
    .scalar_subquery()
    .label("uploader_role")
)


_TASKED = func.array(
    select(round_assignments.c.user_id)
    .where(round_assignments.c.verification_id == documents.c.verification_id)
    .scalar_subquery()
).label("tasked")


def _documents(visible: ColumnElement[bool]) -> Select[Any]:
    return select(
        *documents.c,
        verification_requests.c.developer_id,
        verification_requests.c.verifier_id,
        visible.label("visible"),
        _UPLOADER_ROLE,
        _TASKED,
    ).join(verification_requests, verification_requests.c.id == documents.c.verification_id)


def _view(row: RowMapping) -> DocumentView:
    return DocumentView(
        value_of(Document, row),
        row["developer_id"],
        row["verifier_id"],
        row["visible"],
        Role(row["uploader_role"]),
        tuple(row["tasked"]),
    )
