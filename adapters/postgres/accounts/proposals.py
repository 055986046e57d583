"""Proposals of staff, written and read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import proposals
from adapters.postgres.write_batching import BatchingConnection
from domain.accounts.proposals import Proposal, ProposalStatus


class PostgresProposals:
    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    async def add(self, proposal: Proposal) -> None:
        await self._connection.execute(insert(proposals).values(row_of(proposal)))

    async def lock(self, proposal_id: UUID) -> Proposal | None:
        found = await self._connection.execute(
            select(proposals).where(proposals.c.id == proposal_id).with_for_update()
        )
        row = found.mappings().one_or_none()
        return value_of(Proposal, row) if row else None

    async def save(self, proposal: Proposal) -> None:
        await self._connection.execute(
            update(proposals).where(proposals.c.id == proposal.id).values(row_of(proposal))
        )


async def find_proposal(connection: AsyncConnection, proposal_id: UUID) -> Proposal | None:
    """Seen by: staff; who asks may propose."""
    found = await connection.execute(select(proposals).where(proposals.c.id == proposal_id))
    row = found.mappings().one_or_none()
    return value_of(Proposal, row) if row else None


async def proposals_page(
    connection: AsyncConnection, page: PageRequest, *, status: ProposalStatus | None
) -> Sequence[Proposal]:
    """Seen by: staff."""
    query = select(proposals)
    if status is not None:
        query = query.where(proposals.c.status == status.value)
    by = (proposals.c.proposed_at, proposals.c.id)
    return [value_of(Proposal, row) for row in await read_page(connection, query, page, by)]
