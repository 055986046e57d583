"""Digests, looked for every half hour: zones differ by as little."""

from datetime import timedelta

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.accounts.digests import (
        DigestActivities,
        DigestsPlanned,
        MailDigest,
        PlanDigests,
    )
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "digests"
WORKFLOW_ID = "digests"
EVERY = timedelta(minutes=30)


@workflow.defn(
    # It lasts minutes, and another one comes (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class DigestsWorkflow:
    """Plans what is due and mails it; what could not be mailed is mailed by the next run."""

    @workflow.run
    async def run(self) -> DigestsPlanned:
        planned = await workflow.execute_activity_method(
            DigestActivities.plan_digests, PlanDigests(), **policies.DATABASE
        )
        due = len(planned.digest_ids)
        tell_found(due > 0, f"Digests: {due}")
        under_way = [
            workflow.start_activity_method(
                DigestActivities.mail_digest,
                MailDigest(digest_id=digest_id),
                **policies.SHORT_MAIL,
            )
            for digest_id in planned.digest_ids
        ]
        for mailing in under_way:
            try:
                await mailing
            except ActivityError as unsent:
                workflow.logger.error("A digest was not mailed yet: %s", unsent.message)
        return planned
