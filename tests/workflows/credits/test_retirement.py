"""A retirement: the caller has an answer at once, the certificate follows the chain."""

import asyncio
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from domain.errors import InsufficientCredits
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.credits.retirement import RetirementStage as Step
from workflows.credits.retirement import RetirementState, RetirementWorkflow

_WORKFLOW_TASK = [f"WORKFLOW_TASK_{step}" for step in ("SCHEDULED", "STARTED", "COMPLETED")]


async def test_a_certificate_is_sealed_once_the_record_is_confirmed(stage: Stage) -> None:
    handle = await stage.retire()

    before = await handle.query(RetirementWorkflow.state)
    sealed_before = list(stage.chain.sealed)
    await stage.confirm_record(handle)
    after = await handle.result()

    assert before == RetirementState(stage=Step.WAITING_FOR_CHAIN, serial="KRB-2025-001-000004")
    assert sealed_before == []
    assert after == RetirementState(
        stage=Step.DONE, serial="KRB-2025-001-000004", record_confirmed=True
    )
    assert len(stage.chain.sealed) == 1
    await keep_history(handle, "retirement-sealed")


async def test_until_the_answer_a_history_holds_only_the_call_and_the_write(stage: Stage) -> None:
    handle = await stage.retire(wakes_wallet=False)

    history = await handle.fetch_history()
    events = [EventType.Name(event.event_type) for event in history.events]

    assert [name.removeprefix("EVENT_TYPE_") for name in events] == [
        "WORKFLOW_EXECUTION_STARTED",
        *_WORKFLOW_TASK,
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "ACTIVITY_TASK_SCHEDULED",
        "ACTIVITY_TASK_STARTED",
        "ACTIVITY_TASK_COMPLETED",
        *_WORKFLOW_TASK,
        "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
    ]


async def test_a_confirmation_told_twice_seals_once(stage: Stage) -> None:
    handle = await stage.retire()

    await asyncio.gather(stage.confirm_record(handle), stage.confirm_record(handle))
    await handle.result()

    assert len(stage.chain.sealed) == 1


async def test_a_refused_retirement_leaves_a_workflow_that_ends_by_itself(stage: Stage) -> None:
    stage.registry.refusals["retire_units"] = InsufficientCredits("It holds 1.00 t.")

    with pytest.raises(WorkflowUpdateFailedError):
        await stage.retire()
    handle = stage.opened[-1]
    await stage.env.fast_forward(handle)

    assert await handle.result() == RetirementState(stage=Step.WAITING_FOR_REQUEST)
    assert await _status(handle) == policies.GIVEN_UP
    assert stage.chain.sealed == []
    await keep_history(handle, "retirement-refused")


async def test_a_retirement_waits_for_the_chain_as_long_as_it_takes(stage: Stage) -> None:
    handle = await stage.retire()

    await stage.env.fast_forward(handle, 30 * 24 * 3600.0)
    await stage.confirm_record(handle)

    assert (await handle.result()).stage is Step.DONE


async def _status(handle: WorkflowHandle[Any, Any]) -> str | None:
    """As staff find it in the lists of Temporal's own pages."""
    return (await handle.describe()).typed_search_attributes.get(policies.STATUS)
