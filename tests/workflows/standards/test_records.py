"""One act on what others say of a project: written once, told by mail, and refused for good."""

from uuid import uuid4

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.standards.records import SettleAct, SettleRecord
from domain.standards.records import StandardRecordStatus
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.standards.records import (
    StandardRecordStart,
    StandardRecordState,
    StandardRecordWorkflow,
    workflow_id,
)


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (SettleAct.CONFIRM, StandardRecordStatus.CONFIRMED),
        (SettleAct.WITHDRAW, StandardRecordStatus.WITHDRAWN),
    ],
)
async def test_a_label_is_settled_once(
    stage: Stage, act: SettleAct, status: StandardRecordStatus
) -> None:
    operation_id, label_id = uuid4(), uuid4()
    handle: WorkflowHandle[StandardRecordWorkflow, StandardRecordState]
    handle = stage.client.get_workflow_handle_for(
        StandardRecordWorkflow.run, workflow_id(operation_id)
    )
    stage.opened.append(handle)

    step = await stage.client.execute_update_with_start_workflow(
        StandardRecordWorkflow.settle_label,
        SettleRecord(operation_id=operation_id, record_id=label_id, act=act, actor_id=uuid4()),
        start_workflow_operation=WithStartWorkflowOperation(
            StandardRecordWorkflow.run,
            StandardRecordStart(operation_id=operation_id),
            id=handle.id,
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        ),
    )

    assert (step.record_id, step.status) == (label_id, status)
    assert await handle.result() == StandardRecordState(status=status)
    assert stage.registry.calls["settle_label"] == 1
    await keep_history(handle, f"standard-{status}")
