"""A release from the buffer: the units are the supplier's at once, who is told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.buffer import BufferActivities, BufferReleased, ReleaseBuffer
    from activities.payloads import Payload
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


def workflow_id(transaction_id: UUID) -> str:
    return f"buffer-release/{transaction_id}"


class BufferReleaseStart(Payload):
    transaction_id: UUID


class BufferReleaseState(Payload):
    """`serial` None means that it was refused, or has not happened yet."""

    serial: str | None = None


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class BufferReleaseWorkflow(MailedSingleWriteWorkflow[BufferReleased]):
    @workflow.run
    async def run(self, start: BufferReleaseStart) -> BufferReleaseState:  # noqa: ARG002 -- read by Temporal
        await self._finish()
        return self.state()

    @workflow.update
    async def release(self, request: ReleaseBuffer) -> BufferReleased:
        return await self._write(BufferActivities.release_buffer, request)

    @workflow.query
    def state(self) -> BufferReleaseState:
        return BufferReleaseState(serial=self._written.serial if self._written else None)
