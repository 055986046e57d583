"""Addresses of all public pages, read for crawlers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.queries import read
from adapters.postgres.tables import projects, retirements


@dataclass(frozen=True)
class MonthOfRetirementsView:
    month: date
    retirements: int


async def months_of_retirements(connection: AsyncConnection) -> Sequence[MonthOfRetirementsView]:
    """
    Months without a retirement are left out; oldest first.

    Seen by: everybody.
    """
    sql = """
        SELECT date_trunc('month', retired_at AT TIME ZONE 'UTC')::date AS month,
               count(*) AS retirements
          FROM retirements GROUP BY 1 ORDER BY 1
    """
    return await read(connection, MonthOfRetirementsView, sql)


async def newest_projects(connection: AsyncConnection, *, limit: int) -> Sequence[UUID]:
    """Seen by: everybody."""
    newest = select(projects.c.id).order_by(projects.c.created_at.desc(), projects.c.id)
    return (await connection.scalars(newest.limit(limit))).all()


async def retirements_of_month(
    connection: AsyncConnection, first: datetime, *, offset: int, limit: int
) -> Sequence[UUID]:
    """
    Those retired in the month that begins at `first`, oldest first.

    Seen by: everybody.
    """
    after = (first + timedelta(days=31)).replace(day=1)
    found = (
        select(retirements.c.id)
        .where(retirements.c.retired_at >= first, retirements.c.retired_at < after)
        .order_by(retirements.c.retired_at, retirements.c.id)
    )
    return (await connection.scalars(found.offset(offset).limit(limit))).all()
