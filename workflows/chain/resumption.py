"""Resuming a parked chain record: back into the queue, and the wallet is woken."""

from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.chain.resumption import RecordResumed, ResumeRecord, ResumptionActivities
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail
    from workflows.single_write_workflow import SingleWriteWorkflow


def workflow_id(operation_id: UUID) -> str:
    return f"resumption/{operation_id}"


class ResumptionStage(StrEnum):
    WAITING_FOR_REQUEST = "waiting_for_request"
    DONE = "done"


class ResumptionStart(Payload):
    operation_id: UUID
    wallet_workflow_id: str


class ResumptionState(Payload):
    """`record_id` is None until the record was resumed."""

    stage: ResumptionStage
    record_id: UUID | None = None


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class ResumptionWorkflow(SingleWriteWorkflow[RecordResumed]):
    @workflow.run
    async def run(self, start: ResumptionStart) -> ResumptionState:
        if await self._is_accepted():
            await signals_and_mail.wake_wallet(start.wallet_workflow_id)
            workflow.upsert_search_attributes(
                [policies.STATUS.value_set(ResumptionStage.DONE.value)]
            )
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.state()

    @workflow.update
    async def resume(self, request: ResumeRecord) -> RecordResumed:
        return await self._write(ResumptionActivities.resume_record, request)

    @workflow.query
    def state(self) -> ResumptionState:
        if self._written is None:
            return ResumptionState(stage=ResumptionStage.WAITING_FOR_REQUEST)
        return ResumptionState(stage=ResumptionStage.DONE, record_id=self._written.record_id)
