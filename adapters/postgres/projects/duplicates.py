"""Likely duplicates, found and written (domain.projects.duplicates)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import cos, radians
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.projects import project_from
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import likely_duplicates, projects
from domain.projects.duplicates import (
    DUPLICATES_MAX,
    SAME_PLACE_METERS_MAX,
    LikelyDuplicate,
    title_key,
)
from domain.projects.projects import Project, ProjectStatus

# More than are kept, because some that stand in the box are turned away by the rule.
_CANDIDATES_MAX = 5 * DUPLICATES_MAX
NOT_COUNTED = (ProjectStatus.REJECTED.value, ProjectStatus.WITHDRAWN.value)
"""Nothing is issued for these, unless they are resubmitted; then they are looked at again."""
_METERS_PER_DEGREE_MIN = 110_000
"""Of latitude, a little less than anywhere on the ellipsoid, so that the box is never too small."""


class PostgresLikelyDuplicates:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def candidates(self, project: Project) -> Sequence[Project]:
        found = await self._connection.execute(
            select(projects)
            .where(
                projects.c.id != project.id,
                projects.c.status.not_in(NOT_COUNTED),
                or_(projects.c.title_key == title_key(project.title), _is_near(project)),
            )
            .order_by(projects.c.created_at, projects.c.id)
            .limit(_CANDIDATES_MAX)
        )
        return [project_from(row) for row in found.mappings()]

    async def add_all(self, duplicates: Sequence[LikelyDuplicate]) -> None:
        if duplicates:
            rows = [row_of(duplicate) for duplicate in duplicates]
            # In one order, or two approvals at once could each wait for the other.
            rows.sort(key=lambda row: (row["project_id"], row["other_project_id"]))
            await self._connection.execute(
                insert(likely_duplicates).values(rows).on_conflict_do_nothing()
            )

    async def of(self, project_id: UUID) -> Sequence[LikelyDuplicate]:
        found = await self._connection.execute(
            select(likely_duplicates)
            .join(projects, projects.c.id == likely_duplicates.c.other_project_id)
            .where(
                likely_duplicates.c.project_id == project_id,
                projects.c.status.not_in(NOT_COUNTED),
            )
            .order_by(likely_duplicates.c.found_at, likely_duplicates.c.other_project_id)
            .limit(DUPLICATES_MAX)
        )
        return [value_of(LikelyDuplicate, row) for row in found.mappings()]

    async def explain(
        self, project_id: UUID, explanation: str, *, explained_by: UUID, at: datetime
    ) -> None:
        await self._connection.execute(
            update(likely_duplicates)
            .where(likely_duplicates.c.project_id == project_id)
            .values(explanation=explanation, explained_by=explained_by, explained_at=at)
        )


def _is_near(project: Project) -> ColumnElement[bool]:
    """Of the same type, in a box around the place; across the date line too."""
    latitude = Decimal(project.coordinates.latitude)
    longitude = Decimal(project.coordinates.longitude)
    reach = Decimal(SAME_PLACE_METERS_MAX) / _METERS_PER_DEGREE_MIN
    # A degree of longitude is shortest where the box is nearest to a pole.
    narrowest = cos(radians(min(90.0, float(abs(latitude) + reach))))
    wide = min(Decimal(180), reach / Decimal(narrowest)) if narrowest > 0 else Decimal(180)
    apart = func.abs(projects.c.longitude - longitude)
    return and_(
        projects.c.type == project.type.value,
        projects.c.latitude.between(latitude - reach, latitude + reach),
        func.least(apart, 360 - apart) <= wide,
    )
