"""
The one write that a workflow is started for, and what follows when it is refused.

Temporal takes `run` from the workflow's own class only. The update and the query stay beside it, because
their names are what callers and recorded histories know a workflow by.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from domain.errors import RegistryFrozen
    from workflows import policies, signals_and_mail


class Mailed(Protocol):
    """The result of a write whose notifications go out by mail."""

    @property
    def notification_ids(self) -> tuple[UUID, ...]: ...


Request = TypeVar("Request", bound=Payload)
Result = TypeVar("Result")
MailedResult = TypeVar("MailedResult", bound=Mailed)


class SingleWriteWorkflow(Generic[Result]):
    """
    A workflow whose write comes with its start, as an update.

    A refusal is the answer to this request for ever, except that the registry is frozen: that is
    said of the moment. The run then ends as failed, because only a failed run lets the same
    request, with the same ids, start a fresh one (api/commands/workflow_client.py).

    `skip_start_timer` sets no timer while the write is under way, and it nearly always is when the run begins,
    because it came with the start. Runs begun before have that timer in their history (ADR 0028).
    """

    def __init__(self, *, skip_start_timer: bool = False) -> None:
        self._skip_start_timer = skip_start_timer
        self._under_way = False
        self._written: Result | None = None
        self._frozen: ApplicationError | None = None

    async def _write(
        self,
        activity: Callable[[Any, Request], Awaitable[Result]],
        request: Request,
        options: policies.Options = policies.DATABASE,
    ) -> Result:
        """Have the activity write; call it from the update. `_written` keeps the result."""
        self._under_way = True
        try:
            self._written = await workflow.execute_activity_method(activity, request, **options)
        except ActivityError as refused:
            if isinstance(refused.cause, ApplicationError) and was_frozen(refused.cause):
                self._frozen = refused.cause
            raise
        finally:
            self._under_way = False
        return self._written

    async def _is_accepted(self) -> bool:
        """
        Wait for the write; False when it was refused or never came: there is nothing to follow.

        Raises:
            ApplicationError: the registry was frozen.
        """
        if self._skip_start_timer:
            await workflow.wait_condition(lambda: not self._under_way)
        if not (self._skip_start_timer and self._is_settled()):
            try:
                await workflow.wait_condition(self._is_settled, timeout=policies.NO_ONE_CAME)
            except TimeoutError:
                # A write that began may take longer: its worker died, or the database is away.
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._is_settled():
                    return False
        if self._frozen is not None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._frozen
        return True

    def _is_settled(self) -> bool:
        return self._written is not None or self._frozen is not None


class MailedSingleWriteWorkflow(SingleWriteWorkflow[MailedResult]):
    """A single write whose notifications are mailed from its moment on."""

    def __init__(self, *, skip_start_timer: bool = False) -> None:
        super().__init__(skip_start_timer=skip_start_timer)
        self._mailing = signals_and_mail.Mailing()

    async def _write(
        self,
        activity: Callable[[Any, Request], Awaitable[MailedResult]],
        request: Request,
        options: policies.Options = policies.DATABASE,
    ) -> MailedResult:
        written = await super()._write(activity, request, options)
        self._mailing.start(written.notification_ids)
        return written

    async def _finish(self) -> None:
        """
        Wait for the write, for its answer to be on its way, and for the mails.

        Raises:
            ApplicationError: the registry was frozen.
        """
        if await self._is_accepted():
            await workflow.wait_condition(workflow.all_handlers_finished)
            await self._mailing.finish()


def was_frozen(refusal: ApplicationError) -> bool:
    return refusal.type == RegistryFrozen.__name__
