"""Methodologies and their versions, read as everybody may."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.methodologies import (
    methodology_from,
    version_from,
    versions_query,
)
from adapters.postgres.queries import PageRequest, read_one, read_page
from adapters.postgres.tables import methodologies, methodology_versions
from domain.projects.assurance.methodologies import Methodology, MethodologyVersion
from domain.projects.projects import ProjectType

CHOICES_MAX = 500


@dataclass(frozen=True)
class MethodologyView:
    """With all its versions, those that count from the latest day on first."""

    methodology: Methodology
    created_at: datetime
    versions: Sequence[MethodologyVersion]


async def methodologies_page(
    connection: AsyncConnection, page: PageRequest, *, project_type: ProjectType | None = None
) -> Sequence[MethodologyView]:
    """
    `project_type`: those of which some version is for such projects.

    Seen by: everybody.
    """
    query = select(methodologies)
    if project_type is not None:
        fitting = select(methodology_versions.c.methodology_id).where(
            methodology_versions.c.project_types.contains([project_type.value])
        )
        query = query.where(methodologies.c.id.in_(fitting))
    by = (methodologies.c.created_at, methodologies.c.id)
    return await _views(connection, await read_page(connection, query, page, by))


async def methodology_names(connection: AsyncConnection, *, limit: int) -> Mapping[UUID, str]:
    """
    By id, in the order of the names.

    Seen by: everybody.
    """
    by_name = select(methodologies.c.id, methodologies.c.name).order_by(
        func.lower(methodologies.c.name), methodologies.c.id
    )
    found = await connection.execute(by_name.limit(limit))
    return {row["id"]: row["name"] for row in found.mappings()}


async def methodology(connection: AsyncConnection, methodology_id: UUID) -> MethodologyView | None:
    """Seen by: everybody."""
    row = await read_one(
        connection, select(methodologies).where(methodologies.c.id == methodology_id)
    )
    return None if row is None else (await _views(connection, [row]))[0]


async def versions_by_id(
    connection: AsyncConnection, version_ids: Collection[UUID]
) -> Mapping[UUID, MethodologyVersion]:
    """
    One query, however many; none where nothing is asked.

    Seen by: everybody.
    """
    if not version_ids:
        return {}
    query = versions_query().where(methodology_versions.c.id.in_(version_ids))
    found = await connection.execute(query)
    return {row["id"]: version_from(row) for row in found.mappings()}


async def choosable_versions(
    connection: AsyncConnection, *, on: date, project_type: ProjectType | None = None
) -> Sequence[MethodologyVersion]:
    """
    What a round that is opened on that day may be verified by; of forms that let somebody choose.

    Seen by: everybody.
    """
    query = versions_query().where(
        methodology_versions.c.withdrawn_at.is_(None), methodology_versions.c.valid_from <= on
    )
    if project_type is not None:
        query = query.where(methodology_versions.c.project_types.contains([project_type.value]))
    found = await connection.execute(query.limit(CHOICES_MAX))
    versions = [version_from(row) for row in found.mappings()]
    return sorted(versions, key=lambda one: (one.methodology.standard, one.methodology.name))


async def _views(
    connection: AsyncConnection, rows: Sequence[RowMapping]
) -> Sequence[MethodologyView]:
    """Two queries, however many methodologies."""
    ids = [row["id"] for row in rows]
    query = versions_query().where(methodology_versions.c.methodology_id.in_(ids))
    found = await connection.execute(query)
    versions = [version_from(row) for row in found.mappings()]
    return [
        MethodologyView(
            methodology_from(row, "id"),
            row["created_at"],
            [one for one in versions if one.methodology.id == row["id"]],
        )
        for row in rows
    ]
