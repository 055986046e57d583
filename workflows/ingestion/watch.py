"""How long faults of files wait for people is measured on a schedule (deploy/prometheus/alerts.yml)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.ingestion.follow_up import IssueActivities, IssuesMeasured, MeasureIssues
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "ingestion-watch"
EVERY = timedelta(minutes=5)


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class IngestionWatchWorkflow:
    @workflow.run
    async def run(self) -> IssuesMeasured:
        measured = await workflow.execute_activity_method(
            IssueActivities.measure_issues, MeasureIssues(), **policies.DATABASE
        )
        tell_found(False, f"Groups that wait: {measured.groups}")
        return measured
