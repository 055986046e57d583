"""A pooled connection is looked at before it is lent, and asked only after a long silence."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres import pool_health as lending
from adapters.postgres.pool_health import check_connection_liveness
from adapters.settings.database import DatabaseSettings
from tests.databases import engine_for


@pytest.fixture
async def pool(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """With one connection, so that the same one is lent again."""
    made = create_async_engine(engine.url, pool_size=1, max_overflow=0)
    check_connection_liveness(made)
    yield made
    await made.dispose()


async def backend(pool: AsyncEngine) -> int:
    async with pool.begin() as connection:
        number: int = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return number


async def test_a_connection_that_the_server_has_ended_is_replaced(
    pool: AsyncEngine, engine: AsyncEngine
) -> None:
    first = await backend(pool)
    async with engine.begin() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid, 1000)"), {"pid": first})

    assert await backend(pool) != first


async def test_a_connection_just_returned_is_lent_again_unasked(
    pool: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await backend(pool)
    monkeypatch.setattr(pool.sync_engine.dialect, "do_ping", _never)

    assert await backend(pool) == first


async def test_a_connection_that_does_not_answer_after_a_silence_is_replaced(
    pool: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await backend(pool)
    monkeypatch.setattr(lending, "IDLE_SECONDS", 0)
    dialect = pool.sync_engine.dialect
    asked: list[Any] = []

    def silent_once(connection: Any) -> bool:
        asked.append(connection)
        raise dialect.loaded_dbapi.InterfaceError("no answer")

    monkeypatch.setattr(dialect, "do_ping", silent_once)

    assert await backend(pool) != first
    assert len(asked) == 1


def _never(*_: object) -> None:
    raise AssertionError("it was asked")


async def test_as_many_as_are_used_at_once_are_kept_and_the_last_is_lent_first(
    database_url: str,
) -> None:
    made = engine_for(database_url)
    at_once = DatabaseSettings.model_fields["database_pool_size"].default

    async def lent() -> set[int]:
        async with AsyncExitStack() as held:
            lent = [await held.enter_async_context(made.connect()) for _ in range(at_once)]
            found = [await one.execute(text("SELECT pg_backend_pid()")) for one in lent]
            return {one.scalar_one() for one in found}

    first = await lent()
    again = await lent()
    alone = {await backend(made) for _ in range(3)}
    await made.dispose()

    assert (len(first), again, len(alone)) == (at_once, first, 1)
