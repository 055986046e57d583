"""Fixtures of the activities' tests: a real PostgreSQL, and a fresh registry for each test."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.database import PostgresDatabase
from tests.activities.registry import Registry, run
from tests.activities.use_cases import UseCase
from tests.databases import (
    Databases,
    Snapshot,
    engine_for,
    save_people,
    snapshot,
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for(database_url)
    await save_people(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def registry(engine: AsyncEngine) -> Registry:
    return Registry(PostgresDatabase(engine))


class Undisturbed:
    """What an activity answers and leaves behind when it runs once and nothing happens to it."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._known: dict[UseCase, tuple[object, Snapshot]] = {}

    async def outcome(self, case: UseCase) -> tuple[object, Snapshot]:
        if case not in self._known:
            async with self._databases.fresh() as url:
                engine = engine_for(url)
                await save_people(engine)
                registry = Registry(PostgresDatabase(engine))
                await case.before(registry)
                answer = await run(registry.activity(case.activity), case.request)
                self._known[case] = (answer, await snapshot(engine))
                await engine.dispose()
        return self._known[case]


@pytest.fixture(scope="session")
def undisturbed(databases: Databases) -> Undisturbed:
    return Undisturbed(databases)
