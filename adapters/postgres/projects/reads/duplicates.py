"""Likely duplicates, read beside a project or its verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, func, literal_column, null, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.elements import ColumnElement

from adapters.postgres.projects.duplicates import NOT_COUNTED
from adapters.postgres.tables import likely_duplicates, projects
from adapters.postgres.visibility import sees_duplicates
from domain.accounts.roles import Account
from domain.projects.duplicates import DUPLICATES_MAX


@dataclass(frozen=True)
class LikelyDuplicateView:
    """Another project that may be the same one; `explanation` is what the approval said of it."""

    project_id: UUID
    title: str
    status: str
    same_title: bool
    same_place: bool
    distance_meters: int
    explanation: str | None


_NAME = "duplicates"
_OTHER = projects.alias("other")


def duplicates_column(account: Account, project_id: Column[UUID]) -> ColumnElement[Any]:
    """
    A column for `duplicates_of`.

    Seen by: whoever decides verifications; NULL for others.
    """
    if not sees_duplicates(account):
        return null().label(_NAME)
    found = (
        select(
            _OTHER.c.id.label("project_id"),
            _OTHER.c.title,
            _OTHER.c.status,
            likely_duplicates.c.same_title,
            likely_duplicates.c.same_place,
            likely_duplicates.c.distance_meters,
            likely_duplicates.c.explanation,
        )
        .join(_OTHER, _OTHER.c.id == likely_duplicates.c.other_project_id)
        .where(
            likely_duplicates.c.project_id == project_id,
            _OTHER.c.status.not_in(NOT_COUNTED),
        )
        .order_by(likely_duplicates.c.found_at, _OTHER.c.id)
        .limit(DUPLICATES_MAX)
        .correlate(project_id.table)
        .lateral("found")
    )
    return (
        select(func.coalesce(func.jsonb_agg(literal_column("to_jsonb(found)")), text("'[]'")))
        .select_from(found)
        .scalar_subquery()
        .label(_NAME)
    )


def duplicates_of(row: RowMapping) -> Sequence[LikelyDuplicateView] | None:
    found = row.get(_NAME)
    if found is None:
        return None
    return [LikelyDuplicateView(**(one | {"project_id": UUID(one["project_id"])})) for one in found]
