"""An obligation waits half a year for people: reminded, overdue, settled."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from activities.credits.obligation import CancelSuspended, ReplaceLoss
from activities.credits.reversal import RecordReversal
from domain.errors import Conflict
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.credits.test_ledger_operations import asked
from tests.workflows.forever import until
from workflows.credits import obligation, reversal
from workflows.credits.obligation import ObligationStage, ObligationState, ObligationWorkflow
from workflows.credits.reversal import ReversalStart, ReversalWorkflow

DUE = timedelta(days=180)


async def owed(stage: Stage) -> WorkflowHandle[Any, ObligationState]:
    """The obligation of a loss that the buffer did not cover; the reversal itself has ended."""
    stage.registry.due_at = datetime.now(UTC) + DUE
    reversal_id = uuid4()
    recorded = await asked(
        stage,
        ReversalWorkflow.run,
        ReversalWorkflow.record,
        reversal.workflow_id(reversal_id),
        ReversalStart(reversal_id=reversal_id),
        RecordReversal(
            reversal_id=reversal_id,
            project_id=uuid4(),
            quantity_units=10_000,
            vintage=None,
            avoidable=False,
            actor_id=uuid4(),
        ),
    )
    await recorded.result()
    handle: WorkflowHandle[Any, ObligationState] = stage.client.get_workflow_handle_for(
        ObligationWorkflow.run, obligation.workflow_id(reversal_id)
    )
    stage.opened.append(handle)
    return handle


def replacing(handle: WorkflowHandle[Any, Any], units: int) -> ReplaceLoss:
    return ReplaceLoss(
        transaction_id=uuid4(),
        reversal_id=UUID(handle.id.partition("/")[2]),
        serial="KRB-2025-001-000009",
        quantity_units=units,
        actor_id=uuid4(),
    )


async def test_what_is_made_good_in_time_is_nobodys_trouble(stage: Stage) -> None:
    handle = await owed(stage)

    await handle.execute_update(ObligationWorkflow.replace, replacing(handle, 4_000))
    halfway = await handle.query(ObligationWorkflow.state)
    await handle.execute_update(ObligationWorkflow.replace, replacing(handle, 2_000))

    assert halfway == ObligationState(stage=ObligationStage.OPEN, owed_units=2_000)
    assert await handle.result() == ObligationState(stage=ObligationStage.SETTLED, owed_units=0)
    assert stage.registry.calls["remind_of_obligation"] == 0
    await keep_history(handle, "obligation-replaced")


async def test_what_nobody_makes_good_is_reminded_of_then_overdue_then_given_up(
    stage: Stage,
) -> None:
    handle = await owed(stage)

    await stage.env.fast_forward(handle, timedelta(days=151))
    await until(lambda: stage.registry.calls["remind_of_obligation"] == 1)
    assert stage.registry.calls["note_obligation_overdue"] == 0
    await stage.env.fast_forward(handle, timedelta(days=30))
    await until(lambda: stage.registry.calls["note_obligation_overdue"] == 1)
    await handle.execute_update(
        ObligationWorkflow.cancel_suspended,
        CancelSuspended(
            operation_id=uuid4(),
            reversal_id=UUID(handle.id.partition("/")[2]),
            actor_id=uuid4(),
        ),
    )

    assert await handle.result() == ObligationState(stage=ObligationStage.SETTLED, owed_units=0)
    await keep_history(handle, "obligation-given-up")


async def test_a_refused_replacement_leaves_it_open(stage: Stage) -> None:
    handle = await owed(stage)
    stage.registry.refusals["replace_loss"] = Conflict("40.00 t are still owed.")

    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(ObligationWorkflow.replace, replacing(handle, 9_000))

    assert await handle.query(ObligationWorkflow.state) == ObligationState(
        stage=ObligationStage.OPEN
    )
