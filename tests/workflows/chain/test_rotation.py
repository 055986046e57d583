"""The rotation: swept until nothing is left, then closed, however often either is tried."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from activities.chain.rotation import AddressClosed, AddressSwept
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.chain import rotation
from workflows.chain.follower import FollowerStart, FollowerWorkflow
from workflows.chain.ids import follower_workflow_id
from workflows.chain.rotation import Rotated, RotationStart, RotationWorkflow

ADDRESS = "addr_test1old"
NOT_FINAL = ApplicationError(
    "1 transactions are not final yet.",
    type="NotFinalYet",
    next_retry_delay=timedelta(milliseconds=50),
)


async def rotated(stage: Stage, history: str, network: str = "devnet") -> Rotated:
    handle = await stage.client.start_workflow(
        RotationWorkflow.run,
        RotationStart(network=network, address=ADDRESS),
        id=f"{rotation.workflow_id(network, ADDRESS)}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    result = await handle.result()
    await keep_history(handle, history)
    return result


async def test_an_address_is_swept_until_nothing_is_left_and_then_closed(stage: Stage) -> None:
    old = stage.chain.old_address
    old.sweeps += [AddressSwept(tx_hash="a"), AddressSwept(tx_hash="b"), AddressSwept()]
    old.closings += [AddressClosed(closed=True)]

    done = await rotated(stage, "rotation-swept")

    assert (stage.chain.submitted, done) == (["a", "b"], Rotated(sweeps=2))


async def test_what_cannot_pay_for_its_way_is_left_behind(stage: Stage) -> None:
    old = stage.chain.old_address
    old.sweeps += [AddressSwept(dust_lovelace=900_000)]
    old.closings += [AddressClosed(closed=True)]

    done = await rotated(stage, "rotation-dust")

    assert (stage.chain.submitted, old.dust, done) == ([], [900_000], Rotated(sweeps=0))


async def test_what_comes_back_before_the_end_is_swept_again(stage: Stage) -> None:
    old = stage.chain.old_address
    old.sweeps += [AddressSwept(tx_hash="a"), AddressSwept()]
    old.sweeps += [AddressSwept(tx_hash="b"), AddressSwept()]
    old.closings += [AddressClosed(closed=False), AddressClosed(closed=True)]

    done = await rotated(stage, "rotation-again")

    assert (stage.chain.submitted, done) == (["a", "b"], Rotated(sweeps=2))


async def test_the_follower_is_told_of_a_sweep_that_a_killed_attempt_has_stored(
    stage: Stage,
) -> None:
    network = f"devnet-{uuid4()}"
    follower = await stage.client.start_workflow(
        FollowerWorkflow.run,
        FollowerStart(network=network),
        id=follower_workflow_id(network),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(follower)
    old = stage.chain.old_address
    old.sweeps += [AddressSwept(unsent=1)]
    old.closings += [AddressClosed(closed=True)]

    await rotated(stage, "rotation-unsent", network)

    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in (await follower.fetch_history()).events
    ]
    assert "transaction_stored" in signals


async def test_closing_is_tried_until_everything_is_final(stage: Stage) -> None:
    old = stage.chain.old_address
    old.sweeps += [AddressSwept()]
    old.closings += [NOT_FINAL, NOT_FINAL, AddressClosed(closed=True)]

    await rotated(stage, "rotation-waits")

    assert (len(old.closings), old.dust) == (0, [0, 0, 0])


async def test_a_sweep_that_the_key_refuses_ends_the_rotation_instead_of_trying_for_ever(
    stage: Stage,
) -> None:
    refused = ApplicationError("It is not ours.", type="SigningRefused", non_retryable=True)
    stage.chain.old_address.sweeps += [refused]

    with pytest.raises(WorkflowFailureError) as ended:
        await rotated(stage, "rotation-refused")

    assert isinstance(ended.value.cause, ActivityError)
    assert isinstance(ended.value.cause.cause, ApplicationError)
    assert ended.value.cause.cause.type == "SigningRefused"
    assert stage.chain.submitted == []
