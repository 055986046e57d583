"""Boundaries and sampling points, written; candidates for overlaps by an index on boxes (ADR 0104)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.duplicates import NOT_COUNTED
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import (
    boundary_overlaps,
    project_boundaries,
    projects,
    sampling_points,
)
from adapters.postgres.tables.monitoring.boundaries import BoxColumn
from domain.monitoring.boundaries import Boundary, Box, Overlap, SamplingPoint

CANDIDATES_MAX = 1000
"""More boxes than that meet in no place; whoever draws so large a boundary is asked to draw it finer."""
DRAWING = "monitoring/boundaries"
_NEWEST = project_boundaries.c.is_newest


def meets(box: Box) -> Any:
    """Whether the boundary's box meets another one; asked of the index."""
    return project_boundaries.c.box.op("&&")(literal(box, BoxColumn()))


class PostgresBoundaries:
    """`activities.ports.monitoring.Boundaries`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self, project_id: UUID) -> Boundary | None:
        found = await self._connection.execute(
            select(project_boundaries).where(_NEWEST, project_boundaries.c.project_id == project_id)
        )
        row = found.mappings().one_or_none()
        return value_of(Boundary, row) if row else None

    async def add(self, boundary: Boundary) -> None:
        await self._connection.execute(
            update(project_boundaries)
            .where(_NEWEST, project_boundaries.c.project_id == boundary.project_id)
            .values(is_newest=False)
        )
        row = row_of(boundary) | {
            "geometry": dict(boundary.geometry),
            "box": boundary.box,
            "is_newest": True,
        }
        await self._connection.execute(insert(project_boundaries).values(row))

    async def candidates(self, boundary: Boundary) -> Sequence[Boundary]:
        # Of two that are drawn at once, the second sees the first.
        await self._connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(DRAWING, 0)))
        )
        found = await self._connection.execute(
            select(project_boundaries)
            .join(projects, projects.c.id == project_boundaries.c.project_id)
            .where(
                _NEWEST,
                meets(boundary.box),
                project_boundaries.c.project_id != boundary.project_id,
                projects.c.status.not_in(NOT_COUNTED),
            )
            .order_by(project_boundaries.c.project_id)
            .limit(CANDIDATES_MAX)
        )
        return [value_of(Boundary, row) for row in found.mappings()]

    async def set_overlaps(
        self, project_id: UUID, overlaps: Sequence[tuple[Overlap, Overlap]], *, at: datetime
    ) -> None:
        of = boundary_overlaps.c
        await self._connection.execute(
            delete(boundary_overlaps).where(
                or_(of.project_id == project_id, of.other_project_id == project_id)
            )
        )
        rows = []
        for mine, theirs in overlaps:
            rows.append({"project_id": project_id, "found_at": at} | row_of(mine))
            rows.append({"project_id": mine.other_project_id, "found_at": at} | row_of(theirs))
        if rows:
            rows.sort(key=lambda row: (row["project_id"], row["other_project_id"]))
            await self._connection.execute(
                insert_unless(boundary_overlaps).values(rows).on_conflict_do_nothing()
            )

    async def overlaps(self, project_id: UUID) -> Sequence[Overlap]:
        found = await self._connection.execute(
            select(boundary_overlaps)
            .where(boundary_overlaps.c.project_id == project_id)
            .order_by(boundary_overlaps.c.share.desc(), boundary_overlaps.c.other_project_id)
        )
        return [value_of(Overlap, row) for row in found.mappings()]

    async def set_points(self, project_id: UUID, points: Sequence[SamplingPoint]) -> None:
        await self._connection.execute(
            delete(sampling_points).where(sampling_points.c.project_id == project_id)
        )
        if points:
            rows = [{"project_id": project_id} | row_of(one) for one in points]
            await self._connection.execute(insert(sampling_points).values(rows))

    async def points(self, project_id: UUID) -> Sequence[SamplingPoint]:
        found = await self._connection.execute(
            select(sampling_points)
            .where(sampling_points.c.project_id == project_id)
            .order_by(sampling_points.c.name)
        )
        return [value_of(SamplingPoint, row) for row in found.mappings()]
