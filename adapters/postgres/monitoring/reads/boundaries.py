"""Where projects lie, read: for those who work on them, for everybody, and by a box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.public_rows import public_boundaries
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    boundary_overlaps,
    project_boundaries,
    projects,
    sampling_points,
)
from adapters.postgres.tables.monitoring.boundaries import BoxColumn
from adapters.postgres.visibility import sees_duplicates
from domain.accounts.roles import Account
from domain.monitoring.boundaries import Boundary, Box, SamplingPoint


@dataclass(frozen=True)
class PublicBoundaryView:
    project_id: UUID
    geometry: Mapping[str, Any]
    area_hectares: float
    set_at: datetime


async def boundary(connection: AsyncConnection, project_id: UUID) -> Boundary | None:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    query = select(project_boundaries).where(
        project_boundaries.c.is_newest, project_boundaries.c.project_id == project_id
    )
    row = await read_one(connection, query)
    return value_of(Boundary, row) if row else None


async def sampling_points_of(
    connection: AsyncConnection, project_id: UUID
) -> Sequence[SamplingPoint]:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    found = await connection.execute(
        select(sampling_points)
        .where(sampling_points.c.project_id == project_id)
        .order_by(sampling_points.c.name)
    )
    return [value_of(SamplingPoint, row) for row in found.mappings()]


@dataclass(frozen=True)
class OverlapView:
    """As `Overlap`, with the other project's title."""

    other_project_id: UUID
    title: str
    share: float
    area_hectares: float


async def overlaps(
    connection: AsyncConnection, project_id: UUID, *, account: Account
) -> Sequence[OverlapView] | None:
    """Seen by: whoever decides verifications; None for others."""
    if not sees_duplicates(account):
        return None
    found = await connection.execute(
        select(
            boundary_overlaps.c.other_project_id,
            projects.c.title,
            boundary_overlaps.c.share,
            boundary_overlaps.c.area_hectares,
        )
        .join(projects, projects.c.id == boundary_overlaps.c.other_project_id)
        .where(boundary_overlaps.c.project_id == project_id)
        .order_by(boundary_overlaps.c.share.desc(), boundary_overlaps.c.other_project_id)
    )
    return [OverlapView(**row) for row in found.mappings()]


_BOUNDARY_COLUMNS = [public_boundaries.c[name] for name in PublicBoundaryView.__annotations__]


async def public_boundary(
    connection: AsyncConnection, project_id: UUID
) -> PublicBoundaryView | None:
    """Seen by: everybody."""
    query = select(*_BOUNDARY_COLUMNS).where(public_boundaries.c.project_id == project_id)
    row = await read_one(connection, query)
    return PublicBoundaryView(**row) if row else None


async def boundaries_in(
    connection: AsyncConnection, box: Box, *, limit: int
) -> Sequence[PublicBoundaryView]:
    """
    Newest boundaries whose own boxes meet this one, by an index; the largest first. Who asks looks at each exactly.

    Seen by: everybody.
    """
    meets = public_boundaries.c.box.op("&&")(literal(box, BoxColumn()))
    found = await connection.execute(
        select(*_BOUNDARY_COLUMNS)
        .where(meets)
        .order_by(public_boundaries.c.area_hectares.desc(), public_boundaries.c.project_id)
        .limit(limit)
    )
    return [PublicBoundaryView(**row) for row in found.mappings()]
