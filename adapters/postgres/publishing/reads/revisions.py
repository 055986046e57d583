"""How often what the public is told of has changed, read: the same number, the same rows (ADR 0106)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

# The server's own start beside it: another server, or one that was set back, counts otherwise.
_REVISION = """
    SELECT pg_postmaster_start_time() AS server_began_at, current_date AS day,
           (sum(changes) FILTER (WHERE topic = 'projects'))::bigint AS of_projects,
           sum(changes)::bigint AS of_all
      FROM public_revisions
"""


@dataclass(frozen=True, slots=True)
class PublicRevision:
    """
    Two readings with equal numbers have the same rows to read, whatever was written between them.

    `of_projects` is of projects, their rounds, documents and organisations alone; `of_all` also of the
    ledger, its state, and the chain. `day` is the one by which labels stand or not.
    """

    server_began_at: datetime
    day: date
    of_projects: int
    of_all: int


async def public_revision(connection: AsyncConnection) -> PublicRevision:
    """
    Of the moment at which it is read.

    Seen by: everybody.
    """
    found = await connection.exec_driver_sql(_REVISION)
    return PublicRevision(**found.mappings().one())
