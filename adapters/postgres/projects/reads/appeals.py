"""Appeals and grievances, read: by everybody without what is confidential, and whole by staff and who filed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_appeals
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.rows import value_of
from adapters.postgres.tables import appeals, projects, verification_requests
from adapters.postgres.visibility import reads_all_appeals
from domain.accounts.roles import Account
from domain.projects.programme.appeals import SETTLED, Appeal, AppealKind, AppealStatus


@dataclass(frozen=True)
class AppealView:
    """
    As everybody reads it. `public_text` is None as long as it is not acknowledged, and where `withheld_reason` says why.

    `round_number` counts the project's rounds; None of a grievance, and `project_id` None of one about the registry.
    """

    id: UUID
    kind: str
    project_id: UUID | None
    project_title: str | None
    verification_id: UUID | None
    round_number: int | None
    status: str
    filed_at: datetime
    acknowledge_by: datetime
    answer_by: datetime
    acknowledged_at: datetime | None
    public_text: str | None
    withheld_reason: str | None
    decided_at: datetime | None
    public_reason: str | None


@dataclass(frozen=True)
class FiledAppealView:
    """Whole; `round_status` is of the round that it is against, None of a grievance."""

    appeal: Appeal
    project_title: str | None
    round_number: int | None
    round_status: str | None


@dataclass(frozen=True)
class AppealFilter:
    """None leaves it open; `is_open`: those that wait for staff."""

    project_id: UUID | None = None
    kind: AppealKind | None = None
    status: AppealStatus | None = None
    is_open: bool = False


async def appeals_page(
    connection: AsyncConnection, chosen: AppealFilter, page: PageRequest
) -> Sequence[AppealView]:
    """Seen by: everybody."""
    query = _fits(_public(), public_appeals.c, chosen)
    by = (public_appeals.c.filed_at, public_appeals.c.id)
    return [AppealView(**row) for row in await read_page(connection, query, page, by)]


async def public_appeal(connection: AsyncConnection, appeal_id: UUID) -> AppealView | None:
    """Seen by: everybody."""
    row = await read_one(connection, _public().where(public_appeals.c.id == appeal_id))
    return AppealView(**row) if row else None


async def filed_appeals_page(
    connection: AsyncConnection, chosen: AppealFilter, page: PageRequest, *, account: Account
) -> Sequence[FiledAppealView]:
    """Seen by: who filed it, whoever acts for the same organisation, and staff."""
    query = _fits(_whole(account), appeals.c, chosen)
    rows = await read_page(connection, query, page, (appeals.c.filed_at, appeals.c.id))
    return [_filed(row) for row in rows]


async def filed_appeal(
    connection: AsyncConnection, appeal_id: UUID, *, account: Account
) -> FiledAppealView | None:
    """Seen by: who filed it, whoever acts for the same organisation, and staff."""
    row = await read_one(connection, _whole(account).where(appeals.c.id == appeal_id))
    return _filed(row) if row else None


async def appeal_against(connection: AsyncConnection, verification_id: UUID) -> AppealView | None:
    """
    What is appealed of a round's decision.

    Seen by: everybody.
    """
    of = public_appeals.c
    query = _public().where(
        of.verification_id == verification_id, of.kind == AppealKind.APPEAL.value
    )
    row = await read_one(connection, query)
    return AppealView(**row) if row else None


def _public() -> Select[Any]:
    return (
        select(
            *public_appeals.c,
            projects.c.title.label("project_title"),
            verification_requests.c.number.label("round_number"),
        )
        .outerjoin(projects, projects.c.id == public_appeals.c.project_id)
        .outerjoin(
            verification_requests, verification_requests.c.id == public_appeals.c.verification_id
        )
    )


def _whole(account: Account) -> Select[Any]:
    return (
        select(
            appeals,
            projects.c.title.label("project_title"),
            verification_requests.c.number.label("round_number"),
            verification_requests.c.status.label("round_status"),
        )
        .outerjoin(projects, projects.c.id == appeals.c.project_id)
        .outerjoin(verification_requests, verification_requests.c.id == appeals.c.verification_id)
        .where(_is_theirs(account))
    )


def _is_theirs(account: Account) -> ColumnElement[bool]:
    if reads_all_appeals(account):
        return true()
    return or_(appeals.c.filed_for == account.acts_for, appeals.c.filed_by == account.id)


def _fits(query: Select[Any], of: Any, chosen: AppealFilter) -> Select[Any]:
    if chosen.project_id is not None:
        query = query.where(of.project_id == chosen.project_id)
    if chosen.kind is not None:
        query = query.where(of.kind == chosen.kind.value)
    if chosen.status is not None:
        query = query.where(of.status == chosen.status.value)
    if chosen.is_open:
        query = query.where(of.status.not_in([one.value for one in SETTLED]))
    return query


def _filed(row: Any) -> FiledAppealView:
    return FiledAppealView(
        value_of(Appeal, row), row["project_title"], row["round_number"], row["round_status"]
    )
