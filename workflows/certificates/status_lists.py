"""Every five minutes what became of credentials is looked up, and the lists that changed are signed."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.certificates.status_lists import (
        SignStatusLists,
        StatusListActivities,
        StatusListsSigned,
    )
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "status-lists"
EVERY = timedelta(minutes=5)


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class StatusListsWorkflow:
    @workflow.run
    async def run(self) -> StatusListsSigned:
        signed = await workflow.execute_activity_method(
            StatusListActivities.sign_status_lists, SignStatusLists(), **policies.TRANSPARENCY
        )
        tell_found(signed.changed > 0, f"Changed: {signed.changed}")
        return signed
