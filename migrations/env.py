"""
Runs the revisions as MIGRATIONS_DATABASE_URL, the tables' owner, refusing to wait long for a lock that readers hold.

They go forward only: `alembic downgrade` is refused (ADR 0031).
"""

import asyncio

from alembic import command, context
from alembic.util import CommandError
from sqlalchemy import Connection, text

from adapters.postgres.engines import open_owner_engine
from adapters.postgres.tables import metadata
from adapters.settings.database import DatabaseSettings

# A migration that cannot get its lock at once must give up rather than queue every writer behind it.
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


# PostgreSQL prints the expressions of these indexes in words of its own, which never compare equal
# as text. tests/adapters/postgres/test_schema.py compares them as two databases print them.
INDEXES_OF_EXPRESSIONS = {
    "ix_users_company_search",
    "uq_credit_transactions_issued_and_moved_once",
    "uq_credit_transactions_made_and_ended_once",
}

FORWARD_ONLY = (
    "Migrations go forward only: mend with a new revision, or restore the backup from before the "
    "release (docs/adr/0031-migrations-go-forward.md)."
)


def is_comparable(_object: object, name: str | None, *_rest: object) -> bool:
    return name not in INDEXES_OF_EXPRESSIONS


def refuse_to_go_back() -> None:
    """
    The revisions have no way back; without this, Alembic would only say that a function is missing.

    Raises:
        CommandError: the command line asks for a downgrade.
    """
    asked_for = getattr(context.config.cmd_opts, "cmd", (None,))
    if asked_for[0] is command.downgrade:
        raise CommandError(FORWARD_ONLY)


def run_in_transaction(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_comparable,
        compare_server_default=True,
    )
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        context.run_migrations()


async def migrate() -> None:
    engine = open_owner_engine(DatabaseSettings())
    async with engine.connect() as connection:
        await connection.run_sync(run_in_transaction)
        await connection.commit()
    await engine.dispose()


refuse_to_go_back()
asyncio.run(migrate())
