"""A freeze or an unfreeze: one change of the registry's state, and nothing to follow."""

from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.freeze import ChangeState, FreezeActivities, StateChanged
    from activities.payloads import Payload
    from workflows import policies
    from workflows.single_write_workflow import MailedSingleWriteWorkflow


def workflow_id(operation_id: UUID) -> str:
    return f"freeze/{operation_id}"


class FreezeStage(StrEnum):
    WAITING_FOR_REQUEST = "waiting_for_request"
    DONE = "done"


class FreezeStart(Payload):
    operation_id: UUID


class FreezeState(Payload):
    """`frozen` is None until the registry's state was changed."""

    stage: FreezeStage
    frozen: bool | None = None


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class FreezeWorkflow(MailedSingleWriteWorkflow[StateChanged]):
    @workflow.run
    async def run(self, start: FreezeStart) -> FreezeState:  # noqa: ARG002 -- named for those who look
        if await self._is_accepted():
            workflow.upsert_search_attributes([policies.STATUS.value_set(FreezeStage.DONE.value)])
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def freeze(self, request: ChangeState) -> StateChanged:
        return await self._write(FreezeActivities.freeze_registry, request)

    @workflow.update
    async def unfreeze(self, request: ChangeState) -> StateChanged:
        return await self._write(FreezeActivities.unfreeze_registry, request)

    @workflow.query
    def state(self) -> FreezeState:
        if self._written is None:
            return FreezeState(stage=FreezeStage.WAITING_FOR_REQUEST)
        return FreezeState(stage=FreezeStage.DONE, frozen=self._written.frozen)
