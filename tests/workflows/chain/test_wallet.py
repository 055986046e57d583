"""A wallet: one queue, in order; records wait for one another for a moment, and for nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.chain.anchoring import AnchorRecords, RecordsAnchored
from activities.chain.wallets import ChangeWallet, WalletChanged
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.forever import time_passes, until, until_doing, until_it_is, until_run_after
from workflows import policies
from workflows.chain.follower import FollowerStart, FollowerWorkflow
from workflows.chain.ids import follower_workflow_id
from workflows.chain.wallet import (
    FULL_AFTER_WAKES,
    Activity,
    WalletStart,
    WalletWorkflow,
    WalletWorkflowState,
    workflow_id,
)

FLUSH = timedelta(seconds=3)
COMPANY = RecordsAnchored(waiting=2, flush_in_seconds=FLUSH.total_seconds())


@asynccontextmanager
async def open_wallet(
    stage: Stage, name: str = "platform", network: str | None = None
) -> AsyncIterator[WorkflowHandle[WalletWorkflow, None]]:
    network = network or f"devnet-{uuid4()}"
    handle = await stage.client.start_workflow(
        WalletWorkflow.run,
        WalletStart(network=network, wallet=name),
        id=workflow_id(network, name),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    yield handle


async def test_what_waits_is_sent_in_order(stage: Stage) -> None:
    stage.chain.queue = ["a", "b", "c"]

    async with open_wallet(stage) as wallet:
        await until(lambda: stage.chain.submitted == ["a", "b", "c"])
        await until_doing(wallet, Activity.IDLE)

    assert stage.chain.asked == [AnchorRecords()] * 4


async def test_a_record_queued_later_is_sent_at_once(stage: Stage) -> None:
    stage.chain.queue = ["a"]
    async with open_wallet(stage) as wallet:
        await until(lambda: stage.chain.submitted == ["a"])
        await until_doing(wallet, Activity.IDLE)

        stage.chain.queue = ["b"]
        await wallet.signal(WalletWorkflow.records_queued)

        await until(lambda: stage.chain.submitted == ["a", "b"])
        await keep_history(wallet, "wallet-sends")


async def test_records_wait_a_few_seconds_for_others_and_then_go(stage: Stage) -> None:
    stage.chain.answers, stage.chain.queue = [COMPANY], ["two together"]

    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.GATHERING)
        before = list(stage.chain.submitted)
        async with time_passes(stage, wallet, FLUSH):
            await until(lambda: stage.chain.submitted == ["two together"])
        await keep_history(wallet, "wallet-gathers")

    assert before == []
    assert stage.chain.asked[:2] == [AnchorRecords(), AnchorRecords(flush=True)]


async def test_as_many_as_fill_a_transaction_are_not_kept_waiting(stage: Stage) -> None:
    stage.chain.answers = [COMPANY]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.GATHERING)
        stage.chain.queue = ["full"]

        for _ in range(FULL_AFTER_WAKES):
            await wallet.signal(WalletWorkflow.records_queued)

        await until(lambda: stage.chain.submitted == ["full"])
    assert stage.chain.asked[1] == AnchorRecords(flush=False)


async def test_a_wallet_that_looked_early_still_keeps_its_time(stage: Stage) -> None:
    """A block that came gives a reason to look, but no reason to wait anew."""
    stage.chain.answers, stage.chain.queue = [COMPANY, COMPANY], ["in time"]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.GATHERING)
        await wallet.signal(WalletWorkflow.blocks_came)
        await until(lambda: len(stage.chain.asked) == 2)

        async with time_passes(stage, wallet, FLUSH):
            await until(lambda: stage.chain.submitted == ["in time"])

    assert [asked.flush for asked in stage.chain.asked[:3]] == [False, False, True]


async def test_a_wallet_with_too_much_on_its_way_waits_for_blocks(stage: Stage) -> None:
    stage.chain.answers, stage.chain.queue = [RecordsAnchored(waiting=9, held=True)], ["next"]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.HELD)
        await wallet.signal(WalletWorkflow.records_queued)
        before = list(stage.chain.submitted)

        await wallet.signal(WalletWorkflow.blocks_came)

        await until(lambda: stage.chain.submitted == ["next"])
    assert before == []


async def test_a_wallet_that_cannot_pay_says_so_and_looks_every_minute(stage: Stage) -> None:
    low = RecordsAnchored(waiting=1, too_low="nothing to pay fees with")
    stage.chain.answers, stage.chain.queue = [low], ["topped up"]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.LOW)
        said = await wallet.query(WalletWorkflow.state)

        async with time_passes(stage, wallet, policies.TOP_UP_CHECK):
            await until(lambda: stage.chain.submitted == ["topped up"])

    assert said == WalletWorkflowState(
        doing=Activity.LOW,
        frozen=False,
        transactions_sent=0,
        waiting=1,
        trouble="nothing to pay fees with",
    )


async def test_a_frozen_wallet_signs_nothing_until_it_is_resumed(stage: Stage) -> None:
    change = ChangeWallet(operation_id=uuid4(), actor_id=uuid4())
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.IDLE)

        frozen = await wallet.execute_update(WalletWorkflow.freeze, change)
        stage.chain.queue = ["after the freeze"]
        await wallet.signal(WalletWorkflow.records_queued)
        await until_doing(wallet, Activity.FROZEN)
        meanwhile = list(stage.chain.submitted)
        resumed = await wallet.execute_update(WalletWorkflow.resume, change)
        await until(lambda: stage.chain.submitted == ["after the freeze"])
        await keep_history(wallet, "wallet-frozen")

    assert meanwhile == []
    assert frozen == WalletChanged(wallet="platform", frozen=True)
    assert resumed == WalletChanged(wallet="platform", frozen=False)


async def test_a_wallet_whose_key_refused_to_sign_says_why_and_waits_for_staff(
    stage: Stage,
) -> None:
    refused = RecordsAnchored(frozen=True, refused="The fee is too high.")
    stage.chain.answers, stage.chain.queue = [refused], ["after the resume"]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.FROZEN)
        said = await wallet.query(WalletWorkflow.state)
        await wallet.signal(WalletWorkflow.records_queued)
        meanwhile = list(stage.chain.submitted)
        change = ChangeWallet(operation_id=uuid4(), actor_id=uuid4())
        await wallet.execute_update(WalletWorkflow.resume, change)
        await until(lambda: stage.chain.submitted == ["after the resume"])

    assert (said.frozen, said.trouble, meanwhile) == (True, "The fee is too high.", [])


async def test_an_answer_from_before_the_resume_leaves_no_wallet_frozen(stage: Stage) -> None:
    change = ChangeWallet(operation_id=uuid4(), actor_id=uuid4())
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.IDLE)
        await wallet.execute_update(WalletWorkflow.freeze, change)
        stage.chain.answers_may_leave.clear()
        await wallet.signal(WalletWorkflow.records_queued)
        await until(lambda: len(stage.chain.asked) == 2)

        await wallet.execute_update(WalletWorkflow.resume, change)
        stage.chain.answers_may_leave.set()
        await until_doing(wallet, Activity.IDLE)

        assert not (await wallet.query(WalletWorkflow.state)).frozen


async def test_what_was_frozen_by_another_run_is_told_and_forgotten_as_the_database_says(
    stage: Stage,
) -> None:
    stage.chain.answers = [RecordsAnchored(frozen=True)]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.FROZEN)
        frozen = (await wallet.query(WalletWorkflow.state)).frozen
        await wallet.signal(WalletWorkflow.blocks_came)
        await until_doing(wallet, Activity.IDLE)

        assert (frozen, (await wallet.query(WalletWorkflow.state)).frozen) == (True, False)


async def test_a_wallet_that_has_too_much_to_do_asks_the_others_once(stage: Stage) -> None:
    network = f"devnet-{uuid4()}"
    stage.chain.answers = [RecordsAnchored()]
    async with open_wallet(stage, "second", network) as second:
        await until_doing(second, Activity.IDLE)
        stage.chain.answers = [
            RecordsAnchored(waiting=99, held=True, share_with=("second",)),
            RecordsAnchored(waiting=99, held=True, share_with=("platform",)),
        ]
        async with open_wallet(stage, network=network) as first:
            await until_doing(first, Activity.HELD)
            await until_doing(second, Activity.HELD)

            history = await first.fetch_history()

    asked = [request.wallet for request in stage.chain.asked]
    signalled = [
        event
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert asked == ["second", "platform", "second"]
    assert history.events
    assert signalled == []


async def open_follower(stage: Stage, network: str) -> Callable[[], Awaitable[bool]]:
    """Answers whether it was told that there is something to follow."""
    follower = await stage.client.start_workflow(
        FollowerWorkflow.run,
        FollowerStart(network=network),
        id=follower_workflow_id(network),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(follower)

    async def told() -> bool:
        history = await follower.fetch_history()
        return any(
            event.workflow_execution_signaled_event_attributes.signal_name == "transaction_stored"
            for event in history.events
        )

    return told


async def test_the_follower_is_told_of_what_was_sent(stage: Stage) -> None:
    network = f"devnet-{uuid4()}"
    told = await open_follower(stage, network)
    stage.chain.queue = ["a"]

    async with open_wallet(stage, network=network):
        await until(lambda: stage.chain.submitted == ["a"])
        await until_it_is(told)


async def test_the_follower_is_told_of_what_a_killed_attempt_has_stored(stage: Stage) -> None:
    """The attempt after it finds the queue empty, and nobody else knows of the bytes."""
    network = f"devnet-{uuid4()}"
    told = await open_follower(stage, network)
    stage.chain.answers = [RecordsAnchored(unsent=1)]

    async with open_wallet(stage, network=network) as wallet:
        await until_doing(wallet, Activity.IDLE)
        await until_it_is(told)


async def test_a_provider_that_turns_us_away_makes_the_wallet_rest_not_end(stage: Stage) -> None:
    stage.chain.turned_away = ApplicationError("403", type="ChainMisconfigured", non_retryable=True)
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.PAUSED)
        stage.chain.queue = ["after the pause"]

        async with time_passes(stage, wallet, policies.CHAIN_PAUSE):
            await until(lambda: stage.chain.submitted == ["after the pause"])
        await keep_history(wallet, "wallet-paused")


async def test_a_wallet_whose_bytes_are_turned_away_signs_nothing_more_meanwhile(
    stage: Stage,
) -> None:
    stage.chain.submit_turned_away = ApplicationError(
        "402", type="ChainMisconfigured", non_retryable=True
    )
    stage.chain.queue = ["turned away", "next"]
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.PAUSED)
        said = await wallet.query(WalletWorkflow.state)
        signed_meanwhile = stage.chain.queue == []

        async with time_passes(stage, wallet, policies.CHAIN_PAUSE):
            await until(lambda: stage.chain.submitted == ["next"])
        await keep_history(wallet, "wallet-turned-away")

    assert not signed_meanwhile
    assert "402" in (said.trouble or "")


async def test_bytes_that_could_not_be_sent_do_not_hold_up_the_next(stage: Stage) -> None:
    stage.chain.submit_fails = True
    stage.chain.queue = ["a"]
    async with open_wallet(stage) as wallet, time_passes(stage, wallet, timedelta(minutes=1)):
        await until_doing(wallet, Activity.IDLE)


async def test_an_idle_wallet_looks_at_its_queue_even_if_nobody_wakes_it(stage: Stage) -> None:
    async with open_wallet(stage) as wallet:
        await until_doing(wallet, Activity.IDLE)
        stage.chain.queue = ["forgotten"]

        async with time_passes(stage, wallet, policies.QUEUE_CHECK):
            await until(lambda: stage.chain.submitted == ["forgotten"])


async def test_the_wallet_continues_as_new_without_losing_a_record(stage: Stage) -> None:
    sent = [f"tx {n}" for n in range(12)]
    async with open_wallet(stage) as wallet:
        first_run = wallet.first_execution_run_id
        for tx_hash in sent:
            stage.chain.queue.append(tx_hash)
            await wallet.signal(WalletWorkflow.records_queued)
            await until(partial(_was_submitted, stage, tx_hash))

        await until_run_after(wallet, first_run)
        await until_doing(wallet, Activity.IDLE)
        state = await wallet.query(WalletWorkflow.state)

    assert stage.chain.submitted == sent
    assert state.transactions_sent == len(sent)


def _was_submitted(stage: Stage, tx_hash: str) -> bool:
    return tx_hash in stage.chain.submitted
