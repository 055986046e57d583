"""A few connections that read ready answers, by asyncpg alone (ADR 0116)."""

from typing import Any

import asyncpg
from sqlalchemy import make_url

from adapters.outages import OutageBreaker
from adapters.postgres.limited_connections import connect_arguments
from adapters.settings.database import DatabaseSettings

CONNECTIONS_MAX = 4
"""Each is busy for a third of a millisecond; more would only wait for processors."""

_SQLALCHEMYS = {"prepared_statement_cache_size", "prepared_statement_name_func"}


class FragmentPool:
    """
    For one event loop. Nothing is opened before somebody asks.

    Each statement is a transaction of its own, as nobody, as public reads are, and says nothing of the
    session: so a connection is lent again as it is, where asyncpg would ask the server to reset it.
    Statements are prepared by the connection, once (not behind a pooler, which is told in the settings).
    """

    def __init__(
        self, settings: DatabaseSettings, breaker: OutageBreaker, *, use_seconds: float | None
    ) -> None:
        self._settings = settings
        self._breaker = breaker
        self._use_seconds = use_seconds
        self._pool: asyncpg.Pool | None = None

    async def row(self, sql: str, *values: Any) -> Any:
        """
        The one row of a statement; None: it has none.

        Raises:
            NoAnswer, OSError, asyncpg.PostgresError, asyncpg.InterfaceError: PostgreSQL does not answer.
        """
        held: list[Any] = []

        def abandon() -> None:
            for connection in held:
                connection.terminate()

        async with self._breaker.call(limit_seconds=self._use_seconds, abandon=abandon):
            pool = self._pool or await self._opened()
            async with pool.acquire() as connection:
                held.append(connection)
                try:
                    return await connection.fetchrow(sql, *values)
                finally:
                    held.clear()

    async def aclose(self) -> None:
        if self._pool is not None:
            self._pool.terminate()

    async def _opened(self) -> asyncpg.Pool:
        url = make_url(self._settings.database_url.get_secret_value())
        _, address = url.get_dialect()().create_connect_args(url)
        arguments = connect_arguments(self._settings, as_system=False)
        # Nobody else comes in between: it is there before this waits for anything.
        self._pool = asyncpg.create_pool(
            **address,
            **{name: value for name, value in arguments.items() if name not in _SQLALCHEMYS},
            min_size=0,
            max_size=min(CONNECTIONS_MAX, self._settings.database_pool_size),
            reset=_as_it_is,
        )
        return await self._pool


async def _as_it_is(_connection: Any) -> None:
    """Nothing was changed about it."""
