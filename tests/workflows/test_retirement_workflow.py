"""A retirement: the caller has an answer at once, the certificate follows the chain."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain.errors import InsufficientCredits
from tests.workflows.conftest import Stage, keep_history
from workflows.retirement import RetirementState, RetirementWorkflow
from workflows.retirement import Stage as Step


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
    assert stage.chain.sealed == []
    await keep_history(handle, "retirement-refused")


async def test_a_retirement_waits_for_the_chain_as_long_as_it_takes(stage: Stage) -> None:
    handle = await stage.retire()

    await stage.env.fast_forward(handle, 30 * 24 * 3600.0)
    await stage.confirm_record(handle)

    assert (await handle.result()).stage is Step.DONE
