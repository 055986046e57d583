"""The watch on the way to the chain: scheduled each minute, never twice at once, and staff are mailed."""

from uuid import uuid4

from activities.chain.watch import ChainWatched
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.chain import watch as chain_watch
from workflows.chain.watch import ChainWatchWorkflow


async def watch(stage: Stage) -> ChainWatched:
    handle = await stage.client.start_workflow(
        ChainWatchWorkflow.run,
        id=f"{chain_watch.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    watched = await handle.result()
    await keep_history(handle, f"chain-watch-{'trouble' if watched.troubles else 'quiet'}")
    return watched


async def test_a_quiet_way_to_the_chain_disturbs_nobody(stage: Stage) -> None:
    assert (await watch(stage)).troubles == 0

    assert stage.registry.mailed == []


async def test_staff_are_mailed_about_trouble(stage: Stage) -> None:
    stage.chain.alert_notification_ids = (uuid4(), uuid4())

    await watch(stage)

    assert sorted(stage.registry.mailed) == sorted(stage.chain.alert_notification_ids)


def test_mail_that_is_late_never_holds_up_the_next_watch() -> None:
    assert policies.ALERT_MAIL["schedule_to_close_timeout"] < chain_watch.EVERY
