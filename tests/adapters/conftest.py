"""Fixtures of the adapters' tests: a real PostgreSQL, and a fresh database for each test."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from tests.databases import engine_for, save_people


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
