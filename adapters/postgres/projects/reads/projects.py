"""Projects, read: lists, one project as those see it who work on it, and as everybody does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select, text, true
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.projects import project_from
from adapters.postgres.projects.reads.duplicates import (
    LikelyDuplicateView,
    duplicates_column,
    duplicates_of,
)
from adapters.postgres.projects.reads.project_words import PROJECT_TEXT, has_project_words
from adapters.postgres.public_rows import bears_label, labels_of_project, verified_by
from adapters.postgres.queries import DigestedList, PageRequest, read, read_one, read_page
from adapters.postgres.search import best_first, words_of
from adapters.postgres.tables import credit_sums, organisations, projects, verification_requests
from adapters.postgres.visibility import works_on_any_round
from domain.accounts.roles import Account
from domain.credits.ledger import EntryStatus
from domain.projects.projects import Project
from domain.projects.verification import VerificationStatus


@dataclass(frozen=True)
class ProjectView:
    """
    `verification_id` is its newest first verification, which its status follows from (ADR 0076).

    `company` is the legal name of the organisation that has it; a person's name is not read here.

    `labels` are the schemes whose standard or label stands for it today, in alphabetical order.

    `duplicates` None: not for whoever asks. `methodology_version_id` is what its newest round is verified by.
    """

    project: Project
    verification_id: UUID
    company: str | None
    methodology_version_id: UUID | None = field(default=None, kw_only=True)
    labels: Sequence[str] = field(default=(), kw_only=True)
    duplicates: Sequence[LikelyDuplicateView] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class PublicVerificationView:
    """How a project was first verified; `verification_body` stands for the person, who is not named."""

    number: int
    status: VerificationStatus
    verification_body: str | None
    completed_at: datetime | None
    verified_quantity_units: int | None
    vintage: int | None
    sign_off_digest: str | None
    needs_countersignature: bool
    countersigned_at: datetime | None
    public_reason: str | None


@dataclass(frozen=True)
class PublicProjectView(ProjectView):
    verification: PublicVerificationView


@dataclass(frozen=True)
class ProjectSummaryView:
    """A project as a line of a list, with how much was issued for it, and of that retired and suspended."""

    project: Project
    issued_units: int
    retired_units: int
    suspended_units: int
    labels: Sequence[str]


@dataclass(frozen=True)
class ProjectPinView:
    """What a map shows of a project; WGS 84 degrees."""

    id: UUID
    title: str
    status: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class ProjectNameView:
    id: UUID
    number: int
    title: str
    country: str


@dataclass(frozen=True)
class ProjectFilter:
    """
    None leaves a field open.

    `words`, as somebody typed them, are each in the title, the location or the supplier's company, or name
    the country or the type (project_words.py). `methodology_id`: some round is verified by some version of it.
    `label`: a standard or label of that scheme stands for it today.
    """

    status: str | None = None
    type: str | None = None
    country: str | None = None
    developer_id: UUID | None = None
    words: str | None = None
    methodology_id: UUID | None = None
    label: str | None = None


_BY = (projects.c.created_at, projects.c.id)
_COLUMNS = [column for column in projects.c if not column.computed]
_NEWEST_FIRST = verification_requests.alias("newest_first")
_FIRST_VERIFICATION_ID = (
    select(_NEWEST_FIRST.c.id)
    .where(_NEWEST_FIRST.c.project_id == projects.c.id, _NEWEST_FIRST.c.monitoring_period.is_(None))
    .order_by(_NEWEST_FIRST.c.number.desc())
    .limit(1)
    .correlate(projects)
    .scalar_subquery()
)
_NEWEST = verification_requests.alias("newest")
_METHODOLOGY_VERSION_ID = (
    select(_NEWEST.c.methodology_version_id)
    .where(_NEWEST.c.project_id == projects.c.id)
    .order_by(_NEWEST.c.number.desc())
    .limit(1)
    .correlate(projects)
    .scalar_subquery()
)
_PROJECT = (
    select(
        *_COLUMNS,
        verification_requests.c.id.label("verification_id"),
        organisations.c.legal_name.label("company"),
        _METHODOLOGY_VERSION_ID.label("newest_methodology_version_id"),
        labels_of_project().label("labels"),
    )
    .select_from(projects)
    .join(verification_requests, verification_requests.c.id == _FIRST_VERIFICATION_ID)
    .join(organisations, organisations.c.holding_account_id == projects.c.developer_id)
)


EVERY_PROJECT = DigestedList(_PROJECT, _BY)
"""
All of them, a part at a time; `project_view` makes a view of a row.

Seen by: everybody.
"""


async def projects_page(
    connection: AsyncConnection,
    chosen: ProjectFilter,
    page: PageRequest,
    *,
    account: Account | None,
) -> Sequence[ProjectView]:
    """Seen by: everybody, all of them (`account` None); with an account, those it works on, staff all."""
    query = _visible(_PROJECT, account).where(*await _conditions(connection, chosen))
    return [project_view(row) for row in await read_page(connection, query, page, _BY)]


async def projects_found(
    connection: AsyncConnection, words: str, *, limit: int
) -> Sequence[ProjectView]:
    """
    Projects that fit all of the words, the best first (adapters/postgres/search.py), then the newest.

    Seen by: everybody.
    """
    known = await words_of(connection, words) or ()
    found, tiers = await has_project_words(connection, known), PROJECT_TEXT.tiers(known)
    rows = await best_first(connection, _PROJECT, found, tiers, _BY, limit=limit)
    return [project_view(row) for row in rows]


async def project(
    connection: AsyncConnection, project_id: UUID, *, account: Account | None
) -> ProjectView | None:
    """Seen by: everybody (`account` None); with an account, those who work on it, and staff."""
    query = _visible(_PROJECT, account).where(projects.c.id == project_id)
    row = await read_one(connection, query)
    return project_view(row) if row else None


_PUBLIC_PROJECT = _PROJECT.add_columns(
    verification_requests.c.status.label("verification_status"),
    verification_requests.c.number.label("verification_number"),
    verification_requests.c.verification_body,
    verification_requests.c.completed_at,
    verification_requests.c.verified_quantity_units,
    verification_requests.c.vintage,
    verification_requests.c.sign_off_digest,
    verification_requests.c.needs_countersignature,
    verification_requests.c.countersigned_at,
    verification_requests.c.public_reason,
)


async def public_project(connection: AsyncConnection, project_id: UUID) -> PublicProjectView | None:
    """Seen by: everybody."""
    row = await read_one(connection, _PUBLIC_PROJECT.where(projects.c.id == project_id))
    if row is None:
        return None
    verification = PublicVerificationView(
        number=row["verification_number"],
        status=VerificationStatus(row["verification_status"]),
        verification_body=row["verification_body"],
        completed_at=row["completed_at"],
        verified_quantity_units=row["verified_quantity_units"],
        vintage=row["vintage"],
        sign_off_digest=row["sign_off_digest"],
        needs_countersignature=row["needs_countersignature"],
        countersigned_at=row["countersigned_at"],
        public_reason=row["public_reason"],
    )
    return PublicProjectView(**vars(project_view(row)), verification=verification)


def _units_of(part: str) -> ColumnElement[int]:
    units = func.sum(credit_sums.c.quantity_units).filter(credit_sums.c.part == part)
    return cast(func.coalesce(units, 0), BigInteger).label(f"{part}_units")


_SUMS = (
    select(_units_of("issued"), _units_of(EntryStatus.RETIRED), _units_of(EntryStatus.SUSPENDED))
    .where(credit_sums.c.project_id == projects.c.id)
    .correlate(projects)
    .lateral("sums")
)
_SUMMARY = (
    select(*_COLUMNS, *_SUMS.c, labels_of_project().label("labels"))
    .select_from(projects)
    .join(_SUMS, true())
)


async def project_summaries_page(
    connection: AsyncConnection, chosen: ProjectFilter, page: PageRequest
) -> Sequence[ProjectSummaryView]:
    """Seen by: everybody."""
    query = _SUMMARY.where(*await _conditions(connection, chosen))
    rows = await read_page(connection, query, page, _BY)
    return [
        ProjectSummaryView(
            project_from(row),
            row["issued_units"],
            row["retired_units"],
            row["suspended_units"],
            row["labels"],
        )
        for row in rows
    ]


async def project_countries(connection: AsyncConnection) -> Sequence[str]:
    """
    ISO 3166-1 alpha-3 codes that some project has.

    Seen by: everybody.
    """
    found = await connection.execute(text("SELECT DISTINCT country FROM projects ORDER BY 1"))
    return found.scalars().all()


async def project_pins(connection: AsyncConnection, *, limit: int) -> Sequence[ProjectPinView]:
    """
    The newest projects.

    Seen by: everybody.
    """
    sql = """
        SELECT id, title, status, latitude::float8 AS latitude, longitude::float8 AS longitude
          FROM projects ORDER BY created_at DESC, id DESC LIMIT :limit
    """
    return await read(connection, ProjectPinView, sql, limit=limit)


async def project_names(
    connection: AsyncConnection, project_ids: Collection[UUID]
) -> Mapping[UUID, ProjectNameView]:
    """
    One query, however many projects.

    Seen by: everybody.
    """
    sql = "SELECT id, number, title, country FROM projects WHERE id = ANY(:ids)"
    found = await read(connection, ProjectNameView, sql, ids=list(project_ids))
    return {name.id: name for name in found}


def _visible(query: Select[Any], account: Account | None) -> Select[Any]:
    if account is None:
        return query
    column = duplicates_column(account, projects.c.id)
    return query.add_columns(column).where(works_on_any_round(account))


async def _conditions(
    connection: AsyncConnection, chosen: ProjectFilter
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.status is not None:
        conditions.append(projects.c.status == chosen.status)
    if chosen.methodology_id is not None:
        conditions.append(verified_by(chosen.methodology_id))
    if chosen.label is not None:
        conditions.append(bears_label(chosen.label))
    if chosen.type is not None:
        conditions.append(projects.c.type == chosen.type)
    if chosen.country is not None:
        conditions.append(projects.c.country == chosen.country)
    if chosen.developer_id is not None:
        conditions.append(projects.c.developer_id == chosen.developer_id)
    words = await words_of(connection, chosen.words)
    if words is not None:
        conditions += await has_project_words(connection, words)
    return conditions


def project_view(row: RowMapping) -> ProjectView:
    return ProjectView(
        project_from(row),
        row["verification_id"],
        row["company"],
        duplicates=duplicates_of(row),
        methodology_version_id=row["newest_methodology_version_id"],
        labels=row["labels"],
    )
