"""Cancelling, releasing, reversing and retiring several entries: an answer at once, then the mails."""

from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.buffer import ReleaseBuffer
from activities.cancellation import CancelCredits
from activities.payloads import Payload
from activities.retirement import RetireLine, RetireUnits
from activities.reversal import RecordReversal
from domain.errors import NotActive
from tests.workflows.conftest import NO_WALLET, Stage, keep_history
from workflows import buffer, cancellation, policies, retirement, reversal
from workflows.buffer import BufferReleaseStart, BufferReleaseState, BufferReleaseWorkflow
from workflows.cancellation import CancellationStart, CancellationState, CancellationWorkflow
from workflows.notices import RecordConfirmed
from workflows.retirement import RetirementStart, RetirementState, RetirementWorkflow
from workflows.retirement import Stage as Step
from workflows.reversal import ReversalStart, ReversalState, ReversalWorkflow


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


async def test_a_reversal_tells_every_holder_and_ends(stage: Stage) -> None:
    reversal_id = uuid4()
    handle = await asked(
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

    assert await handle.result() == ReversalState(covered_units=4_000)
    assert set(stage.registry.mailed) == {
        stage.registry.notification_id,
        stage.registry.other_notification_id,
    }
    await keep_history(handle, "reversal-done")


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
