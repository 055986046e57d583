"""Database and chain are compared on a schedule; whoever keeps the registry is told of a difference."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.chain.reconciliation import ChainReconciled, ReconcileActivities, ReconcileChain
    from workflows import policies, signals_and_mail

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
        reconciled = await workflow.execute_activity_method(
            ReconcileActivities.reconcile_chain,
            ReconcileChain(reconciliation_id=workflow.uuid4()),
            **policies.RECONCILE,
        )
        mailing.start(reconciled.notification_ids, policies.SHORT_MAIL)
        await mailing.finish()
        return reconciled
