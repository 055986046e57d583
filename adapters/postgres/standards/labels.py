"""Labels, written."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.rows import row_of, value_of
from adapters.postgres.standards.records import (
    columns_of_record,
    moved,
    record_from,
    source_from,
)
from adapters.postgres.tables import standard_labels
from domain.standards.labels import Label, LabelTerms


class PostgresLabels:
    """`activities.ports.standards.repositories.Labels`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, label: Label) -> None:
        terms = row_of(label.terms)
        terms["goals"] = list(label.terms.goals)
        row = {"id": label.id, "project_id": label.project_id, **terms}
        await self._connection.execute(
            insert(standard_labels).values(row | columns_of_record(label.source, label.record))
        )

    async def lock(self, label_id: UUID) -> Label | None:
        found = await self._connection.execute(
            select(standard_labels).where(standard_labels.c.id == label_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return None if row is None else label_from(row)

    async def save(self, label: Label) -> None:
        await self._connection.execute(
            update(standard_labels)
            .where(standard_labels.c.id == label.id)
            .values(moved(label.record))
        )


def label_from(row: RowMapping) -> Label:
    terms = value_of(LabelTerms, row, goals=tuple(row["goals"]))
    return Label(row["id"], row["project_id"], terms, source_from(row), record_from(row))
