"""The ledger is recomputed on a schedule; whoever keeps it is told of a difference."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.ledger_check import CheckLedger, ConservationActivities, LedgerChecked
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "conservation"
WORKFLOW_ID = "conservation"
EVERY = timedelta(minutes=15)
CATCH_UP = timedelta(minutes=1)


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class ConservationWorkflow:
    @workflow.run
    async def run(self) -> LedgerChecked:
        mailing = signals_and_mail.Mailing()
        checked = await workflow.execute_activity_method(
            ConservationActivities.check_ledger,
            CheckLedger(check_id=workflow.uuid4()),
            **policies.LEDGER_CHECK,
        )
        tell_found(not checked.holds, f"Differences: {checked.differences}")
        mailing.start(checked.notification_ids, policies.SHORT_MAIL)
        await mailing.finish()
        return checked
