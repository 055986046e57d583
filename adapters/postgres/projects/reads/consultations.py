"""Consultations, read: on which days the public is heard, what it said, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_consultation_comments, public_consultations
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.tables import consultation_comments, projects
from adapters.postgres.visibility import reads_hidden_comments
from domain.accounts.roles import Account


@dataclass(frozen=True)
class ConsultationView:
    """`comments` are all that were made, hidden ones too; `unanswered` of them wait for an answer."""

    id: UUID
    project_id: UUID
    project_title: str
    country: str
    opens_on: date
    closes_on: date
    opened_at: datetime
    comments: int
    unanswered: int

    def is_open(self, at: datetime) -> bool:
        return self.opens_on <= at.date() <= self.closes_on

    def is_over(self, at: datetime) -> bool:
        return at.date() > self.closes_on


@dataclass(frozen=True)
class CommentView:
    """Of what is hidden, `hidden_reason` stands alone: `name`, `text` and `answer` are None but for staff."""

    id: UUID
    consultation_id: UUID
    number: int
    name: str | None
    text: str | None
    written_at: datetime
    hidden_at: datetime | None
    hidden_reason: str | None
    answer: str | None
    answered_by_role: str | None
    answered_at: datetime | None


async def consultations_page(
    connection: AsyncConnection, page: PageRequest
) -> Sequence[ConsultationView]:
    """
    The newest first.

    Seen by: everybody.
    """
    by = (public_consultations.c.opened_at, public_consultations.c.id)
    rows = await read_page(connection, _consultations(), page, by)
    return [ConsultationView(**row) for row in rows]


async def consultation_of(connection: AsyncConnection, project_id: UUID) -> ConsultationView | None:
    """Seen by: everybody."""
    query = _consultations().where(public_consultations.c.project_id == project_id)
    row = await read_one(connection, query)
    return ConsultationView(**row) if row else None


async def comments_of(
    connection: AsyncConnection, consultation_id: UUID, *, account: Account | None = None
) -> Sequence[CommentView]:
    """
    By number, all of them.

    Seen by: everybody; the name and words of what is hidden by staff alone.
    """
    shown = public_consultation_comments
    columns: list[Any] = [*shown.c]
    query = select(*columns)
    if reads_hidden_comments(account):
        # Their identity sees the rows themselves.
        written = {name: consultation_comments.c[name] for name in ("name", "text")}
        columns = [written.get(column.name, column) for column in columns]
        query = select(*columns).join(
            consultation_comments, consultation_comments.c.id == shown.c.id
        )
    query = query.where(shown.c.consultation_id == consultation_id).order_by(shown.c.number)
    rows = await connection.execute(query)
    return [CommentView(**row) for row in rows.mappings()]


def _consultations() -> Select[Any]:
    return select(
        *public_consultations.c, projects.c.title.label("project_title"), projects.c.country
    ).join(projects, projects.c.id == public_consultations.c.project_id)
