"""Resuming a parked record: answered at once, and the wallet is woken."""

from uuid import uuid4

import pytest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy

from activities.chain.resumption import RecordResumed, ResumeRecord
from domain.errors import Conflict
from tests.workflows.conftest import NO_WALLET, Stage, keep_history
from workflows import policies
from workflows.chain import resumption, wallet
from workflows.chain.resumption import ResumptionStage as Step
from workflows.chain.resumption import ResumptionStart, ResumptionState, ResumptionWorkflow
from workflows.chain.wallet import WalletStart, WalletWorkflow


async def ask(
    stage: Stage, wallet_workflow_id: str = NO_WALLET
) -> tuple[WorkflowHandle[ResumptionWorkflow, ResumptionState], RecordResumed]:
    request = ResumeRecord(operation_id=uuid4(), record_id=uuid4(), actor_id=uuid4())
    start = WithStartWorkflowOperation(
        ResumptionWorkflow.run,
        ResumptionStart(operation_id=request.operation_id, wallet_workflow_id=wallet_workflow_id),
        id=resumption.workflow_id(request.operation_id),
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle: WorkflowHandle[ResumptionWorkflow, ResumptionState] = stage.client.get_workflow_handle(
        resumption.workflow_id(request.operation_id), result_type=ResumptionState
    )
    stage.opened.append(handle)
    resumed = await stage.client.execute_update_with_start_workflow(
        ResumptionWorkflow.resume, request, start_workflow_operation=start
    )
    return handle, resumed


async def test_a_resumption_answers_at_once_and_ends(stage: Stage) -> None:
    handle, resumed = await ask(stage)

    assert await handle.result() == ResumptionState(stage=Step.DONE, record_id=resumed.record_id)
    await keep_history(handle, "resumption-done")


async def test_a_refused_resumption_ends_by_itself(stage: Stage) -> None:
    stage.registry.refusals["resume_record"] = Conflict("Only a parked record can be resumed.")

    with pytest.raises(WorkflowUpdateFailedError):
        await ask(stage)
    await stage.env.fast_forward(stage.opened[-1])

    assert await stage.opened[-1].result() == ResumptionState(stage=Step.WAITING_FOR_REQUEST)


async def test_the_wallet_is_woken(stage: Stage) -> None:
    wallet_id = wallet.workflow_id("devnet", f"platform-{uuid4()}")
    waiting = await stage.client.start_workflow(
        WalletWorkflow.run,
        WalletStart(network="devnet"),
        id=wallet_id,
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(waiting)

    handle, _ = await ask(stage, wallet_id)
    await handle.result()

    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in waiting.fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signals == ["records_queued"]
