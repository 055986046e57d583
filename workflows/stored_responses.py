"""Answers that were kept for a day are forgotten, each hour."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.stored_responses import (
        AnswersForgotten,
        ForgetAnswers,
        StoredResponseActivities,
    )
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "answers"
WORKFLOW_ID = "answers"
EVERY = timedelta(hours=1)


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class AnswersWorkflow:
    @workflow.run
    async def run(self) -> AnswersForgotten:
        forgotten = await workflow.execute_activity_method(
            StoredResponseActivities.forget_answers, ForgetAnswers(), **policies.LEDGER_CHECK
        )
        tell_found(forgotten.answers > 0, f"Answers: {forgotten.answers}")
        return forgotten
