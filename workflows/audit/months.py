"""The audit log's upkeep: each minute what was queued is chained; each day months are made and archived."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.audit.months import (
        AddAuditMonths,
        ArchiveAuditMonth,
        AuditMonthActivities,
        ChainQueuedEntries,
    )
    from activities.payloads import Payload
    from workflows import policies
    from workflows.scheduled_runs import tell_found

QUEUE_SCHEDULE_ID = "audit-queue"
QUEUE_EVERY = timedelta(minutes=1)
LOOKS_FOR = timedelta(seconds=57)
"""The next run begins within seconds; two would only wait for one another."""

MONTHS_SCHEDULE_ID = "audit-months"
MONTHS_EVERY = timedelta(days=1)
ARCHIVED_AT_ONCE_MAX = 24
"""A registry that was not looked after for years catches up in some days, and histories stay short."""


class AuditMonthsState(Payload):
    """How many months were made, and how many archived, in this run."""

    added: int
    archived: int


@workflow.defn(
    # It lasts a minute and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class AuditQueueWorkflow:
    @workflow.run
    async def run(self) -> int:
        """How many entries were chained."""
        chained = await workflow.execute_activity_method(
            AuditMonthActivities.chain_queued_entries,
            ChainQueuedEntries(seconds=LOOKS_FOR.total_seconds()),
            **policies.AUDIT_CHAINING,
        )
        tell_found(chained.entries > 0, f"Entries: {chained.entries}")
        return chained.entries


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class AuditMonthsWorkflow:
    @workflow.run
    async def run(self) -> AuditMonthsState:
        added = await workflow.execute_activity_method(
            AuditMonthActivities.add_audit_months, AddAuditMonths(), **policies.DATABASE
        )
        archived = 0
        while archived < ARCHIVED_AT_ONCE_MAX:
            month = await workflow.execute_activity_method(
                AuditMonthActivities.archive_audit_month, ArchiveAuditMonth(), **policies.EXPORT
            )
            if month.month is None:
                break
            archived += 1
        tell_found(bool(added.months or archived), f"Archived: {archived} months")
        return AuditMonthsState(added=added.months, archived=archived)
