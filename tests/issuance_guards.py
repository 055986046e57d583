"""The database's guards of issuances, put to sleep for rows that are about something else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.ports.database import Database
from adapters.postgres.database import PostgresDatabase

GUARDS = {
    "credit_transactions": "issuance_as_approved",
    "unit_counter": "units_taken_are_issued",
}


@asynccontextmanager
async def issuing_without_approvals(engine: AsyncEngine) -> AsyncIterator[None]:
    """What is issued meanwhile needs no approval, and numbers need not be used that were taken."""
    await _guards(engine, "DISABLE")
    yield
    await _guards(engine, "ENABLE")


def engine_of(database: Database) -> AsyncEngine:
    """Of a use case's database, behind its port."""
    assert isinstance(database, PostgresDatabase)
    return database.engine


async def _guards(engine: AsyncEngine, what: str) -> None:
    async with engine.begin() as connection:
        for table, guard in GUARDS.items():
            await connection.execute(text(f"ALTER TABLE {table} {what} TRIGGER {guard}"))
