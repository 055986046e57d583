"""A cancellation: the units are gone at once, the holder is told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.cancellation import CancelCredits, CancellationActivities, CreditsCancelled
    from activities.payloads import Payload
    from workflows import notices, policies
    from workflows.attempts import Attempt


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
class CancellationWorkflow:
    @workflow.init
    def __init__(self, start: CancellationStart) -> None:
        self._start = start
        self._attempt = Attempt()
        self._cancelled: CreditsCancelled | None = None
        self._mailing = notices.Mailing()

    @workflow.run
    async def run(self, start: CancellationStart) -> CancellationState:  # noqa: ARG002 -- kept by init
        if not await self._attempt.accepted():
            return self.state()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def cancel(self, request: CancelCredits) -> CreditsCancelled:
        self._cancelled = await self._attempt.make(
            workflow.execute_activity_method(
                CancellationActivities.cancel_credits, request, **policies.DATABASE
            )
        )
        self._mailing.start(self._cancelled.notification_ids)
        return self._cancelled

    @workflow.query
    def state(self) -> CancellationState:
        return CancellationState(serial=self._cancelled.serial if self._cancelled else None)
