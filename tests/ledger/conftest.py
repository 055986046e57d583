"""A real PostgreSQL for the proofs of the ledger, reached as the registry reaches it: without owning it."""

from collections.abc import AsyncIterator

import pytest

from devstack.postgres import APPLICATION, OWNER
from tests.databases import Databases, running_databases


@pytest.fixture(scope="session")
async def databases() -> AsyncIterator[Databases]:
    async with running_databases() as found:
        yield found


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of a fresh database; `as_application` makes the registry's own of it."""
    async with databases.fresh() as url:
        yield url


def as_application(url: str) -> str:
    return url.replace(f"//{OWNER}@", f"//{APPLICATION}@")
