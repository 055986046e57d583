"""Buffer shares, read: what of a project's issuances goes into the buffer."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read_one
from adapters.postgres.rows import value_of
from adapters.postgres.tables import buffer_shares
from domain.projects.buffer_share import BufferShare, default_share
from domain.projects.projects import Project


async def buffer_share(connection: AsyncConnection, project: Project) -> BufferShare:
    """
    As it is decided; before, as it will be unless staff rate the project.

    Seen by: everybody.
    """
    row = await read_one(
        connection, select(buffer_shares).where(buffer_shares.c.project_id == project.id)
    )
    return value_of(BufferShare, row) if row else default_share(project, at=project.created_at)
