"""Waiting for workflows that never end, and letting their clock run ahead."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from tests.workflows.conftest import Stage


@asynccontextmanager
async def time_passes(
    stage: Stage, handle: WorkflowHandle[Any, Any], duration: timedelta
) -> AsyncIterator[None]:
    """
    Let the workflow's clock run ahead while the block looks on.

    The clock stands still again as soon as an activity runs, and a follower always runs one: so
    the skip itself is not waited for.
    """
    passing = asyncio.create_task(stage.env.fast_forward(handle, duration * 1.5))
    yield
    passing.cancel()


async def until(true: Callable[[], bool]) -> None:
    async def now() -> bool:
        return true()

    await until_it_is(now)


async def until_it_is(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(300):
        if await true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


async def until_doing(handle: WorkflowHandle[Any, Any], doing: object) -> None:
    async def does() -> bool:
        return bool((await handle.query("state"))["doing"] == doing)

    await until_it_is(does)


async def until_run_after(handle: WorkflowHandle[Any, Any], first_run: str | None) -> None:
    async def another() -> bool:
        return (await handle.describe()).run_id != first_run

    await until_it_is(another)
