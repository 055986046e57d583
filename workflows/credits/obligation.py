"""An obligation: what an uncovered loss leaves is made good, or reminded of, and overdue after its day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.obligation import (
        CancelSuspended,
        ObligationActivities,
        ObligationDeadline,
        ObligationStep,
        ReplaceLoss,
    )
    from activities.payloads import Payload
    from domain.credits.obligation import REMINDER_BEFORE
    from workflows import policies, signals_and_mail


def workflow_id(reversal_id: UUID) -> str:
    return f"obligation/{reversal_id}"


class ObligationStage(StrEnum):
    OPEN = "open"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    SETTLED = "settled"


class ObligationStart(Payload):
    reversal_id: UUID
    due_at: datetime


class ObligationState(Payload):
    """`owed_units` None: nothing was made good yet, so all of it is owed."""

    stage: ObligationStage
    owed_units: int | None = None


@workflow.defn(
    # It waits half a year for people, across many deployments (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class ObligationWorkflow:
    """Each step is tried until the database has it; a refusal ends the update that asked for it."""

    @workflow.init
    def __init__(self, start: ObligationStart) -> None:
        self._deadline = ObligationDeadline(reversal_id=start.reversal_id)
        self._stage = ObligationStage.OPEN
        self._owed_units: int | None = None
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: ObligationStart) -> ObligationState:
        for moment, stage, step in (
            (
                start.due_at - REMINDER_BEFORE,
                ObligationStage.REMINDED,
                ObligationActivities.remind_of_obligation,
            ),
            (
                start.due_at,
                ObligationStage.OVERDUE,
                ObligationActivities.note_obligation_overdue,
            ),
        ):
            if await self._is_settled_by(moment):
                break
            told = await workflow.execute_activity_method(step, self._deadline, **policies.DATABASE)
            self._take(told, stage)
        await workflow.wait_condition(self._is_settled)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def replace(self, request: ReplaceLoss) -> ObligationStep:
        step = await workflow.execute_activity_method(
            ObligationActivities.replace_loss, request, **policies.REVERSAL
        )
        self._take(step, self._stage)
        return step

    @workflow.update
    async def cancel_suspended(self, request: CancelSuspended) -> ObligationStep:
        step = await workflow.execute_activity_method(
            ObligationActivities.cancel_suspended, request, **policies.REVERSAL
        )
        self._take(step, self._stage)
        return step

    @workflow.query
    def state(self) -> ObligationState:
        return ObligationState(stage=self._stage, owed_units=self._owed_units)

    async def _is_settled_by(self, moment: datetime) -> bool:
        """Wait until then at most. Of a deadline in the past it is asked at once."""
        left = max(moment - workflow.now(), timedelta(0))
        return await _within(left, self._is_settled)

    def _is_settled(self) -> bool:
        return self._stage is ObligationStage.SETTLED

    def _take(self, step: ObligationStep, stage: ObligationStage) -> None:
        self._owed_units = step.owed_units
        self._mailing.start(step.notification_ids)
        if not self._is_settled():
            self._stage = ObligationStage.SETTLED if step.settled else stage
            workflow.set_current_details(
                f"Stage: {self._stage.value}  \nOwed, in units of 0.01 t: {self._owed_units}"
            )
            workflow.upsert_search_attributes([policies.STATUS.value_set(self._stage.value)])


async def _within(time: timedelta, condition: Callable[[], bool]) -> bool:
    if condition():
        return True
    try:
        await workflow.wait_condition(condition, timeout=time)
    except TimeoutError:
        return False
    return True
