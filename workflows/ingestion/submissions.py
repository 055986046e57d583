"""One file that came in, a run of its own: read, checked, counted, told."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.ingestion.submissions import (
        FinishSubmission,
        IngestionActivities,
        ReadSubmission,
        SubmissionFinished,
    )
    from activities.payloads import PersonalRequest
    from workflows import policies, signals_and_mail
    from workflows.ingestion.issues import IssuesStart, start_follow_up, tell_resubmitted


def workflow_id(ingestion_id: UUID) -> str:
    return f"ingestion/{ingestion_id}"


class IngestionStart(PersonalRequest):
    """`answer_after_seconds`: how long what is wrong may wait before somebody is reminded."""

    ingestion_id: UUID
    answer_after_seconds: float = 72 * 3600


@workflow.defn(
    # It lasts minutes, hours for the largest files, and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class IngestionWorkflow:
    @workflow.init
    def __init__(self, start: IngestionStart) -> None:  # noqa: ARG002 -- it must have run's signature
        self._finished: SubmissionFinished | None = None
        self._mailing = signals_and_mail.Mailing()

    @workflow.run
    async def run(self, start: IngestionStart) -> SubmissionFinished:
        read = await workflow.execute_activity_method(
            IngestionActivities.read_submission,
            ReadSubmission(ingestion_id=start.ingestion_id, asked_from=start.asked_from),
            **policies.READ_FILE,
        )
        finished = self._finished = await workflow.execute_activity_method(
            IngestionActivities.finish_submission,
            FinishSubmission(
                ingestion_id=start.ingestion_id,
                refusal=read.refusal,
                asked_from=start.asked_from,
            ),
            **policies.SETTLE_FILE,
        )
        workflow.upsert_search_attributes([policies.STATUS.value_set(finished.status)])
        self._mailing.start(finished.notification_ids)
        # Histories from before there were groups of issues name neither.
        if finished.predecessor_id is not None:
            await tell_resubmitted(finished.predecessor_id)
        if finished.open_errors or finished.open_warnings:
            await start_follow_up(
                IssuesStart(
                    ingestion_id=start.ingestion_id,
                    answer_after_seconds=start.answer_after_seconds,
                    open_errors=finished.open_errors,
                    open_warnings=finished.open_warnings,
                )
            )
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._mailing.finish()
        return finished

    @workflow.update
    async def finished(self) -> SubmissionFinished:
        """Wait for the outcome."""
        await workflow.wait_condition(lambda: self._finished is not None)
        if self._finished is None:
            raise RuntimeError("the condition was just waited for")
        return self._finished
