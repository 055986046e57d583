"""Fixtures of the adapters' tests: a real PostgreSQL, and a fresh database for each test."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from tests.databases import Databases, engine_for, running_databases, save_people


@pytest.fixture(scope="session")
async def databases() -> AsyncIterator[Databases]:
    async with running_databases() as found:
        yield found


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    async with databases.fresh() as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database in which the people of tests/factories.py have accounts."""
    engine = engine_for(database_url)
    await save_people(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def database(engine: AsyncEngine) -> PostgresDatabase:
    return PostgresDatabase(engine)
