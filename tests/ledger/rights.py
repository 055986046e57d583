"""
What the application's role may do to each table and column, as a text: `rights.txt` beside this file.

`.venv/bin/python -m tests.ledger.rights` writes it anew from the migrations. Read the difference before
you commit it: it is what whoever gets hold of the application's password could do.
"""

import asyncio
from pathlib import Path

import asyncpg

from tests.databases import running_databases

RIGHTS = Path(__file__).with_name("rights.txt")

_TABLES = """
    SELECT c.oid, c.relname AS name, c.relkind = 'v' AS is_view, c.relrowsecurity AS has_policies,
           has_table_privilege('karbonica_app', c.oid, 'DELETE') AS deletes,
           ARRAY(SELECT format('%s (%s)', polname, CASE polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'select'
                                                              ELSE polcmd::text END)
                   FROM pg_policy WHERE polrelid = c.oid ORDER BY polname) AS policies,
           ARRAY(SELECT tgname::text FROM pg_trigger
                  WHERE tgrelid = c.oid AND NOT tgisinternal ORDER BY tgname) AS guards
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
     ORDER BY c.relname
"""
_COLUMNS = """
    SELECT attname AS name,
           array_remove(ARRAY[
               CASE WHEN has_column_privilege('karbonica_app', attrelid, attnum, 'SELECT') THEN 'select' END,
               CASE WHEN has_column_privilege('karbonica_app', attrelid, attnum, 'INSERT') THEN 'insert' END,
               CASE WHEN has_column_privilege('karbonica_app', attrelid, attnum, 'UPDATE') THEN 'update' END
           ], NULL) AS rights
      FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""


async def rights_of(owner_url: str) -> str:
    """Of a migrated database: a line for each table, and below it one for each column."""
    connection = await asyncpg.connect(owner_url)
    try:
        lines = []
        for table in await connection.fetch(_TABLES):
            about = ["view" if table["is_view"] else "table"]
            about += ["delete"] if table["deletes"] else []
            if table["has_policies"]:
                about.append(f"rows by {', '.join(table['policies']) or 'no policy: none'}")
            about += [f"guarded by {', '.join(table['guards'])}"] if table["guards"] else []
            lines.append(f"{table['name']}: {'; '.join(about)}")
            lines += [
                f"    {column['name']:<30}{' '.join(column['rights']) or '-'}"
                for column in await connection.fetch(_COLUMNS, table["oid"])
            ]
        return "\n".join(lines) + "\n"
    finally:
        await connection.close()


async def _write() -> None:
    async with running_databases() as databases, databases.fresh() as url:
        RIGHTS.write_text(await rights_of(url))


if __name__ == "__main__":
    asyncio.run(_write())
