"""A cancellation: the units are gone at once, the holder is told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.cancellation import (
        CancelCredits,
        CancellationActivities,
        CreditsCancelled,
    )
    from activities.payloads import Payload
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


def workflow_id(transaction_id: UUID) -> str:
    return f"cancellation/{transaction_id}"


class CancellationStart(Payload):
    transaction_id: UUID


class CancellationState(Payload):
    """`serial` None means that it was refused, or has not happened yet."""

    serial: str | None = None


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class CancellationWorkflow(MailedSingleWriteWorkflow[CreditsCancelled]):
    @workflow.run
    async def run(self, start: CancellationStart) -> CancellationState:  # noqa: ARG002 -- read by Temporal
        await self._finish()
        return self.state()

    @workflow.update
    async def cancel(self, request: CancelCredits) -> CreditsCancelled:
        return await self._write(CancellationActivities.cancel_credits, request)

    @workflow.query
    def state(self) -> CancellationState:
        return CancellationState(serial=self._written.serial if self._written else None)
