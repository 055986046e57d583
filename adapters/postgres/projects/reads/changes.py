"""Changes of projects' facts, and what a round has to review with its history, read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.projects.changes import PostgresProjectChanges, change_from
from adapters.postgres.projects.documents import PostgresDocuments
from adapters.postgres.projects.projects import PostgresProjects
from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.tables import project_changes, quantifications
from domain.projects.changes.project_changes import ProjectChange
from domain.projects.changes.review import ReviewedMaterial
from domain.projects.verification import Verification


async def changes_page(
    connection: AsyncConnection, project_id: UUID, page: PageRequest
) -> Sequence[ProjectChange]:
    """Seen by: whoever works on the project, which the caller has read with the account that asks."""
    query = select(project_changes).where(project_changes.c.project_id == project_id)
    by = (project_changes.c.changed_at, project_changes.c.id)
    return [change_from(row) for row in await read_page(connection, query, page, by)]


async def reviewed(connection: AsyncConnection, verification: Verification) -> ReviewedMaterial:
    """Seen by: whoever may see the verification, which the caller has read with the account that asks."""
    project = await PostgresProjects(connection).get(verification.project_id)
    if project is None:
        raise RuntimeError("a verification without its project cannot be (foreign key)")
    return ReviewedMaterial(
        verification,
        project,
        await PostgresDocuments(connection).completed_ever(verification.id),
        await PostgresProjectChanges(connection).of(project.id),
        await worked_out(connection, verification.id),
    )


async def worked_out(
    connection: AsyncConnection, verification_id: UUID
) -> Sequence[tuple[datetime, str]]:
    """
    When tonnes were worked out for a round, each with its SHA-256.

    Seen by: whoever may see the verification, which the caller has read with the account that asks.
    """
    of = quantifications.c
    found = await connection.execute(
        select(of.computed_at, of.sha256).where(of.verification_id == verification_id)
    )
    return [(row.computed_at, row.sha256) for row in found]
