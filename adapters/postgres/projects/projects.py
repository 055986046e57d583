"""Projects, written."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import projects
from domain.projects.duplicates import title_key
from domain.projects.projects import Coordinates, Project

_BY_ID = select(projects).where(projects.c.id == bindparam("project_id"))


class PostgresProjects:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, project: Project) -> None:
        row = _columns(project)
        del row["number"]
        await self._connection.execute(insert(projects).values(row))

    async def get(self, project_id: UUID) -> Project | None:
        found = await self._connection.execute(_BY_ID, {"project_id": project_id})
        row = found.mappings().one_or_none()
        return project_from(row) if row else None

    async def lock(self, project_id: UUID) -> Project | None:
        found = await self._connection.execute(
            select(projects).where(projects.c.id == project_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return project_from(row) if row else None

    async def save(self, project: Project) -> None:
        await self._connection.execute(
            update(projects).where(projects.c.id == project.id).values(_columns(project))
        )


def project_from(row: RowMapping) -> Project:
    return value_of(
        Project,
        row,
        coordinates=Coordinates(_degrees(row["latitude"]), _degrees(row["longitude"])),
    )


def _degrees(column: Decimal) -> str:
    """As people write degrees: 27.0238, not 27.023800."""
    return f"{column.normalize():f}"


def _columns(project: Project) -> dict[str, object]:
    row = row_of(project)
    coordinates: Coordinates = row.pop("coordinates")
    row["latitude"] = Decimal(coordinates.latitude)
    row["longitude"] = Decimal(coordinates.longitude)
    row["title_key"] = title_key(project.title)
    return row
