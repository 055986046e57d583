"""Changes of projects' facts, written once and read whole."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import project_changes
from domain.projects.changes.project_changes import FactChange, ProjectChange


class PostgresProjectChanges:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, change: ProjectChange) -> None:
        facts = {name: vars(fact) for name, fact in change.changes.items()}
        await self._connection.execute(
            insert(project_changes).values(row_of(change) | {"changes": facts})
        )

    async def of(self, project_id: UUID) -> Sequence[ProjectChange]:
        found = await self._connection.execute(
            select(project_changes)
            .where(project_changes.c.project_id == project_id)
            .order_by(project_changes.c.number)
        )
        return [change_from(row) for row in found.mappings()]


def change_from(row: RowMapping) -> ProjectChange:
    facts: Mapping[str, Mapping[str, Any]] = row["changes"]
    return value_of(
        ProjectChange,
        row,
        changes={name: FactChange(**fact) for name, fact in facts.items()},
    )
