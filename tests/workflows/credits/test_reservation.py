"""A reservation waits for its holder, and then for its units to change hands; its time ends both."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.credits.reservation import AnswerReservation, RequestReservation
from domain.credits.reservation import ReservationStatus
from tests.workflows.conftest import Stage, keep_history, verification_of
from workflows import policies
from workflows.credits.reservation import (
    ReservationStart,
    ReservationState,
    ReservationWorkflow,
    workflow_id,
)


@pytest.mark.parametrize(
    ("update", "status", "kept_as"),
    [
        (ReservationWorkflow.refuse, ReservationStatus.REFUSED, "reservation-refused"),
        (ReservationWorkflow.cancel, ReservationStatus.CANCELLED, None),
    ],
)
async def test_an_answer_that_is_the_last_word_ends_it(
    stage: Stage, update: Any, status: ReservationStatus, kept_as: str | None
) -> None:
    handle = await _ask(stage)

    await handle.execute_update(update, _answer(handle))

    assert await handle.result() == ReservationState(status=status)
    assert stage.registry.calls["expire_reservation"] == 0
    if kept_as is not None:
        await keep_history(handle, kept_as)


@pytest.mark.parametrize("accepted", [False, True])
async def test_its_time_ends_it_also_after_a_freeze(stage: Stage, accepted: bool) -> None:
    handle = await _ask(stage)
    if accepted:
        await handle.execute_update(ReservationWorkflow.accept, _answer(handle))
        stage.registry.frozen = True

    await stage.env.fast_forward(handle)

    assert await handle.result() == ReservationState(status=ReservationStatus.EXPIRED)
    if accepted:
        await keep_history(handle, "reservation-expired")


async def test_a_transfer_of_what_is_set_aside_ends_it(stage: Stage) -> None:
    handle = await _ask(stage)
    await handle.execute_update(ReservationWorkflow.accept, _answer(handle))
    stage.registry.fulfils = verification_of(handle)

    transfer = await stage.transfer()

    assert await handle.result() == ReservationState(status=ReservationStatus.FULFILLED)
    await keep_history(handle, "reservation-fulfilled")
    await stage.confirm_record(transfer)
    await transfer.result()
    await keep_history(transfer, "transfer-fulfils")
    assert stage.registry.calls["expire_reservation"] == 0


def _answer(handle: WorkflowHandle[Any, Any]) -> AnswerReservation:
    return AnswerReservation(reservation_id=verification_of(handle), account_id=uuid4())


async def _ask(stage: Stage) -> WorkflowHandle[Any, Any]:
    reservation_id, until = uuid4(), datetime.now(UTC) + timedelta(days=3)
    start = WithStartWorkflowOperation(
        ReservationWorkflow.run,
        ReservationStart(reservation_id=reservation_id, until=until),
        id=workflow_id(reservation_id),
        task_queue=policies.REGISTRY_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await stage.client.execute_update_with_start_workflow(
        ReservationWorkflow.request,
        RequestReservation(
            reservation_id=reservation_id,
            serial="KRB-2024-001-000001",
            quantity_units=4_000,
            until=until,
            account_id=uuid4(),
        ),
        start_workflow_operation=start,
    )
    handle = await start.workflow_handle()
    stage.opened.append(handle)
    return handle
