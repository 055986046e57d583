"""
Database and chain are compared on a schedule; whoever keeps the registry is told of a difference.

Before, what was moved and has no chain record is given one (ADR 0045).
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.chain.reconciliation import ChainReconciled, ReconcileActivities, ReconcileChain
    from activities.credits.missing_records import MissingRecordActivities, QueueMissingRecords
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "reconcile"
WORKFLOW_ID = "reconcile"
EVERY = timedelta(days=1)


@workflow.defn(
    # It lasts minutes and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class ReconcileWorkflow:
    @workflow.run
    async def run(self) -> ChainReconciled:
        mailing = signals_and_mail.Mailing()
        # Pinned as it is, it may still be replayed from a history of before, and those are kept.
        if workflow.patched("missing-records"):
            await workflow.execute_activity_method(
                MissingRecordActivities.queue_missing_records,
                QueueMissingRecords(),
                **policies.MISSING_RECORDS,
            )
        reconciled = await workflow.execute_activity_method(
            ReconcileActivities.reconcile_chain,
            ReconcileChain(reconciliation_id=workflow.uuid4()),
            **policies.RECONCILE,
        )
        tell_found(not reconciled.agrees, f"Differences: {reconciled.differences}")
        mailing.start(reconciled.notification_ids, policies.SHORT_MAIL)
        await mailing.finish()
        return reconciled
