"""The wallet: one queue, in order, followed to the end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.chain import ChainFollowed, ConfirmedRecord
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.wallet import Activity, WalletStart, WalletWorkflow, workflow_id

NOTHING = ChainFollowed()


@asynccontextmanager
async def open_wallet(stage: Stage) -> AsyncIterator[WorkflowHandle[WalletWorkflow, None]]:
    handle = await stage.client.start_workflow(
        WalletWorkflow.run,
        WalletStart(network="devnet"),
        id=f"{workflow_id('devnet')}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    yield handle


@asynccontextmanager
async def time_passes(
    stage: Stage, wallet: WorkflowHandle[WalletWorkflow, None], duration: timedelta
) -> AsyncIterator[None]:
    """
    Let the workflow's clock run ahead while the block looks on.

    The clock stands still again as soon as an activity runs, and a wallet that follows the chain
    always runs one: so the skip itself is not waited for.
    """
    passing = asyncio.create_task(stage.env.fast_forward(wallet, duration * 1.5))
    yield
    passing.cancel()


async def test_what_waits_is_sent_in_order(stage: Stage) -> None:
    stage.chain.queue = ["a", "b", "c"]

    async with open_wallet(stage):
        await _until(lambda: stage.chain.submitted == ["a", "b", "c"])


async def test_a_record_queued_while_others_are_followed_is_sent_at_once(stage: Stage) -> None:
    stage.chain.queue = ["a"]
    async with open_wallet(stage) as wallet:
        await _until(lambda: stage.chain.submitted == ["a"])

        stage.chain.queue = ["b"]
        await wallet.signal(WalletWorkflow.records_queued)

        await _until(lambda: stage.chain.submitted == ["a", "b"])


async def test_the_workflow_that_waits_for_a_record_is_told_and_that_is_noted(stage: Stage) -> None:
    retirement = await stage.retire()
    record = ConfirmedRecord(record_id=stage.registry.record_id, workflow_id=retirement.id)
    async with open_wallet(stage) as wallet:
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(record,), in_flight=1))

        await retirement.result()
        await _until(lambda: stage.chain.announced == [stage.registry.record_id])
        stage.chain.findings.put_nowait(NOTHING)
        await _until_doing(wallet, Activity.IDLE)
        await keep_history(wallet, "wallet-announces")


async def test_a_workflow_that_is_gone_does_not_stop_the_wallet(stage: Stage) -> None:
    record = ConfirmedRecord(record_id=uuid4(), workflow_id="retirement/long-gone")
    async with open_wallet(stage):
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(record,), in_flight=1))

        await _until(lambda: stage.chain.announced == [record.record_id])


async def test_records_of_an_expired_transaction_are_sent_again(stage: Stage) -> None:
    async with open_wallet(stage):
        stage.chain.queue = ["rebuilt"]
        stage.chain.findings.put_nowait(ChainFollowed(requeued=True, in_flight=0))

        await _until(lambda: stage.chain.submitted == ["rebuilt"])


async def test_a_provider_that_turns_us_away_makes_the_wallet_rest_not_end(stage: Stage) -> None:
    stage.chain.turned_away = ApplicationError("403", type="ChainMisconfigured", non_retryable=True)
    async with open_wallet(stage) as wallet:
        await _until_doing(wallet, Activity.PAUSED)
        stage.chain.queue = ["after the pause"]

        async with time_passes(stage, wallet, policies.CHAIN_PAUSE):
            await _until(lambda: stage.chain.submitted == ["after the pause"])
        await keep_history(wallet, "wallet-paused")


async def test_bytes_that_could_not_be_sent_do_not_hold_up_the_next(stage: Stage) -> None:
    stage.chain.submit_fails = True
    stage.chain.queue = ["a"]
    async with open_wallet(stage) as wallet, time_passes(stage, wallet, timedelta(minutes=1)):
        await _until_doing(wallet, Activity.FOLLOWING)


async def test_an_idle_wallet_looks_at_its_queue_even_if_nobody_wakes_it(stage: Stage) -> None:
    async with open_wallet(stage) as wallet:
        stage.chain.findings.put_nowait(NOTHING)
        await _until_doing(wallet, Activity.IDLE)
        stage.chain.queue = ["forgotten"]

        async with time_passes(stage, wallet, policies.WALLET_CHECK):
            await _until(lambda: stage.chain.submitted == ["forgotten"])


async def test_the_wallet_continues_as_new_without_losing_a_record(stage: Stage) -> None:
    sent = [f"tx {n}" for n in range(12)]
    async with open_wallet(stage) as wallet:
        first_run = wallet.first_execution_run_id
        for tx_hash in sent:
            stage.chain.queue.append(tx_hash)
            await wallet.signal(WalletWorkflow.records_queued)
            await _until(partial(_was_submitted, stage, tx_hash))

        assert stage.chain.submitted == sent
        await _until_run_after(wallet, first_run)


def _was_submitted(stage: Stage, tx_hash: str) -> bool:
    return tx_hash in stage.chain.submitted


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


async def _until_doing(wallet: WorkflowHandle[WalletWorkflow, None], doing: Activity) -> None:
    for _ in range(300):
        if (await wallet.query(WalletWorkflow.state)).doing is doing:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the wallet never came to {doing}")


async def _until_run_after(
    wallet: WorkflowHandle[WalletWorkflow, None], first_run: str | None
) -> None:
    for _ in range(300):
        if (await wallet.describe()).run_id != first_run:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the wallet never continued as new")
