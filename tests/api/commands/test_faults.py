"""Faults that are moved to what was sent, whichever way the refusal came."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from api.commands.faults import faults_moved
from domain.errors import Fault, NotActive, Refusal

FAULTS = (Fault("/lines/0/quantity", "Too much."), Fault("/lines/0/serial", "Gone."))


def through_temporal(refusal: Refusal) -> WorkflowUpdateFailedError:
    listed = [{"pointer": fault.pointer, "detail": fault.detail} for fault in refusal.faults]
    return WorkflowUpdateFailedError(
        ApplicationError(refusal.detail, listed, type=type(refusal).__name__)
    )


def of_the_quantity(fault: Fault) -> Fault | None:
    return Fault("/quantity", fault.detail) if fault.pointer.endswith("/quantity") else None


@pytest.mark.parametrize(
    "error",
    [
        NotActive("It is not active.", *FAULTS),
        through_temporal(NotActive("It is not active.", *FAULTS)),
    ],
    ids=["raised here", "raised in an activity"],
)
def test_faults_are_moved_or_left_out_and_the_refusal_stays_the_same(error: Exception) -> None:
    with pytest.raises(NotActive) as raised, faults_moved(of_the_quantity):
        raise error

    assert raised.value.detail == "It is not active."
    assert raised.value.faults == (Fault("/quantity", "Too much."),)


def test_what_is_no_refusal_passes_as_it_is() -> None:
    broken = WorkflowUpdateFailedError(ApplicationError("Out of memory.", type="MemoryError"))

    with pytest.raises(WorkflowUpdateFailedError) as raised, faults_moved(of_the_quantity):
        raise broken

    assert raised.value is broken
