"""Faults that speak of what was sent, where a rule knows it by another name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from temporalio.client import WorkflowUpdateFailedError

from api.http.errors.error_mapping import refusal_in
from domain.errors import Fault, Refusal


@contextmanager
def faults_moved(place: Callable[[Fault], Fault | None]) -> Iterator[None]:
    """
    Give each fault of a refusal the place that `place` says; None leaves the fault out.

    Raises:
        Refusal: of the same kind and with the same sentence, also one that came through Temporal.
    """
    try:
        yield
    except (Refusal, WorkflowUpdateFailedError) as error:
        refusal = error if isinstance(error, Refusal) else refusal_in(error)
        if refusal is None:
            raise
        moved = [place(fault) for fault in refusal.faults]
        kept = [fault for fault in moved if fault is not None]
        raise type(refusal)(refusal.detail, *kept) from error
