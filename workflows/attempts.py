"""The one ledger write that a workflow is started for, and what follows when it is refused."""

from collections.abc import Awaitable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.errors import RegistryFrozen
    from workflows import policies

Result = TypeVar("Result")


class Attempt:
    """
    A write that comes with the workflow's start, as an update.

    A refusal is the answer to this request for ever, except that the registry is frozen: that is
    said of the moment. The run then ends as failed, because only a failed run lets the same
    request, with the same ids, start a fresh one (api/workflow_calls.py).
    """

    def __init__(self) -> None:
        self._accepted = False
        self._frozen: ApplicationError | None = None

    async def make(self, write: Awaitable[Result]) -> Result:
        """Await the activity that writes; call it from the update."""
        try:
            result = await write
        except ActivityError as refused:
            if isinstance(refused.cause, ApplicationError) and was_frozen(refused.cause):
                self._frozen = refused.cause
            raise
        self._accepted = True
        return result

    async def accepted(self) -> bool:
        """
        Wait for the write; False when it was refused or never came: there is nothing to follow.

        Raises:
            ApplicationError: the registry was frozen.
        """
        try:
            await workflow.wait_condition(
                lambda: self._accepted or self._frozen is not None, timeout=policies.NO_ONE_CAME
            )
        except TimeoutError:
            return False
        if self._frozen is not None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._frozen
        return True


def was_frozen(refusal: ApplicationError) -> bool:
    return refusal.type == RegistryFrozen.__name__
