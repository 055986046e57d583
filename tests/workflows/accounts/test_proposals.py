"""A proposal waits for another administrator's answer, and for no longer than it may."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.accounts.proposals import (
    CountersignProposal,
    Propose,
    RefuseProposal,
    WithdrawProposal,
)
from domain.accounts.proposals import ProposalKind, ProposalStatus
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.accounts.proposals import (
    ProposalStart,
    ProposalState,
    ProposalWorkflow,
    workflow_id,
)


async def test_a_countersigned_proposal_ends(stage: Stage) -> None:
    handle, proposal_id = await _propose(stage)

    await handle.execute_update(
        ProposalWorkflow.countersign, CountersignProposal(proposal_id=proposal_id, actor_id=uuid4())
    )

    assert await handle.result() == ProposalState(status=ProposalStatus.COUNTERSIGNED)
    await keep_history(handle, "proposal-countersigned")


async def test_a_refused_proposal_ends(stage: Stage) -> None:
    handle, proposal_id = await _propose(stage)
    refusal = RefuseProposal(operation_id=uuid4(), proposal_id=proposal_id, actor_id=uuid4())

    await handle.execute_update(ProposalWorkflow.refuse, refusal)

    assert await handle.result() == ProposalState(status=ProposalStatus.REFUSED)


async def test_a_proposal_that_is_taken_back_ends(stage: Stage) -> None:
    handle, proposal_id = await _propose(stage)

    await handle.execute_update(
        ProposalWorkflow.withdraw, WithdrawProposal(proposal_id=proposal_id, actor_id=uuid4())
    )

    assert await handle.result() == ProposalState(status=ProposalStatus.WITHDRAWN)
    await keep_history(handle, "proposal-withdrawn")


async def test_a_proposal_that_nobody_answers_expires(stage: Stage) -> None:
    handle, _ = await _propose(stage)
    await stage.env.fast_forward(handle)

    assert await handle.result() == ProposalState(status=ProposalStatus.EXPIRED)
    await keep_history(handle, "proposal-expired")


async def _propose(stage: Stage) -> tuple[WorkflowHandle[Any, Any], UUID]:
    proposal_id = uuid4()
    expires_at = datetime.now(UTC) + timedelta(days=3)
    start = WithStartWorkflowOperation(
        ProposalWorkflow.run,
        ProposalStart(proposal_id=proposal_id, expires_at=expires_at),
        id=workflow_id(proposal_id),
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await stage.env.client.execute_update_with_start_workflow(
        ProposalWorkflow.propose,
        Propose(
            proposal_id=proposal_id,
            kind=ProposalKind.CANCELLATION,
            subject="KRB-2024-001-000001",
            quantity_units=2_000_000,
            terms_sha256="ab" * 32,
            expires_at=expires_at,
            actor_id=uuid4(),
        ),
        start_workflow_operation=start,
    )
    handle = await start.workflow_handle()
    stage.opened.append(handle)
    return handle, proposal_id
