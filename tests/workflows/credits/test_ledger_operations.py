"""Cancelling, releasing, reversing and retiring several entries: an answer at once, then the mails."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.credits.buffer import ReleaseBuffer
from activities.credits.cancellation import CancelCredits
from activities.credits.retirement import RetireLine, RetireUnits
from activities.credits.reversal import RecordReversal
from activities.payloads import Payload
from domain.errors import NotActive
from tests.workflows.conftest import NO_WALLET, Stage, keep_history
from tests.workflows.forever import until
from workflows import policies
from workflows.accounts.mailing import mailing_workflow_id
from workflows.credits import buffer, cancellation, retirement, reversal
from workflows.credits.buffer import BufferReleaseStart, BufferReleaseState, BufferReleaseWorkflow
from workflows.credits.cancellation import (
    CancellationStart,
    CancellationState,
    CancellationWorkflow,
)
from workflows.credits.retirement import RetirementStage as Step
from workflows.credits.retirement import RetirementStart, RetirementState, RetirementWorkflow
from workflows.credits.reversal import ReversalStart, ReversalState, ReversalWorkflow
from workflows.signals_and_mail import RecordConfirmed


async def asked(
    stage: Stage, run: Any, update: Any, workflow_id: str, start: Payload, request: Payload
) -> WorkflowHandle[Any, Any]:
    """Start a workflow with the update it is there for, as the API does."""
    handle: WorkflowHandle[Any, Any] = stage.client.get_workflow_handle_for(run, workflow_id)
    stage.opened.append(handle)
    await stage.client.execute_update_with_start_workflow(
        update,
        request,
        start_workflow_operation=WithStartWorkflowOperation(
            run,
            start,
            id=workflow_id,
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        ),
    )
    return handle


async def cancelled(stage: Stage) -> WorkflowHandle[Any, CancellationState]:
    transaction_id = uuid4()
    return await asked(
        stage,
        CancellationWorkflow.run,
        CancellationWorkflow.cancel,
        cancellation.workflow_id(transaction_id),
        CancellationStart(transaction_id=transaction_id),
        CancelCredits(
            transaction_id=transaction_id,
            serial="KRB-2025-001-000001",
            quantity_units=100,
            actor_id=uuid4(),
        ),
    )


async def test_a_cancellation_tells_the_holder_and_ends(stage: Stage) -> None:
    handle = await cancelled(stage)

    assert await handle.result() == CancellationState(serial="KRB-2025-001-000005")
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "cancellation-done")


async def test_a_refused_cancellation_ends_by_itself(stage: Stage) -> None:
    stage.registry.refusals["cancel_credits"] = NotActive("It is retired.")

    with pytest.raises(WorkflowUpdateFailedError):
        await cancelled(stage)
    handle = stage.opened[-1]
    await stage.env.fast_forward(handle)

    assert await handle.result() == CancellationState()
    assert stage.registry.mailed == []


@pytest.mark.proof
async def test_a_cancellation_waits_for_its_write_as_long_as_it_takes(stage: Stage) -> None:
    stage.registry.database_works = False
    asking = asyncio.create_task(cancelled(stage))
    await until(lambda: stage.registry.calls["cancel_credits"] > 0)

    await stage.env.fast_forward(stage.opened[-1], 3 * policies.NO_ONE_CAME)
    stage.registry.database_works = True
    await stage.env.fast_forward(stage.opened[-1], policies.NO_ONE_CAME)

    handle = await asking
    assert await handle.result() == CancellationState(serial="KRB-2025-001-000005")


async def test_a_release_tells_the_developer_and_ends(stage: Stage) -> None:
    transaction_id = uuid4()
    handle = await asked(
        stage,
        BufferReleaseWorkflow.run,
        BufferReleaseWorkflow.release,
        buffer.workflow_id(transaction_id),
        BufferReleaseStart(transaction_id=transaction_id),
        ReleaseBuffer(
            transaction_id=transaction_id,
            serial="KRB-2025-001-000002",
            quantity_units=100,
            actor_id=uuid4(),
        ),
    )

    assert await handle.result() == BufferReleaseState(serial="KRB-2025-001-000006")
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "buffer-release-done")


async def reversed_(stage: Stage) -> WorkflowHandle[Any, ReversalState]:
    reversal_id = uuid4()
    return await asked(
        stage,
        ReversalWorkflow.run,
        ReversalWorkflow.record,
        reversal.workflow_id(reversal_id),
        ReversalStart(reversal_id=reversal_id),
        RecordReversal(
            reversal_id=reversal_id,
            project_id=uuid4(),
            quantity_units=5_000,
            vintage=None,
            avoidable=True,
            actor_id=uuid4(),
        ),
    )


async def test_a_reversal_tells_every_holder_and_ends(stage: Stage) -> None:
    handle = await reversed_(stage)

    assert await handle.result() == ReversalState(covered_units=4_000)
    assert set(stage.registry.mailed) == {UUID(int=0), UUID(int=1)}
    await keep_history(handle, "reversal-in-batches")
    [batch] = await batches_of(stage, handle, expected=1)
    await keep_history(batch, "mailing-done")


async def batches_of(
    stage: Stage, handle: WorkflowHandle[Any, ReversalState], *, expected: int
) -> list[WorkflowHandle[Any, Any]]:
    """The workflows that mailed a reversal's notices, each of which has ended."""
    reversal_id = handle.id.partition("/")[2]
    found = [
        stage.client.get_workflow_handle(mailing_workflow_id(UUID(reversal_id), first))
        for first in range(0, expected * policies.NOTICES_PER_BATCH, policies.NOTICES_PER_BATCH)
    ]
    for batch in found:
        assert (await batch.describe()).status is WorkflowExecutionStatus.COMPLETED
    return found


async def test_a_reversal_that_touches_many_mails_them_in_batches(stage: Stage) -> None:
    stage.registry.notices = 250

    handle = await reversed_(stage)

    assert await handle.result() == ReversalState(covered_units=4_000)
    assert Counter(stage.registry.mailed) == Counter(UUID(int=number) for number in range(250))
    await batches_of(stage, handle, expected=3)


@pytest.mark.proof
@pytest.mark.parametrize("cached_workflows", [1000], ids=["warm"], indirect=True)
async def test_a_reversal_that_touches_five_thousand_retirements_tells_them_all(
    stage: Stage,
) -> None:
    """Temporal takes 2,000 waiting activities of one workflow, and no more."""
    stage.registry.notices = 5_000

    handle = await reversed_(stage)

    assert await handle.result() == ReversalState(covered_units=4_000)
    assert set(stage.registry.mailed) == {UUID(int=number) for number in range(5_000)}
    assert (await handle.describe()).history_length < 1_000


async def test_a_certificate_of_several_waits_for_the_record_of_every_line(stage: Stage) -> None:
    stage.registry.more_record_ids = (uuid4(),)
    retirement_id = uuid4()
    workflow_id = retirement.workflow_id(retirement_id)
    handle = await asked(
        stage,
        RetirementWorkflow.run,
        RetirementWorkflow.retire,
        workflow_id,
        RetirementStart(retirement_id=retirement_id, wallet_workflow_id=NO_WALLET),
        RetireUnits(
            retirement_id=retirement_id,
            lines=(
                RetireLine(serial="KRB-2025-001-000001", quantity_units=100),
                RetireLine(serial="KRB-2025-001-000002", quantity_units=200),
            ),
            account_id=uuid4(),
            waiting_workflow_id=workflow_id,
        ),
    )

    await stage.confirm_record(handle)
    await stage.confirm_record(handle)
    halfway = await handle.query(RetirementWorkflow.state)
    sealed_halfway = list(stage.chain.sealed)
    for record_id in stage.registry.more_record_ids:
        await handle.signal("record_confirmed", RecordConfirmed(record_id=record_id))

    assert halfway == RetirementState(stage=Step.WAITING_FOR_CHAIN, serial="KRB-2025-001-000004")
    assert sealed_halfway == []
    assert (await handle.result()).stage is Step.DONE
    assert stage.chain.sealed == [retirement_id]
    await keep_history(handle, "retirement-of-several")
