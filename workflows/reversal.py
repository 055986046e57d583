"""A reversal: the buffer stands for what was lost at once, the holders of touched retirements are told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.reversal import RecordReversal, ReversalActivities, ReversalRecorded
    from workflows.attempts import MailedAttempt


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
class ReversalWorkflow(MailedAttempt[ReversalRecorded]):
    @workflow.run
    async def run(self, start: ReversalStart) -> ReversalState:  # noqa: ARG002 -- read by Temporal
        await self._finish()
        return self.state()

    @workflow.update
    async def record(self, request: RecordReversal) -> ReversalRecorded:
        return await self._write(ReversalActivities.record_reversal, request)

    @workflow.query
    def state(self) -> ReversalState:
        return ReversalState(covered_units=self._written.covered_units if self._written else None)
