"""A reversal: the buffer stands for what was lost at once, the holders of touched retirements are told."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    VersioningBehavior,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.credits.reversal import RecordReversal, ReversalActivities, ReversalRecorded
    from activities.payloads import Payload
    from workflows import policies
    from workflows.accounts.mailing import MailingStart, MailingWorkflow, mailing_workflow_id
    from workflows.credits.obligation import ObligationStage, ObligationStart, ObligationWorkflow
    from workflows.credits.obligation import workflow_id as obligation_workflow_id
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
        recorded = await self._write(ReversalActivities.record_reversal, request, policies.REVERSAL)
        if recorded.due_at is not None:
            await _start_obligation(recorded.reversal_id, recorded.due_at)
        return recorded

    @workflow.query
    def state(self) -> ReversalState:
        return ReversalState(covered_units=self._written.covered_units if self._written else None)


async def _start_obligation(reversal_id: UUID, due_at: datetime) -> None:
    """What is owed outlives the reversal's own workflow by half a year."""
    attributes: list[SearchAttributePair[Any]] = [
        SearchAttributePair(policies.KIND, "obligation"),
        SearchAttributePair(policies.STATUS, ObligationStage.OPEN.value),
    ]
    # Whoever was quicker to make something good of it started it.
    with suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            ObligationWorkflow.run,
            ObligationStart(reversal_id=reversal_id, due_at=due_at),
            id=obligation_workflow_id(reversal_id),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=TypedSearchAttributes(attributes),
            static_summary="Obligation, until the loss is made good",
        )


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
