"""What is done after an answer, so that the answer does not take longer when there is something to do."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class LaterTasks:
    """Holds tasks until they end; whatever is not done when the process ends is lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
