"""Projects, verifications, timelines and documents, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.credits.pages import search_query
from adapters.postgres.engines import PageRequest, read_one, read_page
from adapters.postgres.projects.projects import project_from
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    documents,
    projects,
    users,
    verification_events,
    verification_requests,
)
from domain.accounts.roles import Account, Permission
from domain.projects.documents import Document, DocumentStatus
from domain.projects.projects import Project
from domain.projects.verification import TimelineEvent, Verification, VerificationStatus


@dataclass(frozen=True)
class ProjectView:
    """`company` is whom the developer's account speaks for; a person's name is not read here."""

    project: Project
    verification_id: UUID
    company: str | None


@dataclass(frozen=True)
class ProjectFilter:
    """None leaves a field open; `words` are looked for at the beginnings of words."""

    status: str | None = None
    type: str | None = None
    country: str | None = None
    developer_id: UUID | None = None
    words: str | None = None


def visible_to(account: Account) -> ColumnElement[bool]:
    """Which verifications, and so which projects, an account may see."""
    if account.may(Permission.SEE_EVERYTHING):
        return true()
    return or_(
        verification_requests.c.developer_id == account.id,
        verification_requests.c.verifier_id == account.id,
    )


_PROJECT = (
    select(
        *projects.c,
        verification_requests.c.id.label("verification_id"),
        users.c.company.label("company"),
    )
    .join(verification_requests, verification_requests.c.project_id == projects.c.id)
    .join(users, users.c.id == projects.c.developer_id)
)


async def projects_page(
    connection: AsyncConnection,
    chosen: ProjectFilter,
    part: PageRequest,
    *,
    account: Account | None,
) -> Sequence[ProjectView]:
    """`account` None reads the public list, which holds every project."""
    query = _PROJECT.where(*_project_conditions(chosen))
    if account is not None:
        query = query.where(visible_to(account))
    found = await read_page(connection, query, part, at=projects.c.created_at, id=projects.c.id)
    return [_project_view(row) for row in found]


async def project(
    connection: AsyncConnection, project_id: UUID, *, account: Account | None
) -> ProjectView | None:
    query = _PROJECT.where(projects.c.id == project_id)
    if account is not None:
        query = query.where(visible_to(account))
    row = await read_one(connection, query)
    return _project_view(row) if row else None


@dataclass(frozen=True)
class VerificationView:
    verification: Verification
    completed_documents: int


@dataclass(frozen=True)
class Overdue:
    """Waiting for a verifier since before `submitted_before`, or in review since `assigned_before`."""

    submitted_before: datetime
    assigned_before: datetime


@dataclass(frozen=True)
class VerificationFilter:
    status: str | None = None
    verifier_id: UUID | None = None
    overdue: Overdue | None = None


_COMPLETED_DOCUMENTS = (
    select(func.count())
    .select_from(documents)
    .where(
        documents.c.verification_id == verification_requests.c.id,
        documents.c.status == DocumentStatus.COMPLETED.value,
    )
    .scalar_subquery()
    .label("completed_documents")
)


async def verifications_page(
    connection: AsyncConnection, chosen: VerificationFilter, part: PageRequest, *, account: Account
) -> Sequence[VerificationView]:
    query = _verifications(account)
    if chosen.status is not None:
        query = query.where(verification_requests.c.status == chosen.status)
    if chosen.verifier_id is not None:
        query = query.where(verification_requests.c.verifier_id == chosen.verifier_id)
    if chosen.overdue is not None:
        query = query.where(_is_overdue(chosen.overdue))
    found = await read_page(
        connection,
        query,
        part,
        at=verification_requests.c.submitted_at,
        id=verification_requests.c.id,
    )
    return [_verification_view(row) for row in found]


async def verification(
    connection: AsyncConnection, verification_id: UUID, *, account: Account
) -> VerificationView | None:
    query = _verifications(account).where(verification_requests.c.id == verification_id)
    row = await read_one(connection, query)
    return _verification_view(row) if row else None


async def events_page(
    connection: AsyncConnection, verification_id: UUID, part: PageRequest
) -> Sequence[TimelineEvent]:
    found = await read_page(
        connection,
        select(verification_events).where(verification_events.c.verification_id == verification_id),
        part,
        at=verification_events.c.created_at,
        id=verification_events.c.id,
    )
    return [value_of(TimelineEvent, row) for row in found]


async def event(connection: AsyncConnection, event_id: UUID) -> TimelineEvent | None:
    row = await read_one(
        connection, select(verification_events).where(verification_events.c.id == event_id)
    )
    return value_of(TimelineEvent, row) if row else None


@dataclass(frozen=True)
class DocumentView:
    """A document with those who work on its project; `visible` is whether they include the reader."""

    document: Document
    developer_id: UUID
    verifier_id: UUID | None
    visible: bool


async def documents_page(
    connection: AsyncConnection, project_id: UUID, part: PageRequest
) -> Sequence[DocumentView]:
    found = await read_page(
        connection,
        _documents(true()).where(documents.c.project_id == project_id),
        part,
        at=documents.c.created_at,
        id=documents.c.id,
    )
    return [_document_view(row) for row in found]


async def document(
    connection: AsyncConnection, document_id: UUID, *, account: Account | None
) -> DocumentView | None:
    visible = false() if account is None else visible_to(account)
    row = await read_one(connection, _documents(visible).where(documents.c.id == document_id))
    return _document_view(row) if row else None


def _documents(visible: ColumnElement[bool]) -> Select[Any]:
    return select(
        *documents.c,
        verification_requests.c.developer_id,
        verification_requests.c.verifier_id,
        visible.label("visible"),
    ).join(verification_requests, verification_requests.c.id == documents.c.verification_id)


def _verifications(account: Account) -> Select[Any]:
    return select(*verification_requests.c, _COMPLETED_DOCUMENTS).where(visible_to(account))


def _is_overdue(overdue: Overdue) -> ColumnElement[bool]:
    waiting = verification_requests.c
    return or_(
        (waiting.status == VerificationStatus.PENDING.value)
        & (waiting.submitted_at < overdue.submitted_before),
        (waiting.status == VerificationStatus.IN_REVIEW.value)
        & (waiting.assigned_at < overdue.assigned_before),
    )


def _project_conditions(chosen: ProjectFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.status is not None:
        conditions.append(projects.c.status == chosen.status)
    if chosen.type is not None:
        conditions.append(projects.c.type == chosen.type)
    if chosen.country is not None:
        conditions.append(projects.c.country == chosen.country)
    if chosen.developer_id is not None:
        conditions.append(projects.c.developer_id == chosen.developer_id)
    if chosen.words is not None:
        text = projects.c.title + " " + projects.c.location
        asked = func.to_tsquery("simple", search_query(chosen.words))
        conditions.append(func.to_tsvector("simple", text).op("@@")(asked))
    return conditions


def _project_view(row: RowMapping) -> ProjectView:
    return ProjectView(project_from(row), row["verification_id"], row["company"])


def _verification_view(row: RowMapping) -> VerificationView:
    return VerificationView(value_of(Verification, row), row["completed_documents"])


def _document_view(row: RowMapping) -> DocumentView:
    return DocumentView(
        value_of(Document, row), row["developer_id"], row["verifier_id"], row["visible"]
    )
