"""Verifications and their timelines, read: as those see them who work on them, and as everybody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.documents import IS_EVIDENCE
from adapters.postgres.projects.reads.duplicates import (
    LikelyDuplicateView,
    duplicates_column,
    duplicates_of,
)
from adapters.postgres.projects.reads.findings import (
    COUNTS_COLUMN,
    FindingCounts,
    counts_from,
)
from adapters.postgres.projects.verification import verification_from
from adapters.postgres.queries import PageRequest, read, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    documents,
    methodology_versions,
    verification_events,
    verification_requests,
)
from adapters.postgres.visibility import works_on_project
from domain.accounts.roles import Account
from domain.projects.documents import DocumentType
from domain.projects.progress import progress
from domain.projects.verification import (
    WORDED_BY_PEOPLE,
    EventType,
    TimelineEvent,
    Verification,
    VerificationStatus,
)


@dataclass(frozen=True)
class VerificationView:
    """`progress` goes from 0 to 100 (domain.projects.progress); `duplicates` None: not for whoever asks."""

    verification: Verification
    progress: int
    findings: FindingCounts
    duplicates: Sequence[LikelyDuplicateView] | None = None


@dataclass(frozen=True)
class Overdue:
    """
    Waiting for a verifier since before `submitted_before`, in review since `assigned_before`, or
    for a countersignature since `approved_before`.
    """

    submitted_before: datetime
    assigned_before: datetime
    approved_before: datetime


@dataclass(frozen=True)
class VerificationFilter:
    """None leaves a field open."""

    status: str | None = None
    verifier_id: UUID | None = None
    project_id: UUID | None = None
    overdue: Overdue | None = None


@dataclass(frozen=True)
class PublicEventView:
    """`actor_role` None means the registry itself acted; `message` is empty where a person wrote it."""

    event_type: str
    message: str
    actor_role: str | None
    created_at: datetime


_EVIDENCE_TYPES = (
    select(func.array_agg(documents.c.document_type.distinct()))
    .where(documents.c.verification_id == verification_requests.c.id, IS_EVIDENCE)
    .scalar_subquery()
    .label("evidence_types")
)
_VERSION_OF_ROUND = methodology_versions.c.id == verification_requests.c.methodology_version_id
ASKED_COLUMNS = (
    select(methodology_versions.c.required_document_types)
    .where(_VERSION_OF_ROUND)
    .scalar_subquery()
    .label("asked_types"),
    select(methodology_versions.c.requires_statement)
    .where(_VERSION_OF_ROUND)
    .scalar_subquery()
    .label("requires_statement"),
    # What a former verifier stated stands for nobody else. The step says that there is a statement to
    # everybody, who may not look at the statement itself yet.
    exists()
    .where(
        verification_events.c.verification_id == verification_requests.c.id,
        verification_events.c.event_type == EventType.STATEMENT_WRITTEN.value,
        verification_events.c.user_id == verification_requests.c.verifier_id,
    )
    .label("has_statement"),
)
"""What the round's methodology asks for, and whether a statement is there; for `progress_of`."""


async def verifications_page(
    connection: AsyncConnection, chosen: VerificationFilter, page: PageRequest, *, account: Account
) -> Sequence[VerificationView]:
    """Seen by: the supplier and the assigned verifier; staff see all."""
    query = _verifications(account)
    if chosen.status is not None:
        query = query.where(verification_requests.c.status == chosen.status)
    if chosen.verifier_id is not None:
        query = query.where(verification_requests.c.verifier_id == chosen.verifier_id)
    if chosen.project_id is not None:
        query = query.where(verification_requests.c.project_id == chosen.project_id)
    if chosen.overdue is not None:
        query = query.where(_is_overdue(chosen.overdue))
    by = (verification_requests.c.submitted_at, verification_requests.c.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def verification(
    connection: AsyncConnection, verification_id: UUID, *, account: Account
) -> VerificationView | None:
    """Seen by: the supplier, the assigned verifier, and staff."""
    query = _verifications(account).where(verification_requests.c.id == verification_id)
    row = await read_one(connection, query)
    return _view(row) if row else None


async def events_page(
    connection: AsyncConnection, verification_id: UUID, page: PageRequest
) -> Sequence[TimelineEvent]:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = select(verification_events).where(
        verification_events.c.verification_id == verification_id
    )
    by = (verification_events.c.created_at, verification_events.c.id)
    return [value_of(TimelineEvent, row) for row in await read_page(connection, query, page, by)]


async def event(connection: AsyncConnection, event_id: UUID) -> TimelineEvent | None:
    """Seen by: the one who has just added it."""
    row = await read_one(
        connection, select(verification_events).where(verification_events.c.id == event_id)
    )
    return value_of(TimelineEvent, row) if row else None


async def public_timeline(
    connection: AsyncConnection, verification_id: UUID
) -> Sequence[PublicEventView]:
    """
    All events, oldest first, as a story is told.

    Seen by: everybody; what people wrote themselves is for those who work on the project.
    """
    sql = """
        SELECT e.event_type, u.role AS actor_role, e.created_at,
               CASE WHEN e.event_type = ANY(:written_by_people) THEN '' ELSE e.message END AS message
          FROM verification_events e LEFT JOIN public_accounts u ON u.id = e.user_id
         WHERE e.verification_id = :verification_id ORDER BY e.created_at, e.id
    """
    return await read(
        connection,
        PublicEventView,
        sql,
        verification_id=verification_id,
        written_by_people=[event_type.value for event_type in WORDED_BY_PEOPLE],
    )


def _verifications(account: Account) -> Select[Any]:
    return select(
        *verification_requests.c,
        _EVIDENCE_TYPES,
        *ASKED_COLUMNS,
        COUNTS_COLUMN,
        duplicates_column(account, verification_requests.c.project_id),
    ).where(works_on_project(account))


def _is_overdue(overdue: Overdue) -> ColumnElement[bool]:
    waiting = verification_requests.c
    return or_(
        (waiting.status == VerificationStatus.PENDING.value)
        & (waiting.submitted_at < overdue.submitted_before),
        (waiting.status == VerificationStatus.IN_REVIEW.value)
        & (waiting.assigned_at < overdue.assigned_before),
        (waiting.status == VerificationStatus.APPROVED.value)
        & waiting.needs_countersignature
        & waiting.countersigned_by.is_(None)
        & (waiting.completed_at < overdue.approved_before),
    )


def _view(row: RowMapping) -> VerificationView:
    one = verification_from(row)
    return VerificationView(one, progress_of(one, row), counts_from(row), duplicates_of(row))


def progress_of(verification: Verification, row: RowMapping) -> int:
    """`row` has the columns of `ASKED_COLUMNS`, and `evidence_types` as `array_agg` has them."""
    return progress(
        verification.status,
        _document_types(row["evidence_types"]),
        is_first=verification.monitoring_period is None,
        waits_for_countersignature=verification.waits_for_countersignature,
        of_methodology=_document_types(row["asked_types"]),
        requires_statement=bool(row["requires_statement"]),
        has_statement=row["has_statement"],
    )


def _document_types(column: Sequence[str] | None) -> frozenset[DocumentType]:
    """NULL of none."""
    return frozenset(map(DocumentType, column or ()))
