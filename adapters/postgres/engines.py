"""The pools of connections: one to write with, one to read with."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres.pool_health import check_connection_liveness
from adapters.settings.database import DatabaseSettings


def open_reading_engine(settings: DatabaseSettings) -> AsyncEngine:
    """
    A pool for reading: each statement is a transaction of its own.

    A pool apart from the writers', which begin a transaction with their first statement.
    Parameters, which may be personal, stay out of errors and logs.
    """
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    check_connection_liveness(engine)
    return engine
