"""The audit log's daily anchor: one workflow a day, which waits until the chain has it."""

from uuid import uuid4

from temporalio.client import WorkflowHandle

from tests.workflows.conftest import NO_WALLET, Stage, keep_history
from workflows import policies
from workflows.audit import anchor as audit_anchor
from workflows.audit.anchor import AuditAnchorStart, AuditAnchorState, AuditAnchorWorkflow


async def anchoring(stage: Stage) -> WorkflowHandle[AuditAnchorWorkflow, AuditAnchorState]:
    handle = await stage.client.start_workflow(
        AuditAnchorWorkflow.run,
        AuditAnchorStart(wallet_workflow_id=NO_WALLET),
        id=f"{audit_anchor.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    return handle


async def test_it_ends_when_its_record_is_confirmed(stage: Stage) -> None:
    handle = await anchoring(stage)

    await stage.confirm_record(handle)

    assert await handle.result() == AuditAnchorState(seq=7, queued=True, confirmed=True)
    await keep_history(handle, "audit-anchor-confirmed")


async def test_nothing_new_is_nothing_to_wait_for(stage: Stage) -> None:
    stage.registry.audit_grew = False

    handle = await anchoring(stage)

    assert await handle.result() == AuditAnchorState(seq=7, queued=False, confirmed=False)


async def test_a_parked_anchor_does_not_hold_up_the_next_day(stage: Stage) -> None:
    handle = await anchoring(stage)

    await stage.env.fast_forward(handle, audit_anchor.WAITS_AT_MOST * 1.01)

    assert await handle.result() == AuditAnchorState(seq=7, queued=True, confirmed=False)
