"""
Heartbeats for an activity whose one step may take minutes.

Without them the server waits for the whole start-to-close timeout before it gives the work of a
killed worker to another; with them it notices within the heartbeat timeout (workflows/policies.py).
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from temporalio import activity

HEARTBEAT_SECONDS = 5

P = ParamSpec("P")
R = TypeVar("R")


def heartbeating(step: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """
    The same activity, with a heartbeat every five seconds until it returns or fails.

    A worker whose event loop stands still sends none: that is noticed too, and rightly.
    """

    @functools.wraps(step)
    async def with_heartbeats(*args: P.args, **kwargs: P.kwargs) -> R:
        beats = asyncio.create_task(_beat())
        try:
            return await step(*args, **kwargs)
        finally:
            beats.cancel()
            with suppress(asyncio.CancelledError):
                await beats

    return with_heartbeats


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_SECONDS)
