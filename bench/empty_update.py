"""
The least that an update-with-start can be: its handler runs a local activity that does nothing.

`python -m bench.empty_update` is its worker, on a task queue of its own, configured like worker.py.
"""

import asyncio
import os
import signal
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from adapters.settings.temporal import TemporalSettings
    from adapters.temporal.client import connect_temporal

TASK_QUEUE = "bench-empty-update"
STARTED = b"empty-update worker started"


class Nothing(Payload):
    """What goes in and comes out."""


@activity.defn
async def do_nothing(request: Nothing) -> Nothing:
    return request


@workflow.defn
class EmptyUpdateWorkflow:
    def __init__(self) -> None:
        self._updated = False

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._updated)

    @workflow.update
    async def update(self, request: Nothing) -> Nothing:
        answer = await workflow.execute_local_activity(
            do_nothing, request, start_to_close_timeout=timedelta(seconds=10)
        )
        self._updated = True
        return answer


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client: Client = await connect_temporal(TemporalSettings())
    async with Worker(
        client, task_queue=TASK_QUEUE, workflows=[EmptyUpdateWorkflow], activities=[do_nothing]
    ):
        print(STARTED.decode(), flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
