"""
Connections to PostgreSQL that wait for nothing without end (ADR 0049).

Two layers. The driver's connection never waits to say goodbye, and the server is told limits of its
own. Around each use stands the breaker, from the wait for the pool to the return to it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.outages import OutageBreaker
from adapters.postgres.identity import SYSTEM, Identity, acting
from adapters.settings.database import DatabaseSettings

KEEPALIVE_IDLE_SECONDS, KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_PROBES = 10, 3, 3
"""A peer that vanished, as a machine without power does, is noticed by TCP within twenty seconds."""

USER_TIMEOUT_SECONDS = 15
"""How long what was sent may stay unacknowledged."""

CLIENT_CHECK_SECONDS = 1
"""How often the server looks whether somebody still waits for a statement that it runs."""

COMMAND_MARGIN_SECONDS = 5
"""The server ends a statement itself first; only its silence is ended on our side."""


class DriverConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg's metaclass is untyped
    """Ends at once, lets the kernel notice a peer that has gone, and says in each transaction whose it is."""

    otherwise_as: Identity | None = None
    """Whose transactions are that nobody in particular begins (`adapters/postgres/identity.py`)."""

    begins_with = ""
    """Further statements that each transaction begins with."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        for level, option, value in _SOCKET_OPTIONS:
            # A proxy's or a test's transport may have no socket; a Unix socket knows none of these.
            with contextlib.suppress(OSError, AttributeError):
                transport.get_extra_info("socket").setsockopt(level, option, value)

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 -- asyncpg's own signature
        """
        As asyncpg's; a transaction's beginning takes its identity along, in the same message.

        So it costs no round trip, and there is no transaction between the two without an identity.
        """
        if query.startswith("BEGIN"):
            identity = acting() or self.otherwise_as
            query = "; ".join(
                part
                for part in (
                    query.rstrip("; "),
                    self.begins_with,
                    identity.statement() if identity else "",
                )
                if part
            )
        done: str = await super().execute(query, *args, timeout=timeout)
        return done

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 -- asyncpg's own signature
        """
        As `terminate`: asyncpg would ask the server to cancel, over another connection, and then
        wait for its goodbye. One that hangs gives neither, and SQLAlchemy closes one by one.
        """
        self.terminate()


class SystemConnection(DriverConnection):
    """Of the registry's own work: the worker's activities and the tools."""

    otherwise_as = SYSTEM


_SOCKET_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in {
            "TCP_KEEPIDLE": KEEPALIVE_IDLE_SECONDS,
            "TCP_KEEPINTVL": KEEPALIVE_INTERVAL_SECONDS,
            "TCP_KEEPCNT": KEEPALIVE_PROBES,
            "TCP_USER_TIMEOUT": USER_TIMEOUT_SECONDS * 1000,
        }.items()
        # Linux has all of them, macOS some.
        if hasattr(socket, name)
    ),
]


def connect_arguments(settings: DatabaseSettings, *, as_system: bool) -> dict[str, Any]:
    """
    What every connection of SQLAlchemy's to PostgreSQL is opened with: `connect_args`.

    `as_system`: transactions that nobody in particular begins are the registry's own work, not nobody's.
    """
    limits = {
        "statement_timeout": _milliseconds(settings.database_statement_seconds),
        "lock_timeout": _milliseconds(settings.database_lock_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(
            settings.database_idle_in_transaction_seconds
        ),
    }
    connection_class = SystemConnection if as_system else DriverConnection
    arguments: dict[str, Any] = {
        "timeout": settings.database_connect_seconds,
        "command_timeout": settings.database_statement_seconds + COMMAND_MARGIN_SECONDS,
        "connection_class": connection_class,
    }
    if settings.database_shares_connections:
        # What a connection is told holds for whoever is lent it next, and a pooler refuses most of it.
        begins_with = "; ".join(f"SET LOCAL {name} = {value}" for name, value in limits.items())
        return arguments | {
            "connection_class": type(
                "SharedConnection", (connection_class,), {"begins_with": begins_with}
            ),
            # Nameless statements are parsed anew with each execution, in the same message.
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": str,
        }
    return arguments | {
        "server_settings": limits
        | {
            "client_connection_check_interval": _milliseconds(CLIENT_CHECK_SECONDS),
            "tcp_keepalives_idle": str(KEEPALIVE_IDLE_SECONDS),
            "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL_SECONDS),
            "tcp_keepalives_count": str(KEEPALIVE_PROBES),
            "tcp_user_timeout": _milliseconds(USER_TIMEOUT_SECONDS),
        },
    }


def open_database_breaker(settings: DatabaseSettings, server: str = "PostgreSQL") -> OutageBreaker:
    """Asks over a connection of its own each time, so that no pool is in the way."""
    url = make_url(settings.database_url.get_secret_value())
    # The address may name several hosts, of which the dialect makes what the driver takes.
    _, address = url.get_dialect()().create_connect_args(url)

    async def ask() -> None:
        try:
            connection = await asyncpg.connect(**address, connection_class=DriverConnection)
        except asyncpg.PostgresError:
            # It is starting, or has no place left: that is an answer.
            return
        try:
            await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    return OutageBreaker(server, ask, probe_seconds=settings.database_probe_seconds)


class LimitedEngine(AsyncEngine):
    """
    Lends connections that end, with NoAnswer, when PostgreSQL hangs.

    `use_seconds` is what one use may take from the wait for the pool to the return, also of a
    server that answers others (a lock, one stopped backend); None: no more than its statements may.
    """

    __slots__ = ("breaker", "use_seconds")

    def __init__(
        self, sync_engine: Engine, breaker: OutageBreaker, use_seconds: float | None
    ) -> None:
        super().__init__(sync_engine)
        self.breaker = breaker
        self.use_seconds = use_seconds

    def connect(self) -> "LimitedConnection":
        return LimitedConnection(self, use_seconds=self.use_seconds)

    async def dispose(self, close: bool = True) -> None:
        await self.breaker.close()
        await super().dispose(close)


class LimitedConnection(AsyncConnection):
    """
    A connection as `LimitedEngine` lends it; of any other engine it is a plain one.

    Without `use_seconds` it is for reads that count everything: it is ended when the server hangs,
    not for being slow.
    """

    __slots__ = ("_limit",)

    def __init__(self, async_engine: AsyncEngine, *, use_seconds: float | None = None) -> None:
        super().__init__(async_engine)
        self._limit: contextlib.AbstractAsyncContextManager[None] = contextlib.nullcontext()
        if isinstance(async_engine, LimitedEngine):
            self._limit = async_engine.breaker.call(
                limit_seconds=use_seconds, abandon=_breaking(self)
            )

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        try:
            await self.start(is_ctxmanager=True)
        except BaseException as error:
            # The breaker says in its own words what it has ended.
            if not await self._limit.__aexit__(type(error), error, error.__traceback__):
                raise
        return self

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(type_, value, traceback)
        except BaseException as error:
            await self._limit.__aexit__(type(error), error, error.__traceback__)
            raise
        await self._limit.__aexit__(type_, value, traceback)


@contextlib.asynccontextmanager
async def answered(engine: AsyncEngine, connection: AsyncConnection) -> AsyncIterator[None]:
    """Around one of many questions on a connection that is kept for long, by several tasks in turn."""
    if not isinstance(engine, LimitedEngine):
        yield
        return
    async with engine.breaker.call(abandon=_breaking(connection)):
        yield


def _breaking(connection: AsyncConnection) -> Callable[[], None]:
    def abandon() -> None:
        began = connection.sync_connection
        # None while the pool is waited for, or a connection is being made: cancelling ends those.
        if began is not None and not began.closed and not began.invalidated:
            driver = began.connection.driver_connection
            if driver is not None:
                driver.terminate()

    return abandon


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
