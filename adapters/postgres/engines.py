"""The pools of connections: to write with, to read with, and for migrations."""

from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from adapters.outages import OutageBreaker
from adapters.personal_data.opening import open_personal_data
from adapters.postgres.limited_connections import (
    LimitedEngine,
    connect_arguments,
    open_database_breaker,
)
from adapters.postgres.personal_columns import use_personal_data
from adapters.postgres.pool_health import check_connection_liveness
from adapters.settings.database import DatabaseSettings


def open_reading_engine(
    settings: DatabaseSettings,
    *,
    breaker: OutageBreaker | None = None,
    use_seconds: float | None = None,
) -> LimitedEngine:
    """
    A pool for reading: each statement is a transaction of its own.

    A pool apart from the writers', which begin a transaction with their first statement.
    """
    return limited_engine(
        settings,
        breaker=breaker,
        use_seconds=use_seconds,
        as_system=False,
        isolation_level="AUTOCOMMIT",
    )


def open_replica_engine(
    settings: DatabaseSettings, *, use_seconds: float | None = None
) -> LimitedEngine | None:
    """The pool for reading from the replica, with a breaker of its own; None where there is no replica."""
    if settings.database_read_url is None:
        return None
    replica = settings.model_copy(update={"database_url": settings.database_read_url})
    return open_reading_engine(
        replica, breaker=open_database_breaker(replica, "The replica"), use_seconds=use_seconds
    )


def open_owner_engine(settings: DatabaseSettings) -> LimitedEngine:
    """For migrations: one connection at a time, as the owner of the tables."""
    owner = settings.model_copy(
        update={"database_url": settings.owner_url, "database_pool_size": 1}
    )
    return limited_engine(owner)


def limited_engine(
    settings: DatabaseSettings,
    *,
    breaker: OutageBreaker | None = None,
    use_seconds: float | None = None,
    as_system: bool = True,
    **options: Any,
) -> LimitedEngine:
    """
    A pool that waits for nothing without end and replaces connections that have ended.

    Pools of one process share a `breaker`. `as_system` as of `connect_arguments`. Parameters, which may be personal, stay out of errors
    and logs. `options` are those of `create_async_engine`.
    """
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        # All of them are kept: one that is opened for a busy moment learns types and statements anew.
        max_overflow=0,
        # What was returned last has its statements at hand; under little load the others rest.
        pool_use_lifo=True,
        pool_timeout=settings.database_connect_seconds,
        connect_args=connect_arguments(settings, as_system=as_system),
        # An error would otherwise carry the values of its statement into logs and histories.
        hide_parameters=True,
        **options,
    )
    check_connection_liveness(engine)
    use_personal_data(engine, partial(open_personal_data, settings))
    return LimitedEngine(
        engine.sync_engine, breaker or open_database_breaker(settings), use_seconds
    )
