"""A reversal: the buffer stands for what was lost at once, the holders of touched retirements are told."""

from contextlib import suppress
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.reversal import RecordReversal, ReversalActivities, ReversalRecorded
    from activities.payloads import Payload
    from workflows import policies
    from workflows.accounts.mailing import MailingStart, MailingWorkflow, mailing_workflow_id
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


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
class ReversalWorkflow(MailedSingleWriteWorkflow[ReversalRecorded]):
    @workflow.run
    async def run(self, start: ReversalStart) -> ReversalState:
        await self._finish()
        if self._written is not None:
            await _mail_in_batches(start.reversal_id, self._written.notices)
        return self.state()

    @workflow.update
    async def record(self, request: RecordReversal) -> ReversalRecorded:
        return await self._write(ReversalActivities.record_reversal, request, policies.REVERSAL)

    @workflow.query
    def state(self) -> ReversalState:
        return ReversalState(covered_units=self._written.covered_units if self._written else None)


async def _mail_in_batches(reversal_id: UUID, notices: int) -> None:
    """
    A batch is a workflow of its own: a loss may touch more retirements than one history can hold.

    The next begins when the one before is through, or after a while: an address that takes no mail
    is tried for a day and must not hold up the others.
    """
    batches: list[workflow.ChildWorkflowHandle[MailingWorkflow, None]] = []
    for first in range(0, notices, policies.NOTICES_PER_BATCH):
        batch = await workflow.start_child_workflow(
            MailingWorkflow.run,
            MailingStart(reversal_id=reversal_id, first=first),
            id=mailing_workflow_id(reversal_id, first),
            static_summary="Mails a part of a reversal's notices",
        )
        batches.append(batch)
        with suppress(TimeoutError):
            await workflow.wait_condition(batch.done, timeout=policies.NEXT_BATCH)
    for batch in batches:
        await batch
