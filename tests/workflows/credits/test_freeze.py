"""The freeze itself, and what a frozen registry means for the workflows that write."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from activities.credits.freeze import ChangeState, StateChanged
from activities.credits.transfer import CreditsTransferred, TransferCredits
from activities.projects.verification import Decision
from activities.refusals import FROZEN_CHECK
from domain.errors import Conflict, RegistryFrozen
from domain.projects.verification import VerificationStatus
from tests.workflows.conftest import NO_WALLET, Stage, keep_history
from workflows import policies
from workflows.credits import freeze, transfer
from workflows.credits.freeze import FreezeStage, FreezeStart, FreezeState, FreezeWorkflow
from workflows.credits.transfer import TransferStart, TransferWorkflow
from workflows.projects.verification import (
    VerificationStage,
    VerificationState,
    VerificationWorkflow,
)

FROZEN = RegistryFrozen("The registry is frozen: a recount.")


async def test_a_freeze_answers_at_once_and_ends(stage: Stage) -> None:
    handle, changed = await _ask_for_a_freeze(stage)

    assert changed == StateChanged(frozen=True, since=stage.registry.since)
    assert await handle.result() == FreezeState(stage=FreezeStage.DONE, frozen=True)
    await keep_history(handle, "freeze-done")


async def test_a_refused_freeze_ends_by_itself(stage: Stage) -> None:
    stage.registry.refusals["freeze_registry"] = Conflict("The registry is frozen already.")

    with pytest.raises(WorkflowUpdateFailedError):
        await _ask_for_a_freeze(stage)
    await stage.env.fast_forward(stage.opened[-1])

    assert await stage.opened[-1].result() == FreezeState(stage=FreezeStage.WAITING_FOR_REQUEST)


async def test_a_write_that_met_a_frozen_registry_ends_as_failed_at_once(stage: Stage) -> None:
    stage.registry.refusals["transfer_credits"] = FROZEN

    with pytest.raises(WorkflowUpdateFailedError):
        await _ask_for_a_transfer(stage, uuid4())

    with pytest.raises(WorkflowFailureError) as failed:
        await stage.opened[-1].result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "RegistryFrozen"
    await keep_history(stage.opened[-1], "transfer-frozen")


async def test_the_same_request_is_a_fresh_attempt_after_the_unfreeze(stage: Stage) -> None:
    """The workflow's id is the same one; the update's is not, because its answer is kept."""
    transaction_id = uuid4()
    stage.registry.refusals["transfer_credits"] = FROZEN
    with pytest.raises(WorkflowUpdateFailedError):
        await _ask_for_a_transfer(stage, transaction_id)
    with pytest.raises(WorkflowFailureError):
        await stage.opened[-1].result()
    del stage.registry.refusals["transfer_credits"]

    transferred = await _ask_for_a_transfer(stage, transaction_id)

    assert transferred.transaction_id == transaction_id
    assert stage.registry.calls["transfer_credits"] == 2


async def test_approved_credits_are_issued_after_the_unfreeze(stage: Stage) -> None:
    stage.registry.frozen = True
    handle = await stage.register()
    await stage.assign(handle)
    await stage.decide(handle, Decision.APPROVE)
    await _until(lambda: stage.registry.calls["issue_credits"] > 0)
    meanwhile = await handle.query(VerificationWorkflow.state)

    stage.registry.frozen = False
    await stage.env.fast_forward(handle, 2 * FROZEN_CHECK.total_seconds())
    await _until(lambda: stage.registry.calls["issue_credits"] > 1)
    await stage.confirm_record(handle)

    assert meanwhile == VerificationState(
        stage=VerificationStage.ISSUING, status=VerificationStatus.APPROVED
    )
    assert (await handle.result()).serial == "KRB-2025-001-000001"


async def _ask_for_a_freeze(
    stage: Stage,
) -> tuple[WorkflowHandle[FreezeWorkflow, FreezeState], StateChanged]:
    operation_id = uuid4()
    workflow_id = freeze.workflow_id(operation_id)
    start = WithStartWorkflowOperation(
        FreezeWorkflow.run,
        FreezeStart(operation_id=operation_id),
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    handle = stage.client.get_workflow_handle(workflow_id, result_type=FreezeState)
    stage.opened.append(handle)
    changed = await stage.client.execute_update_with_start_workflow(
        FreezeWorkflow.freeze,
        ChangeState(operation_id=operation_id, actor_id=uuid4()),
        start_workflow_operation=start,
    )
    return handle, changed


async def _ask_for_a_transfer(stage: Stage, transaction_id: UUID) -> CreditsTransferred:
    """As the API does: workflow and update are named by the request (api/commands/workflow_client.py)."""
    workflow_id = transfer.workflow_id(transaction_id)
    start = WithStartWorkflowOperation(
        TransferWorkflow.run,
        TransferStart(wallet_workflow_id=NO_WALLET, brief=True),
        id=workflow_id,
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    )
    stage.opened.append(stage.client.get_workflow_handle_for(TransferWorkflow.run, workflow_id))
    return await stage.client.execute_update_with_start_workflow(
        TransferWorkflow.transfer,
        TransferCredits(
            transaction_id=transaction_id,
            serial="KRB-2025-001-000001",
            quantity_units=100,
            sender_id=uuid4(),
            recipient_id=uuid4(),
            waiting_workflow_id=workflow_id,
        ),
        start_workflow_operation=start,
        id=str(uuid4()),
    )


async def _until(reached: Callable[[], bool]) -> None:
    for _ in range(400):
        if reached():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it was not reached in 20 seconds")
