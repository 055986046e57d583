"""An activity that may take minutes tells the server that its worker lives."""

import asyncio
from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from activities import heartbeats
from activities.heartbeats import heartbeating
from workflows import policies

NOTICED_LATE = {
    "LEDGER_CHECK": "nobody waits for it, and another comes in a quarter of an hour",
    "REVERSAL": "one transaction, which has nowhere to stop for a heartbeat",
    "SETTLE_FILE": "one transaction, which has nowhere to stop for a heartbeat",
}
"""Long activities without a heartbeat, each with its reason."""


@activity.defn
@heartbeating
async def slow_step(tonnes: int) -> int:
    """It rests until three heartbeats were due."""
    await asyncio.sleep(0.025)
    return tonnes


@activity.defn
@heartbeating
async def failing_step() -> None:
    raise ValueError("the store is away")


async def test_it_beats_until_the_step_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "HEARTBEAT_SECONDS", 0.01)
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beats.append(None)

    assert await environment.run(slow_step, 7) == 7
    at_its_end = len(beats)
    await asyncio.sleep(0.03)

    assert at_its_end >= 2
    assert len(beats) == at_its_end


async def test_its_failure_is_the_steps_own() -> None:
    with pytest.raises(ValueError, match="the store is away"):
        await ActivityEnvironment().run(failing_step)


def test_a_killed_worker_is_noticed_within_half_a_minute_or_the_reason_is_written() -> None:
    long = {
        name: options
        for name, options in vars(policies).items()
        if isinstance(options, dict)
        and options.get("start_to_close_timeout", timedelta()) > timedelta(seconds=30)
    }
    without = {name for name, options in long.items() if "heartbeat_timeout" not in options}

    assert len(long) >= 6
    assert without == set(NOTICED_LATE)
