"""The API in this process, over ASGI, on a real PostgreSQL; Temporal and storage are away."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.settings import Settings
from tests.api.caller import Api, running_api, settings_for
from tests.api.registry_rows import IssuedProject, RegistryRows
from tests.databases import Databases, engine_for, save_people


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """With the people of tests/factories.py."""
    made = engine_for(database_url)
    await save_people(made)
    yield made
    await made.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url)


@pytest.fixture
async def api(engine: AsyncEngine, settings: Settings) -> AsyncIterator[Api]:
    async with running_api(settings, engine) as running:
        yield running


@pytest.fixture(scope="session")
async def unchanging_api(databases: Databases) -> AsyncIterator[Api]:
    """For tests of what changes nothing; they share one database."""
    async with databases.fresh() as url:
        engine = engine_for(url)
        await save_people(engine)
        async with running_api(settings_for(url), engine) as running:
            yield running
        await engine.dispose()


@pytest.fixture(scope="session")
async def issued_project(unchanging_api: Api) -> IssuedProject:
    """A verified project with its credits, in the shared database."""
    return await RegistryRows(unchanging_api.engine).project()
