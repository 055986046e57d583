"""A correction waits for what is owed: reminded, overdue, settled."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle

from activities.credits.issuance_correction import CorrectIssuance, HandIn
from domain.credits.obligation import ObligationStatus
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.credits.test_ledger_operations import asked
from tests.workflows.forever import until
from workflows.credits.issuance_correction import (
    IssuanceCorrectionStart,
    IssuanceCorrectionState,
    IssuanceCorrectionWorkflow,
    workflow_id,
)


async def recorded(stage: Stage) -> WorkflowHandle[Any, IssuanceCorrectionState]:
    correction_id = uuid4()
    return await asked(
        stage,
        IssuanceCorrectionWorkflow.run,
        IssuanceCorrectionWorkflow.record,
        workflow_id(correction_id),
        IssuanceCorrectionStart(correction_id=correction_id),
        CorrectIssuance(
            correction_id=correction_id,
            verification_id=uuid4(),
            vintage=2024,
            quantity_units=10_000,
            actor_id=uuid4(),
        ),
    )


async def test_it_is_reminded_of_then_overdue_then_settled(stage: Stage) -> None:
    handle, calls = await recorded(stage), stage.registry.calls
    await until(lambda: calls["correct_certificates_of_issuance"] == 1)

    await stage.env.fast_forward(handle, timedelta(days=151))
    await until(lambda: calls["remind_of_correction"] == 1)
    await stage.env.fast_forward(handle, timedelta(days=30))
    await until(lambda: calls["note_correction_overdue"] == 1)
    await handle.execute_update(
        IssuanceCorrectionWorkflow.hand_in,
        HandIn(
            transaction_id=uuid4(),
            correction_id=UUID(handle.id.partition("/")[2]),
            serial="KRB-2025-001-000009",
            quantity_units=6_000,
            actor_id=uuid4(),
        ),
    )

    assert await handle.result() == IssuanceCorrectionState(status=ObligationStatus.SETTLED)
    await keep_history(handle, "issuance-replaced")


async def test_what_was_still_there_leaves_nothing_to_wait_for(stage: Stage) -> None:
    stage.registry.programme.owed_units = 0
    handle = await recorded(stage)

    assert await handle.result() == IssuanceCorrectionState(status=ObligationStatus.SETTLED)
    assert stage.registry.calls["remind_of_correction"] == 0
