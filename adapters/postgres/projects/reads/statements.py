"""Verification statements, read: whole by those who work on the project, in part by everybody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.methodologies import version_from, versions_query
from adapters.postgres.projects.statements import statement_from, terms_from
from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import (
    boundary_overlaps,
    checklist_ticks,
    methodology_versions,
    quantifications,
    verification_requests,
    verification_statements,
)
from domain.monitoring.quantifications import vintages_of
from domain.projects.assurance.checklist import ChecklistTick
from domain.projects.assurance.methodologies import MethodologyVersion
from domain.projects.assurance.quantified import QuantifiedRound
from domain.projects.assurance.statements import StatementTerms, VerificationStatement


@dataclass(frozen=True)
class PublicStatementView:
    """
    What everybody reads of the statement that an approval stands on; its `independence` is empty.

    `verification_body` and `accreditation` as they were on the day of the approval, `sha256` as it is bound.
    """

    verification_id: UUID
    project_id: UUID
    round: int
    version: int
    terms: StatementTerms
    written_at: datetime
    approved_at: datetime
    sha256: str
    verification_body: str | None
    accreditation: str | None


_COLUMNS = """
    SELECT verification_id, project_id, number, version, scope, criteria, assurance, materiality_percent,
           methodology_version_id, quantities, uncertainty_percent, deductions, opinion, opinion_basis,
           written_at, completed_at, statement_sha256, verification_body, accreditation
      FROM public_statements
"""
_OF_VERIFICATION = text(_COLUMNS + " WHERE verification_id = :verification_id")
# By the column that the view is distinct by, so that the condition is put into it.
_OF_VERIFICATIONS = text(_COLUMNS + " WHERE verification_id = ANY(:verification_ids)")


async def newest_statement(
    connection: AsyncConnection, verification_id: UUID
) -> VerificationStatement | None:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    query = (
        select(verification_statements)
        .where(verification_statements.c.verification_id == verification_id)
        .order_by(verification_statements.c.version.desc())
        .limit(1)
    )
    row = await read_one(connection, query)
    return None if row is None else statement_from(row)


async def quantified_round(
    connection: AsyncConnection, verification_id: UUID
) -> QuantifiedRound | None:
    """
    What was last worked out of the round's monitoring data; None: nothing.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    query = (
        select(quantifications.c.sha256, quantifications.c.result)
        .where(quantifications.c.verification_id == verification_id)
        .order_by(quantifications.c.number.desc())
        .limit(1)
    )
    row = await read_one(connection, query)
    if row is None:
        return None
    return QuantifiedRound(row["sha256"], vintages_of(row["result"]))


async def has_overlaps(connection: AsyncConnection, project_id: UUID) -> bool:
    """
    Whether the project's boundary overlaps with another project's.

    Seen by: staff, and who verifies the project.
    """
    query = select(boundary_overlaps.c.share).where(boundary_overlaps.c.project_id == project_id)
    return await read_one(connection, query.limit(1)) is not None


async def ticks(connection: AsyncConnection, verification_id: UUID) -> Sequence[ChecklistTick]:
    """
    What staff have ticked of a round, the oldest first.

    Seen by: staff.
    """
    query = (
        select(checklist_ticks)
        .where(checklist_ticks.c.verification_id == verification_id)
        .order_by(checklist_ticks.c.ticked_at, checklist_ticks.c.id)
    )
    found = await connection.execute(query)
    return [value_of(ChecklistTick, row) for row in found.mappings()]


async def methodology_of(
    connection: AsyncConnection, verification_id: UUID
) -> MethodologyVersion | None:
    """
    What a round is verified by.

    Seen by: everybody.
    """
    query = versions_query().join(
        verification_requests,
        verification_requests.c.methodology_version_id == methodology_versions.c.id,
    )
    row = await read_one(connection, query.where(verification_requests.c.id == verification_id))
    return None if row is None else version_from(row)


async def public_statement(
    connection: AsyncConnection, verification_id: UUID
) -> PublicStatementView | None:
    """
    None as long as the round is not approved for good, and where it stands on no statement.

    Seen by: everybody.
    """
    found = await connection.execute(_OF_VERIFICATION, {"verification_id": verification_id})
    row = found.mappings().one_or_none()
    return None if row is None else _public(row)


async def public_statements_of(
    connection: AsyncConnection, verification_ids: Collection[UUID]
) -> Mapping[UUID, PublicStatementView]:
    """
    By verification, of those that have one; one query for all, and none where nothing is asked.

    Seen by: everybody.
    """
    if not verification_ids:
        return {}
    found = await connection.execute(_OF_VERIFICATIONS, {"verification_ids": [*verification_ids]})
    return {row["verification_id"]: _public(row) for row in found.mappings()}


def _public(row: RowMapping) -> PublicStatementView:
    return PublicStatementView(
        verification_id=row["verification_id"],
        project_id=row["project_id"],
        round=row["number"],
        version=row["version"],
        terms=terms_from(row, independence=""),
        written_at=row["written_at"],
        approved_at=row["completed_at"],
        sha256=row["statement_sha256"],
        verification_body=row["verification_body"],
        accreditation=row["accreditation"],
    )
