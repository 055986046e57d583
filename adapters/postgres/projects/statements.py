"""Verification statements and staff's checklist, written, and read as those do who decide by them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.verification import vintages_from
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import checklist_ticks, verification_statements
from domain.projects.assurance.checklist import ChecklistTick
from domain.projects.assurance.statements import (
    Assurance,
    Deduction,
    Opinion,
    StatementTerms,
    VerificationStatement,
)
from domain.projects.verification import vintages_document


class PostgresStatements:
    """`activities.ports.projects.Statements`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, statement: VerificationStatement) -> None:
        terms = statement.terms
        row = vars(terms) | {
            "id": statement.id,
            "verification_id": statement.verification_id,
            "version": statement.version,
            "assurance": terms.assurance.value,
            "opinion": terms.opinion.value,
            "quantities": vintages_document(terms.quantities),
            "deductions": [vars(one) for one in terms.deductions],
            "written_by": statement.written_by,
            "written_at": statement.written_at,
        }
        await self._connection.execute(insert(verification_statements).values(row))

    async def newest(self, verification_id: UUID) -> VerificationStatement | None:
        found = await self._connection.execute(
            select(verification_statements)
            .where(verification_statements.c.verification_id == verification_id)
            .order_by(verification_statements.c.version.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return None if row is None else statement_from(row)

    async def authors(self, verification_id: UUID) -> frozenset[UUID]:
        of_round = verification_statements.c.verification_id == verification_id
        found = await self._connection.execute(
            select(verification_statements.c.written_by).where(of_round)
        )
        return frozenset(found.scalars())

    async def add_ticks(self, ticks: Collection[ChecklistTick]) -> None:
        if ticks:
            await self._connection.execute(
                insert(checklist_ticks)
                .values([row_of(one) for one in ticks])
                .on_conflict_do_nothing()
            )

    async def ticks(self, verification_id: UUID) -> Sequence[ChecklistTick]:
        found = await self._connection.execute(
            select(checklist_ticks)
            .where(checklist_ticks.c.verification_id == verification_id)
            .order_by(checklist_ticks.c.ticked_at, checklist_ticks.c.id)
        )
        return [value_of(ChecklistTick, row) for row in found.mappings()]


async def newest_statements(
    connection: AsyncConnection, verification_ids: Collection[UUID]
) -> Mapping[UUID, VerificationStatement]:
    """
    By verification; one query for all.

    Seen by: the registry itself, which checks what was signed off.
    """
    found = await connection.execute(
        select(verification_statements)
        .where(verification_statements.c.verification_id.in_(verification_ids))
        .ext(distinct_on(verification_statements.c.verification_id))
        .order_by(
            verification_statements.c.verification_id, verification_statements.c.version.desc()
        )
    )
    return {row["verification_id"]: statement_from(row) for row in found.mappings()}


def statement_from(row: RowMapping) -> VerificationStatement:
    return VerificationStatement(
        id=row["id"],
        verification_id=row["verification_id"],
        version=row["version"],
        terms=terms_from(row),
        written_by=row["written_by"],
        written_at=row["written_at"],
    )


def terms_from(row: Mapping[Any, Any], *, independence: str | None = None) -> StatementTerms:
    """`independence` stands for the declaration where a view does not show it."""
    return StatementTerms(
        scope=row["scope"],
        criteria=row["criteria"],
        assurance=Assurance(row["assurance"]),
        materiality_percent=row["materiality_percent"],
        methodology_version_id=row["methodology_version_id"],
        quantities=vintages_from(row["quantities"]),
        uncertainty_percent=row["uncertainty_percent"],
        deductions=tuple(Deduction(**one) for one in row["deductions"]),
        independence=row["independence"] if independence is None else independence,
        opinion=Opinion(row["opinion"]),
        opinion_basis=row["opinion_basis"],
    )
