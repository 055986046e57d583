"""An appeal or a grievance, from its filing until it is decided; staff are reminded before each day, and told after."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from activities.projects.programme.appeals import (
        AcknowledgeAppeal,
        AppealActivities,
        AppealDeadline,
        AppealStep,
        DecideAppeal,
        FileAppeal,
        NoteAppealDeadline,
    )
    from domain.errors import AppealSettled
    from domain.projects.programme.appeals import REMINDED_AFTER, SETTLED, AppealStatus
    from workflows import policies, signals_and_mail


def workflow_id(appeal_id: UUID) -> str:
    return f"appeal/{appeal_id}"


class AppealStart(Payload):
    appeal_id: UUID


class AppealState(Payload):
    """`status` None means that it was refused as it was filed, or has not been yet."""

    status: AppealStatus | None = None


@workflow.defn(
    # It waits for people for weeks, across deployments (ADR 0009).
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class AppealWorkflow:
    """One step at a time, so that of two decisions the second is refused by the first."""

    @workflow.init
    def __init__(self, start: AppealStart) -> None:
        self._id = start.appeal_id
        self._filed: AppealStep | None = None
        self._status: AppealStatus | None = None
        self._turn = asyncio.Lock()
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: AppealStart) -> AppealState:  # noqa: ARG002 -- taken by __init__
        try:
            await workflow.wait_condition(self._is_filed, timeout=policies.NO_ONE_CAME)
        except TimeoutError:
            await workflow.wait_condition(workflow.all_handlers_finished)
        if self._filed is None:
            workflow.upsert_search_attributes([policies.STATUS.value_set(policies.GIVEN_UP)])
        else:
            filed = self._filed
            await self._wait(
                AppealDeadline.ACKNOWLEDGEMENT,
                self._is_acknowledged,
                filed.filed_at,
                filed.acknowledge_by,
            )
            await self._wait(
                AppealDeadline.ANSWER, self._is_decided, filed.filed_at, filed.answer_by
            )
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def file(self, request: FileAppeal) -> AppealStep:
        step = await self._step(AppealActivities.file_appeal, request, "File what is said")
        self._filed = step
        return step

    @workflow.update
    async def acknowledge(self, request: AcknowledgeAppeal) -> AppealStep:
        return await self._step(AppealActivities.acknowledge_appeal, request, "Acknowledge")

    @workflow.update
    async def decide(self, request: DecideAppeal) -> AppealStep:
        return await self._step(AppealActivities.decide_appeal, request, "Decide")

    # What the workflow's own state shows already is refused before it costs an event.
    @acknowledge.validator
    def _before_acknowledging(self, request: AcknowledgeAppeal) -> None:  # noqa: ARG002 -- fixed signature
        if self._is_decided():
            raise AppealSettled(f"This was {self._status} already.")

    @decide.validator
    def _before_deciding(self, request: DecideAppeal) -> None:  # noqa: ARG002 -- fixed signature
        if self._is_decided():
            raise AppealSettled(f"This was {self._status} already.")

    @workflow.query
    def state(self) -> AppealState:
        return AppealState(status=self._status)

    async def _wait(
        self,
        deadline: AppealDeadline,
        done: Callable[[], bool],
        since: datetime,
        until: datetime,
    ) -> None:
        """As long as it takes: remind when most of the time is over, and escalate when all of it is."""
        remind = since + (until - since) * REMINDED_AFTER
        for moment, overdue in ((remind, False), (until, True)):
            left = max(moment - workflow.now(), timedelta(0))
            what = "is overdue" if overdue else "comes soon"
            try:
                await workflow.wait_condition(
                    done, timeout=left, timeout_summary=f"Until the {deadline.value} {what}"
                )
            except TimeoutError:
                await self._step(
                    AppealActivities.note_appeal_deadline,
                    NoteAppealDeadline(appeal_id=self._id, deadline=deadline, overdue=overdue),
                    f"The {deadline.value} {what}",
                )
            else:
                return
        await workflow.wait_condition(done)

    async def _step(
        self,
        activity: Callable[[Any, Any], Awaitable[AppealStep]],
        request: Payload,
        summary: str,
    ) -> AppealStep:
        async with self._turn:
            step = await workflow.execute_activity_method(
                activity, request, summary=summary, **policies.DATABASE
            )
            self._mailing.start(step.notification_ids)
            self._take(step)
        return step

    def _take(self, step: AppealStep) -> None:
        if step.status is self._status:
            return
        self._status = step.status
        workflow.set_current_details(
            f"Status: {step.status.value}  \nAcknowledge by: {step.acknowledge_by.isoformat()}  \n"
            f"Decide by: {step.answer_by.isoformat()}"
        )
        workflow.upsert_search_attributes(
            [
                policies.STATUS.value_set(step.status.value),
                policies.WAITING_SINCE.value_set(workflow.now()),
            ]
        )

    def _is_filed(self) -> bool:
        return self._filed is not None

    def _is_acknowledged(self) -> bool:
        return self._status is not None and self._status is not AppealStatus.FILED

    def _is_decided(self) -> bool:
        return self._status in SETTLED
