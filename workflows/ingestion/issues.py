"""
What is wrong with a file waits for people, a run of its own: reminders, escalation, and what they decide.

The file's own run ends with its outcome on the version it began with; this one waits for weeks, and a
deployment moves it on (ADR 0009).
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    VersioningBehavior,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.ingestion.follow_up import (
        ActOnIssues,
        CloseIssues,
        IssueActivities,
        IssuesStep,
        NoteWaiting,
        TakeRest,
    )
    from activities.payloads import Payload
    from domain.errors import Conflict
    from workflows import policies, signals_and_mail

DEADLINES_MAX = 10
"""As many pass before the rest is given up: a month, at three days each."""


def workflow_id(ingestion_id: UUID) -> str:
    return f"ingestion-issues/{ingestion_id}"


class IssuesStart(Payload):
    ingestion_id: UUID
    answer_after_seconds: float
    open_errors: int
    open_warnings: int


class IssuesState(Payload):
    open_errors: int
    open_warnings: int
    resubmitted: bool = False


async def start_follow_up(start: IssuesStart) -> None:
    """From the file's own run, which does not wait for it."""
    try:
        await workflow.start_child_workflow(
            IngestionIssuesWorkflow.run,
            start,
            id=workflow_id(start.ingestion_id),
            task_queue=policies.REGISTRY_QUEUE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary="What is wrong with a file waits for people",
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(policies.KIND, "ingestion-issues"),
                    SearchAttributePair(policies.STATUS, "waiting"),
                    SearchAttributePair(policies.WAITING_SINCE, workflow.now()),
                ]
            ),
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.warning("The issues of this file are followed up already.")


async def tell_resubmitted(ingestion_id: UUID) -> None:
    """Another file came in the place of this one. Where nobody waits any more there is nobody to tell."""
    waiting = workflow.get_external_workflow_handle(workflow_id(ingestion_id))
    try:
        await waiting.signal("resubmitted")
    except ApplicationError as absent:
        workflow.logger.warning("Nobody follows that file's issues up: %s", absent.message)


@workflow.defn(
    versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    failure_exception_types=[pydantic.ValidationError],
)
class IngestionIssuesWorkflow:
    """One step at a time, so that of two people the second sees what the first decided."""

    @workflow.init
    def __init__(self, start: IssuesStart) -> None:
        self._start = start
        self._open_errors = start.open_errors
        self._open_warnings = start.open_warnings
        self._resubmitted = False
        self._turn = asyncio.Lock()
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: IssuesStart) -> IssuesState:
        lapsed = await self._wait()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await workflow.execute_activity_method(
            IssueActivities.close_issues,
            CloseIssues(ingestion_id=start.ingestion_id, lapsed=lapsed),
            **policies.SETTLE_FILE,
        )
        workflow.upsert_search_attributes(
            [policies.STATUS.value_set(policies.GIVEN_UP if lapsed else "settled")]
        )
        await self._mailing.finish()
        return self.state()

    @workflow.update
    async def act(self, request: ActOnIssues) -> IssuesStep:
        """What somebody decided about one group of issues; refused once another file came."""
        async with self._turn:
            step = await workflow.execute_activity_method(
                IssueActivities.act_on_issues, request, **policies.DATABASE
            )
            self._mailing.start(step.notification_ids)
            if step.takes_rest:
                rest = await workflow.execute_activity_method(
                    IssueActivities.take_rest,
                    TakeRest(ingestion_id=request.ingestion_id, asked_from=request.asked_from),
                    **policies.SETTLE_FILE,
                )
                self._mailing.start(rest.notification_ids)
            self._open_errors, self._open_warnings = step.open_errors, step.open_warnings
        return step

    @act.validator
    def _may_act(self, request: ActOnIssues) -> None:
        if request.ingestion_id != self._start.ingestion_id:
            raise Conflict("This is about another file.")
        if self._resubmitted:
            raise Conflict("Another file came in the place of this one, or it was withdrawn.")

    @workflow.signal
    def resubmitted(self) -> None:
        """The file in its place has its outcome."""
        self._resubmitted = True

    @workflow.query
    def state(self) -> IssuesState:
        return IssuesState(
            open_errors=self._open_errors,
            open_warnings=self._open_warnings,
            resubmitted=self._resubmitted,
        )

    def _is_over(self) -> bool:
        return self._resubmitted or not (self._open_errors or self._open_warnings)

    async def _wait(self) -> bool:
        """Whether it was given up: after each deadline somebody hears of it, staff from the second on."""
        deadline = timedelta(seconds=self._start.answer_after_seconds)
        for occasion in range(1, DEADLINES_MAX + 1):
            try:
                await workflow.wait_condition(
                    self._is_over,
                    timeout=deadline,
                    timeout_summary=f"until reminder {occasion} of what is wrong",
                )
            except TimeoutError:
                noted = await workflow.execute_activity_method(
                    IssueActivities.note_waiting,
                    NoteWaiting(
                        ingestion_id=self._start.ingestion_id,
                        occasion=occasion,
                        escalated=occasion > 1,
                    ),
                    **policies.DATABASE,
                )
                self._mailing.start(noted.notification_ids)
                continue
            return False
        return True
