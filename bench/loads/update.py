"""The load on Temporal alone: an update-with-start of the empty workflow, from a client like the API's."""

import asyncio
import os
import sys
from collections.abc import Iterator
from uuid import UUID, uuid4

from pydantic import BaseModel
from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from adapters.settings import Settings
from adapters.temporal.client import connect_temporal
from bench.empty_update import TASK_QUEUE, EmptyUpdateWorkflow, Nothing
from bench.loads.sample import Pace, Sample, take_sample


class UpdateLoad(BaseModel):
    pace: Pace


async def run(load: UpdateLoad, settings: Settings) -> Sample:
    client = await connect_temporal(settings.temporal)

    async def update(id: UUID) -> None:
        start = WithStartWorkflowOperation(
            EmptyUpdateWorkflow.run,
            id=f"empty-update/{id}",
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await client.execute_update_with_start_workflow(
            EmptyUpdateWorkflow.update, Nothing(), start_workflow_operation=start, id=str(id)
        )

    return await take_sample([update] * load.pace.connections, _ids(), load.pace)


def _ids() -> Iterator[UUID]:
    while True:
        yield uuid4()


def main() -> None:
    load = UpdateLoad.model_validate_json(sys.stdin.buffer.read())
    print(asyncio.run(run(load, Settings())).model_dump_json(), flush=True)


if __name__ == "__main__":
    main()
    # A process that used a Temporal client may crash while the interpreter ends (sdk-python#300).
    os._exit(0)
