"""One act of staff on what others say: recorded, confirmed or withdrawn at once, and whoever must know is told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.standards.authorisations import (
        AuthorisationActivities,
        RecordAuthorisationStep,
        RequestAuthorisation,
    )
    from activities.standards.foreign_ranges import ForeignRangeActivities, RecordForeignRange
    from activities.standards.labels import LabelActivities, RecordLabel
    from activities.standards.records import RecordStep, SettleRecord
    from domain.standards.records import StandardRecordStatus
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


def workflow_id(operation_id: UUID) -> str:
    return f"standard-record/{operation_id}"


class StandardRecordStart(Payload):
    operation_id: UUID


class StandardRecordState(Payload):
    """`status` None means that it was refused, or has not happened yet."""

    status: StandardRecordStatus | None = None


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class StandardRecordWorkflow(MailedSingleWriteWorkflow[RecordStep]):
    """Each run carries one of its updates; the second pair of eyes comes with a run of its own, whenever it likes."""

    @workflow.init
    def __init__(self, start: StandardRecordStart) -> None:  # noqa: ARG002 -- as `run` has it
        super().__init__(skip_start_timer=True)

    @workflow.run
    async def run(self, start: StandardRecordStart) -> StandardRecordState:  # noqa: ARG002 -- read by Temporal
        await self._finish()
        return self.state()

    @workflow.update
    async def record_label(self, request: RecordLabel) -> RecordStep:
        return await self._write(LabelActivities.record_label, request)

    @workflow.update
    async def settle_label(self, request: SettleRecord) -> RecordStep:
        return await self._write(LabelActivities.settle_label, request)

    @workflow.update
    async def request_authorisation(self, request: RequestAuthorisation) -> RecordStep:
        return await self._write(AuthorisationActivities.request_authorisation, request)

    @workflow.update
    async def record_authorisation_step(self, request: RecordAuthorisationStep) -> RecordStep:
        return await self._write(AuthorisationActivities.record_authorisation_step, request)

    @workflow.update
    async def settle_authorisation_step(self, request: SettleRecord) -> RecordStep:
        return await self._write(AuthorisationActivities.settle_authorisation_step, request)

    @workflow.update
    async def record_foreign_range(self, request: RecordForeignRange) -> RecordStep:
        return await self._write(ForeignRangeActivities.record_foreign_range, request)

    @workflow.update
    async def settle_foreign_range(self, request: SettleRecord) -> RecordStep:
        return await self._write(ForeignRangeActivities.settle_foreign_range, request)

    @workflow.query
    def state(self) -> StandardRecordState:
        return StandardRecordState(status=self._written.status if self._written else None)
