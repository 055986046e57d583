"""The tables as the code knows them, compared with the database that the migrations make."""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT

import asyncpg
import pytest

from adapters.postgres.tables import metadata
from tests.databases import PROJECT_ROOT, Databases, engine_for, sqlalchemy_url

OBVIOUS = {
    *("id", "created_at", "updated_at", "only_row"),
    *("name", "title", "description"),
    *("project_id", "verification_id", "retirement_id", "reversal_id", "webhook_id", "event_id"),
    "organisation_id",
}
"""Names that say it all, in every table; all other columns have a comment."""

# How PostgreSQL itself writes what was declared, so that two ways of writing one thing compare equal.
CATALOGUE = """
    SELECT 'constraint ' || conrelid::regclass || '.' || conname AS name,
           pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 't'
    UNION ALL
    SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
      FROM pg_index JOIN pg_class c ON c.oid = indrelid
     WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column ' || c.oid::regclass || '.' || a.attname,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                     'identity=' || a.attidentity::text, 'generated=' || a.attgenerated::text,
                     'default=' || pg_get_expr(d.adbin, d.adrelid),
                     'comment=' || col_description(c.oid, a.attnum))
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    -- The functions that columns and indexes are made with (adapters/postgres/search_functions.py).
    SELECT 'function ' || proname, pg_get_functiondef(oid)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'search_')
    UNION ALL
    SELECT 'table ' || oid::regclass, coalesce(obj_description(oid, 'pg_class'), 'no comment')
      FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""
ALEMBICS_OWN = "alembic_version"

DIFFERENCES_FOR_ALEMBIC = {
    "remove_table": "CREATE TABLE stray (id int)",
    "add_column": "ALTER TABLE sessions DROP COLUMN user_agent",
    "modify_type": "ALTER TABLE users ALTER name TYPE varchar(300)",
    "modify_nullable": "ALTER TABLE users ALTER name DROP NOT NULL",
    "modify_default": "ALTER TABLE users ALTER email_verified SET DEFAULT true",
    "modify_comment": "COMMENT ON COLUMN users.email IS 'Something else.'",
    "add_table_comment": "COMMENT ON TABLE users IS 'Something else.'",
    "add_index": "DROP INDEX ix_alerts_newest",
    "add_constraint": "ALTER TABLE users DROP CONSTRAINT uq_users_email",
    "add_fk": "ALTER TABLE webhooks DROP CONSTRAINT fk_webhooks_created_by_users",
}
"""What Alembic calls a difference, and how to bring it about."""


async def catalogue(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch(CATALOGUE)
    return {row["name"]: row["definition"] for row in rows if ALEMBICS_OWN not in row["name"]}


async def catalogue_at(url: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    try:
        return await catalogue(connection)
    finally:
        await connection.close()


async def alembic_check(url: str) -> tuple[int, str]:
    """In a process of its own, as an operator would: `migrations/env.py` runs an event loop itself."""
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "check"),
        cwd=PROJECT_ROOT,
        env={**os.environ, "DATABASE_URL": sqlalchemy_url(url)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    return await process.wait(), output.decode()


def test_every_table_says_what_it_holds() -> None:
    assert metadata.tables
    assert [table.name for table in metadata.tables.values() if not table.comment] == []


def test_every_column_says_what_it_holds_unless_its_name_does() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    assert columns

    assert [str(c) for c in columns if not c.comment and c.name not in OBVIOUS] == []
    uncommented = {column.name for column in columns if not column.comment}
    assert OBVIOUS - uncommented == set(), "these names are not needed in the list"


async def test_alembic_finds_nothing_to_migrate(database_url: str) -> None:
    """
    Tables, columns, their types, defaults and comments, plain indexes, unique and foreign keys.

    What Alembic does not compare: checks, exclusion constraints, generated columns, expressions and
    predicates of indexes (the next test does); and what no table in the code declares, so that it
    stands in the migrations alone: functions, triggers, grants, the application's role, and the
    first rows. Of those, tests/adapters/postgres/credits/test_guards.py and
    tests/ledger/test_hand_written_sql.py try what they are for.
    """
    status, output = await alembic_check(database_url)

    assert (status, "No new upgrade operations detected" in output) == (0, True), output


async def test_alembic_would_find_what_differs(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    for statement in DIFFERENCES_FOR_ALEMBIC.values():
        await connection.execute(statement)
    await connection.close()

    status, output = await alembic_check(database_url)

    assert status != 0
    assert [found for found in DIFFERENCES_FOR_ALEMBIC if found not in output] == []


async def test_the_migrated_database_is_what_the_tables_declare(
    databases: Databases, database_url: str
) -> None:
    async with databases.empty() as declared_url:
        engine = engine_for(declared_url)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()
        declared = await catalogue_at(declared_url)

    assert declared
    assert await catalogue_at(database_url) == declared


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE users DROP CONSTRAINT ck_users_email_lower_case",
        "ALTER TABLE credit_entries DROP CONSTRAINT ex_credit_entries_units_once",
        "DROP INDEX ix_alerts_open; CREATE UNIQUE INDEX ix_alerts_open ON alerts (kind, subject)",
        "DROP INDEX ix_projects_search",
        "ALTER TABLE credit_entries ALTER quantity_units DROP EXPRESSION",
        "ALTER TABLE projects ALTER number DROP IDENTITY",
        "COMMENT ON TABLE users IS 'Something else.'",
        "ALTER FUNCTION search_words COST 1",
    ],
)
async def test_the_comparison_would_find_what_differs(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    before = await catalogue(connection)

    await connection.execute(statement)

    assert await catalogue(connection) != before
    await connection.close()
