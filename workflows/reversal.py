"""A reversal: the buffer stands for what was lost at once, the holders of touched retirements are told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.reversal import RecordReversal, ReversalActivities, ReversalRecorded
    from workflows import notices, policies
    from workflows.attempts import Attempt


def workflow_id(reversal_id: UUID) -> str:
    return f"reversal/{reversal_id}"


class ReversalStart(Payload):
    reversal_id: UUID


class ReversalState(Payload):
    """`covered_units` None means that it was refused, or has not happened yet."""

    covered_units: int | None = None


@workflow.defn(
    # It lasts as long as the mails to the holders take; its order of steps is fixed (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class ReversalWorkflow:
    @workflow.init
    def __init__(self, start: ReversalStart) -> None:
        self._start = start
        self._attempt = Attempt()
        self._recorded: ReversalRecorded | None = None
        self._mailing = notices.Mailing()

    @workflow.run
    async def run(self, start: ReversalStart) -> ReversalState:  # noqa: ARG002 -- kept by init
        if not await self._attempt.accepted():
            return self.state()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def record(self, request: RecordReversal) -> ReversalRecorded:
        self._recorded = await self._attempt.make(
            workflow.execute_activity_method(
                ReversalActivities.record_reversal, request, **policies.DATABASE
            )
        )
        self._mailing.start(self._recorded.notification_ids)
        return self._recorded

    @workflow.query
    def state(self) -> ReversalState:
        return ReversalState(covered_units=self._recorded.covered_units if self._recorded else None)
