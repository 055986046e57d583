"""A release from the buffer: the units are the developer's at once, who is told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.buffer import BufferActivities, BufferReleased, ReleaseBuffer
    from activities.payloads import Payload
    from workflows import notices, policies
    from workflows.attempts import Attempt


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
class BufferReleaseWorkflow:
    @workflow.init
    def __init__(self, start: BufferReleaseStart) -> None:
        self._start = start
        self._attempt = Attempt()
        self._released: BufferReleased | None = None
        self._mailing = notices.Mailing()

    @workflow.run
    async def run(self, start: BufferReleaseStart) -> BufferReleaseState:  # noqa: ARG002 -- kept by init
        if not await self._attempt.accepted():
            return self.state()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def release(self, request: ReleaseBuffer) -> BufferReleased:
        self._released = await self._attempt.make(
            workflow.execute_activity_method(
                BufferActivities.release_buffer, request, **policies.DATABASE
            )
        )
        self._mailing.start(self._released.notification_ids)
        return self._released

    @workflow.query
    def state(self) -> BufferReleaseState:
        return BufferReleaseState(serial=self._released.serial if self._released else None)
