"""Entries as if they had been chained years ago."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

OLD_MONTH, YOUNGER_MONTH = date(2015, 3, 1), date(2015, 4, 1)


async def move_to(engine: AsyncEngine, month: date, *, up_to: int) -> None:
    """The first entries, by the owner; the month after it is there too, and has none."""
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(
            text("SELECT karbonica_add_audit_partitions(:month, 2)"), {"month": month}
        )
        await connection.execute(
            text("UPDATE audit_logs SET month = :month WHERE seq <= :up_to"),
            {"month": month, "up_to": up_to},
        )
