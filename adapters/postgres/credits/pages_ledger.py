"""What the pages of entries, units and the conservation sum read besides lineage and sums."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read


@dataclass(frozen=True)
class ProjectName:
    id: UUID
    number: int
    title: str
    country: str


async def project_names(
    connection: AsyncConnection, project_ids: Collection[UUID]
) -> Mapping[UUID, ProjectName]:
    """One query, however many projects."""
    sql = "SELECT id, number, title, country FROM projects WHERE id = ANY(:ids)"
    found = await read(connection, ProjectName, sql, ids=list(project_ids))
    return {name.id: name for name in found}
