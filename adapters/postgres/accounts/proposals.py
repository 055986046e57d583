"""Proposals of staff, written and read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import PageRequest, read_page
from adapters.postgres.rows import row_of, value_of
from adapters.postgres.tables import proposals, users
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


@dataclass(frozen=True)
class WaitingProposalsView:
    """How many wait for an account to answer, and how many it has made itself that wait for another one."""

    to_answer: int
    mine_waiting: int


async def waiting_proposals(
    connection: AsyncConnection, account_id: UUID, *, at: datetime
) -> WaitingProposalsView:
    """Seen by: staff."""
    is_mine = proposals.c.proposed_by == account_id
    found = await connection.execute(
        select(
            func.count().filter(~is_mine).label("to_answer"),
            func.count().filter(is_mine).label("mine_waiting"),
        ).where(proposals.c.status == ProposalStatus.WAITING.value, proposals.c.expires_at > at)
    )
    return WaitingProposalsView(**found.mappings().one())


@dataclass(frozen=True)
class ProposalView:
    """A proposal with the names of who made and who settled it."""

    proposal: Proposal
    proposed_by_name: str
    settled_by_name: str | None


async def named_proposal(connection: AsyncConnection, proposal_id: UUID) -> ProposalView | None:
    """Seen by: staff."""
    found = await connection.execute(_named().where(proposals.c.id == proposal_id))
    row = found.mappings().one_or_none()
    return _view(row) if row else None


async def named_proposals_page(
    connection: AsyncConnection, page: PageRequest, *, status: ProposalStatus | None
) -> Sequence[ProposalView]:
    """Seen by: staff."""
    query = _named()
    if status is not None:
        query = query.where(proposals.c.status == status.value)
    by = (proposals.c.proposed_at, proposals.c.id)
    return [_view(row) for row in await read_page(connection, query, page, by)]


async def account_names(
    connection: AsyncConnection, account_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Seen by: staff."""
    found = await connection.execute(
        select(users.c.id, users.c.name).where(users.c.id.in_(account_ids))
    )
    return {row["id"]: row["name"] for row in found.mappings()}


_PROPOSER, _SETTLER = users.alias("proposer"), users.alias("settler")


def _named() -> Select[Any]:
    return (
        select(
            *proposals.c,
            _PROPOSER.c.name.label("proposed_by_name"),
            _SETTLER.c.name.label("settled_by_name"),
        )
        .join(_PROPOSER, _PROPOSER.c.id == proposals.c.proposed_by)
        .outerjoin(_SETTLER, _SETTLER.c.id == proposals.c.settled_by)
    )


def _view(row: RowMapping) -> ProposalView:
    return ProposalView(value_of(Proposal, row), row["proposed_by_name"], row["settled_by_name"])
