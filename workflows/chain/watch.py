"""The way to the chain is watched on a schedule; staff are told of trouble."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.chain.watch import ChainWatchActivities, ChainWatched, WatchChain
    from workflows import policies, signals_and_mail
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "chain-watch"
WORKFLOW_ID = "chain-watch"
EVERY = timedelta(minutes=1)


@workflow.defn(
    # It lasts seconds and finishes on the version it began with (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
)
class ChainWatchWorkflow:
    @workflow.run
    async def run(self) -> ChainWatched:
        mailing = signals_and_mail.Mailing()
        watched = await workflow.execute_activity_method(
            ChainWatchActivities.watch_chain,
            WatchChain(watch_id=workflow.uuid4()),
            **policies.CHAIN_WATCH,
        )
        tell_found(watched.troubles > 0, f"Troubles: {watched.troubles}")
        mailing.start(watched.notification_ids, policies.ALERT_MAIL)
        await mailing.finish()
        return watched
