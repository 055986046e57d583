"""Runs the revisions as MIGRATIONS_DATABASE_URL, the tables' owner, refusing to wait long for a lock that readers hold."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.tables import metadata
from adapters.settings import load_settings

# A migration that cannot get its lock at once must give up rather than queue every writer behind it.
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


def is_comparable(_object: object, name: str | None, *_rest: object) -> bool:
    """PostgreSQL prints this index's expression in words of its own, which never compare equal."""
    return name != "ix_projects_words"


def run_in_transaction(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, include_object=is_comparable)
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        context.run_migrations()


async def migrate() -> None:
    settings = load_settings()
    owner = settings.migrations_database_url or settings.database_url
    engine = create_async_engine(owner.get_secret_value())
    async with engine.connect() as connection:
        await connection.run_sync(run_in_transaction)
        await connection.commit()
    await engine.dispose()


asyncio.run(migrate())
