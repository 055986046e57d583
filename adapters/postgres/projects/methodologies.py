"""Methodologies and their versions, written, and read as those do who decide by them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import methodologies, methodology_versions
from domain.projects.assurance.methodologies import (
    Methodology,
    MethodologyVersion,
    QuantificationParameter,
    VersionTerms,
)
from domain.projects.documents import DocumentType
from domain.projects.projects import ProjectType


class PostgresMethodologies:
    """`activities.ports.projects.Methodologies`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, methodology: Methodology, at: datetime, *, recorded_by: UUID) -> bool:
        row = vars(methodology) | {"recorded_by": recorded_by, "created_at": at}
        added = await self._connection.execute(
            insert(methodologies).values(row).on_conflict_do_nothing().returning(methodologies.c.id)
        )
        return added.one_or_none() is not None

    async def add_version(
        self, version: MethodologyVersion, at: datetime, *, recorded_by: UUID
    ) -> bool:
        terms = version.terms
        row = vars(terms) | {
            "id": version.id,
            "methodology_id": version.methodology.id,
            "project_types": [kind.value for kind in terms.project_types],
            "required_document_types": [kind.value for kind in terms.required_document_types],
            "parameters": [vars(one) for one in terms.parameters],
            "calculations": list(terms.calculations),
            "recorded_by": recorded_by,
            "created_at": at,
        }
        added = await self._connection.execute(
            insert(methodology_versions)
            .values(row)
            .on_conflict_do_nothing()
            .returning(methodology_versions.c.id)
        )
        return added.one_or_none() is not None

    async def get(self, methodology_id: UUID) -> Methodology | None:
        found = await self._connection.execute(
            select(methodologies).where(methodologies.c.id == methodology_id)
        )
        row = found.mappings().one_or_none()
        return None if row is None else methodology_from(row, "id")

    async def versions_of(self, methodology_id: UUID) -> Sequence[MethodologyVersion]:
        found = await self._connection.execute(
            versions_query().where(methodology_versions.c.methodology_id == methodology_id)
        )
        return [version_from(row) for row in found.mappings()]

    async def version(self, version_id: UUID) -> MethodologyVersion | None:
        found = await self._connection.execute(
            versions_query().where(methodology_versions.c.id == version_id)
        )
        row = found.mappings().one_or_none()
        return None if row is None else version_from(row)

    async def withdraw(self, version: MethodologyVersion) -> bool:
        withdrawn = await self._connection.execute(
            update(methodology_versions)
            .where(
                methodology_versions.c.id == version.id,
                methodology_versions.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=version.withdrawn_at, withdrawal_reason=version.withdrawal_reason)
            .returning(methodology_versions.c.id)
        )
        return withdrawn.one_or_none() is not None


def versions_query() -> Select[Any]:
    """Versions, each with its methodology, as `version_from` reads them; the newest first."""
    return (
        select(
            *methodology_versions.c,
            methodologies.c.name,
            methodologies.c.standard,
            methodologies.c.sector,
        )
        .join(methodologies, methodologies.c.id == methodology_versions.c.methodology_id)
        .order_by(
            methodology_versions.c.valid_from.desc(),
            methodology_versions.c.created_at.desc(),
            methodology_versions.c.id,
        )
    )


def methodology_from(row: RowMapping, id_column: str = "methodology_id") -> Methodology:
    return Methodology(row[id_column], row["name"], row["standard"], row["sector"])


def version_from(row: RowMapping) -> MethodologyVersion:
    return MethodologyVersion(
        id=row["id"],
        methodology=methodology_from(row),
        terms=VersionTerms(
            version=row["version"],
            project_types=tuple(ProjectType(kind) for kind in row["project_types"]),
            required_document_types=tuple(
                DocumentType(kind) for kind in row["required_document_types"]
            ),
            parameters=tuple(QuantificationParameter(**one) for one in row["parameters"]),
            crediting_period_years=row["crediting_period_years"],
            durability_years=row["durability_years"],
            requires_statement=row["requires_statement"],
            requires_checklist=row["requires_checklist"],
            valid_from=row["valid_from"],
            calculations=tuple(row["calculations"]),
        ),
        withdrawn_at=row["withdrawn_at"],
        withdrawal_reason=row["withdrawal_reason"],
    )
