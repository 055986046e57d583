"""What somebody holds, added up by project and vintage."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read
from domain.accounts.roles import Account


@dataclass(frozen=True)
class HoldingView:
    """
    Units of 0.01 t of one project's vintage, by their status; `retired_units` were retired by the same holder.

    `offer_id` None: they are not offered.
    """

    project_id: UUID
    project_title: str
    project_type: str
    country: str
    vintage: int
    active_units: int
    reserved_units: int
    suspended_units: int
    retired_units: int
    offer_id: UUID | None
    name_shown: bool | None


async def holdings(connection: AsyncConnection, *, account: Account) -> Sequence[HoldingView]:
    """
    By project, the newest vintage first.

    Seen by: the holder.
    """
    sql = """
        SELECT e.project_id, p.title AS project_title, p.type AS project_type, p.country, e.vintage,
               coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'active'), 0)::bigint AS active_units,
               coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'reserved'), 0)::bigint AS reserved_units,
               coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'suspended'), 0)::bigint AS suspended_units,
               coalesce(sum(e.quantity_units) FILTER (WHERE e.status = 'retired'), 0)::bigint AS retired_units,
               o.id AS offer_id, o.name_shown
          FROM credit_entries e JOIN projects p ON p.id = e.project_id
          LEFT JOIN offers o ON o.holder_id = e.owner_id AND o.project_id = e.project_id
                            AND o.vintage = e.vintage AND o.ended_at IS NULL
         WHERE e.owner_id = :holder_id AND e.status IN ('active', 'reserved', 'suspended', 'retired')
         GROUP BY e.project_id, p.title, p.type, p.country, p.number, e.vintage, o.id, o.name_shown
         ORDER BY p.number, e.vintage DESC
    """
    return await read(connection, HoldingView, sql, holder_id=account.acts_for)
