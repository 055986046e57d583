"""The follower: whoever waits for a record is told, and wallets are woken when there is room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.chain.anchoring import ChainFollowed, ConfirmedRecord, RecordsAnchored
from tests.workflows.chain.test_wallet import open_wallet
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.forever import time_passes, until, until_doing, until_run_after
from workflows import policies
from workflows.chain.follower import FollowerStart, FollowerWorkflow, Watch, workflow_id
from workflows.chain.wallet import Activity

NOTHING = ChainFollowed()


@asynccontextmanager
async def open_follower(
    stage: Stage, network: str | None = None
) -> AsyncIterator[WorkflowHandle[FollowerWorkflow, None]]:
    network = network or f"devnet-{uuid4()}"
    handle = await stage.client.start_workflow(
        FollowerWorkflow.run,
        FollowerStart(network=network),
        id=workflow_id(network),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    yield handle


async def test_the_workflow_that_waits_for_a_record_is_told_and_that_is_noted(stage: Stage) -> None:
    retirement = await stage.retire()
    record = ConfirmedRecord(record_id=stage.registry.record_id, workflow_id=retirement.id)
    async with open_follower(stage) as follower:
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(record,), in_flight=1))

        await retirement.result()
        await until(lambda: stage.chain.announced == [stage.registry.record_id])
        stage.chain.findings.put_nowait(NOTHING)
        await until_doing(follower, Watch.IDLE)
        await keep_history(follower, "follower-announces")


async def test_workflows_that_are_gone_do_not_stop_the_follower(stage: Stage) -> None:
    records = tuple(
        ConfirmedRecord(record_id=uuid4(), workflow_id=f"retirement/long-gone-{number}")
        for number in range(30)
    )
    async with open_follower(stage):
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=records, in_flight=1))

        await until(lambda: stage.chain.announced == [record.record_id for record in records])


async def test_a_wallet_is_woken_when_records_wait_again(stage: Stage) -> None:
    network = f"devnet-{uuid4()}"
    stage.chain.answers = [RecordsAnchored(waiting=1, held=True)]
    async with open_wallet(stage, network=network) as wallet, open_follower(stage, network):
        await until_doing(wallet, Activity.HELD)
        stage.chain.queue = ["rebuilt"]

        stage.chain.findings.put_nowait(ChainFollowed(requeued=True, wake=("platform",)))

        await until(lambda: stage.chain.submitted == ["rebuilt"])


async def test_an_idle_follower_begins_again_when_something_is_sent(stage: Stage) -> None:
    record = ConfirmedRecord(record_id=uuid4(), workflow_id="retirement/long-gone")
    async with open_follower(stage) as follower:
        stage.chain.findings.put_nowait(NOTHING)
        await until_doing(follower, Watch.IDLE)
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(record,), in_flight=1))

        await follower.signal(FollowerWorkflow.transaction_stored)

        await until(lambda: stage.chain.announced == [record.record_id])


async def test_a_provider_that_turns_us_away_makes_the_follower_rest_not_end(stage: Stage) -> None:
    stage.chain.turned_away = ApplicationError("403", type="ChainMisconfigured", non_retryable=True)
    async with open_follower(stage) as follower:
        await until_doing(follower, Watch.PAUSED)
        said = await follower.query(FollowerWorkflow.state)
        stage.chain.findings.put_nowait(NOTHING)

        async with time_passes(stage, follower, policies.CHAIN_PAUSE):
            await until_doing(follower, Watch.IDLE)
        await keep_history(follower, "follower-paused")

    assert said.trouble is not None
    assert "403" in said.trouble


async def test_the_follower_continues_as_new_and_goes_on_telling(stage: Stage) -> None:
    records = [ConfirmedRecord(record_id=uuid4(), workflow_id="retirement/none") for _ in range(12)]
    async with open_follower(stage) as follower:
        for record in records:
            stage.chain.findings.put_nowait(ChainFollowed(confirmed=(record,), in_flight=1))

        await until(lambda: stage.chain.announced == [record.record_id for record in records])

        await until_run_after(follower, follower.first_execution_run_id)
