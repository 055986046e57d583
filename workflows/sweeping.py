"""What nobody will ask for any more is swept, each hour."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.sweeping import LeftoversSwept, SweepActivities, SweepLeftovers
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "sweep"
WORKFLOW_ID = "sweep"
EVERY = timedelta(hours=1)


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class SweepWorkflow:
    @workflow.run
    async def run(self) -> LeftoversSwept:
        swept = await workflow.execute_activity_method(
            SweepActivities.sweep_leftovers, SweepLeftovers(), **policies.SWEEP
        )
        counts = {
            "documents": swept.documents,
            "uploads": swept.uploads,
            "requests": swept.requests,
            "sign-ins": swept.sign_ins,
            "notices": len(swept.notification_ids),
        }
        tell_found(any(counts.values()), *(f"{name}: {count}" for name, count in counts.items()))
        mailing = signals_and_mail.Mailing()
        mailing.start(swept.notification_ids, policies.SHORT_MAIL)
        await mailing.finish()
        return swept
