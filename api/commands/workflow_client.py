"""
How a workflow is asked: started with an update, or sent one; with limits, and errors of ours.

Every update carries an id derived from its operation, so sending it again is never a second one,
and a time limit, after which its outcome is unknown rather than failed (ADR 0003).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.payloads import Payload
from adapters.settings import Settings
from api.http.error_mapping import OutcomeUnknown, Unavailable, refusal_in
from domain.errors import Conflict, NotFound, RegistryFrozen
from workflows import policies
from workflows.chain import wallet

HEALTH_SECONDS = 2

Result = TypeVar("Result")


@dataclass(frozen=True)
class Operation:
    """One use of a use case; `location` is where its result is to be found if the answer is late."""

    id: UUID
    location: str


class WorkflowClient:
    """
    Each call may raise WorkflowUpdateFailedError (with the refusal inside), OutcomeUnknown,
    Unavailable, or Conflict when the workflow has come to its end.
    """

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._wallet_workflow_id = wallet.workflow_id(settings.chain.cardano_network.value)

    async def healthy(self) -> bool:
        """Whether Temporal answers; a connection that was never made is tried again."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                return await self._client.service_client.check_health()
        except (RPCError, RuntimeError, TimeoutError):
            return False

    @property
    def _limit(self) -> timedelta:
        return timedelta(seconds=self._settings.temporal.update_timeout_seconds)

    @staticmethod
    def _start_options(
        kind: str, *, project_id: UUID | None = None, status: str = "waiting_for_request"
    ) -> dict[str, Any]:
        attributes: list[SearchAttributePair[Any]] = [
            SearchAttributePair(policies.KIND, kind),
            SearchAttributePair(policies.STATUS, str(status)),
            SearchAttributePair(policies.WAITING_SINCE, datetime.now(UTC)),
        ]
        if project_id is not None:
            attributes.append(SearchAttributePair(policies.PROJECT_ID, str(project_id)))
        return {
            "task_queue": policies.REGISTRY_QUEUE,
            # A repeated request meets the run that is under way, and never wakes a finished one. A
            # run that failed met a frozen registry (workflows/single_write_workflow.py): it may start afresh.
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            "search_attributes": TypedSearchAttributes(attributes),
        }

    async def _start_with(
        self,
        operation: Operation,
        update: Any,
        request: Payload,
        start: Callable[[], WithStartWorkflowOperation[Any, Any]],
    ) -> None:
        """
        Start a workflow with the update it is there for.

        An update's answer is kept under its id, also when the run ended, so "frozen" may be of before
        the unfreeze; under another id it is asked for afresh. It is still brought about only once.
        """

        async def ask(update_id: str) -> None:
            asked = self._client.execute_update_with_start_workflow(
                update,
                request,
                start_workflow_operation=start(),
                id=update_id,
                rpc_timeout=self._limit,
            )
            await self._finish_with_start(operation, asked)

        try:
            await ask(str(operation.id))
        except WorkflowUpdateFailedError as refused:
            if not isinstance(refusal_in(refused), RegistryFrozen):
                raise
            await ask(f"{operation.id}/{uuid4()}")

    async def _finish_with_start(self, operation: Operation, update: Awaitable[object]) -> None:
        try:
            await self._finish(operation, update)
        except WorkflowAlreadyStartedError:
            # It ran to its end before; what it brought about is in the database.
            return

    async def _finish(self, operation: Operation, update: Awaitable[Result]) -> Result:
        try:
            # Temporal's own limit covers the acceptance only, not the wait for the result.
            async with asyncio.timeout(self._settings.temporal.update_timeout_seconds):
                return await update
        except (RPCTimeoutOrCancelledError, TimeoutError) as late:
            if not await self.healthy():
                raise no_answer() from late
            raise OutcomeUnknown(operation.id, operation.location) from late
        except RPCError as error:
            raise_as_ours(error)
        except RuntimeError as never_connected:
            raise no_answer() from never_connected


def raise_as_ours(error: RPCError) -> NoReturn:
    if error.status is RPCStatusCode.NOT_FOUND and "already completed" in error.message:
        raise Conflict("This has come to its end; nothing more can be done to it.") from error
    if error.status is RPCStatusCode.NOT_FOUND:
        raise NotFound("There is no workflow for this any more.") from error
    if error.status in {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
    }:
        raise no_answer() from error
    raise error


def no_answer() -> Unavailable:
    return Unavailable(
        "The registry's workflows cannot be reached at the moment. Nothing was lost: send the same"
        " request with the same Idempotency-Key again."
    )
