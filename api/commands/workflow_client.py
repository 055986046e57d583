"""
How a workflow is asked: started with an update, or sent one; with limits, and errors of ours.

Every update carries an id derived from its operation, so sending it again is never a second one,
and a time limit, after which its outcome is unknown rather than failed (ADR 0003).
"""

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID, uuid4

from temporalio.client import (
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

from activities.asked_from import ASKED_FROM
from activities.payloads import Payload, PersonalRequest
from adapters.outages import NoAnswer
from api.http.claims.late_claims import claim_before_workflow
from api.http.errors.error_mapping import OutcomeUnknown, Unavailable, refusal_in
from api.http.resources import Resources
from domain.chain.wallets import DEFAULT_WALLET
from domain.errors import Conflict, NotFound, RegistryFrozen
from workflows import policies
from workflows.chain import wallet


@dataclass(frozen=True)
class Operation:
    """One use of a use case; `location` is where its result is to be found if the answer is late."""

    id: UUID
    location: str


@dataclass(frozen=True)
class WorkflowStart:
    """
    How a workflow is started: its `run` method with the one argument it takes, under `id`.

    `summary`, `kind`, `status`, `project_id` and `organisation_id` are what Temporal's lists show of it;
    the last is the account that the organisation holds under which asked for it.
    """

    run: Any
    argument: Payload
    id: str
    summary: str
    kind: str
    status: str = "waiting_for_request"
    project_id: UUID | None = None
    organisation_id: UUID | None = None

    def operation(self) -> WithStartWorkflowOperation[Any, Any]:
        """A fresh one for each call: none can be used twice."""
        attributes: list[SearchAttributePair[Any]] = [
            SearchAttributePair(policies.KIND, self.kind),
            SearchAttributePair(policies.STATUS, str(self.status)),
            SearchAttributePair(policies.WAITING_SINCE, datetime.now(UTC)),
        ]
        if self.project_id is not None:
            attributes.append(SearchAttributePair(policies.PROJECT_ID, str(self.project_id)))
        if self.organisation_id is not None:
            attributes.append(
                SearchAttributePair(policies.ORGANISATION_ID, str(self.organisation_id))
            )
        return WithStartWorkflowOperation(
            self.run,
            asked(self.argument),
            id=self.id,
            task_queue=policies.REGISTRY_QUEUE,
            # A repeated request meets the run that is under way, and never wakes a finished one. A
            # run that failed met a frozen registry (workflows/single_write_workflow.py): it may start afresh.
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            search_attributes=TypedSearchAttributes(attributes),
            static_summary=self.summary,
        )


class WorkflowClient:
    """
    Each call may raise WorkflowUpdateFailedError (with the refusal inside), OutcomeUnknown,
    Unavailable, or Conflict when the workflow has come to its end.
    """

    def __init__(self, parts: Resources) -> None:
        self._parts = parts
        self._client = parts.temporal
        self._breakers = parts.breakers
        self._seconds = parts.settings.temporal.update_timeout_seconds

    async def start_with(
        self,
        operation: Operation,
        start: WorkflowStart,
        update: Any,
        request: Payload | None = None,
        *,
        needs_storage: bool = False,
    ) -> None:
        """
        Start a workflow with the update it is there for.

        An update's answer is kept under its id, also when the run ended, so "frozen" may be of before
        the unfreeze; under another id it is asked for afresh. It is still brought about only once.
        """
        await claim_before_workflow(self._parts)
        try:
            await self._start_with(
                operation, start, update, request, str(operation.id), needs_storage=needs_storage
            )
        except WorkflowUpdateFailedError as refused:
            if not isinstance(refusal_in(refused), RegistryFrozen):
                raise
            update_id = f"{operation.id}/{uuid4()}"
            await self._start_with(
                operation, start, update, request, update_id, needs_storage=needs_storage
            )

    async def update(
        self,
        operation: Operation,
        workflow_id: str,
        update: Any,
        request: Payload,
        *,
        needs_storage: bool = False,
    ) -> None:
        """
        Send an update to a workflow that is there; `needs_storage` when it reads a document.

        "Frozen" is asked for afresh, as for `start_with`.
        """
        await claim_before_workflow(self._parts)
        handle = self._client.get_workflow_handle(workflow_id)

        async def ask(update_id: str) -> None:
            await self._finish(
                operation,
                handle.execute_update(
                    update, asked(request), id=update_id, rpc_timeout=self._limit
                ),
                needs_storage=needs_storage,
            )

        try:
            await ask(str(operation.id))
        except WorkflowUpdateFailedError as refused:
            if not isinstance(refusal_in(refused), RegistryFrozen):
                raise
            await ask(f"{operation.id}/{uuid4()}")

    @property
    def _limit(self) -> timedelta:
        return timedelta(seconds=self._seconds)

    async def _start_with(
        self,
        operation: Operation,
        start: WorkflowStart,
        update: Any,
        request: Payload | None,
        update_id: str,
        *,
        needs_storage: bool,
    ) -> None:
        try:
            await self._finish(
                operation,
                self._client.execute_update_with_start_workflow(
                    update,
                    args=() if request is None else (asked(request),),
                    start_workflow_operation=start.operation(),
                    id=update_id,
                    rpc_timeout=self._limit,
                ),
                needs_storage=needs_storage,
            )
        except WorkflowAlreadyStartedError:
            # It ran to its end before; what it brought about is in the database.
            return

    async def _finish(
        self, operation: Operation, update: Coroutine[Any, Any, object], *, needs_storage: bool
    ) -> None:
        try:
            # Temporal's own limit covers the acceptance only, not the wait for the result.
            # Closed also when nothing was sent, because one of the servers is known to hang.
            with closing(update):
                async with (
                    self._breakers.waiting_for_workflow(needs_storage=needs_storage),
                    asyncio.timeout(self._seconds),
                ):
                    await update
        except NoAnswer as silent:
            raise no_answer() from silent
        except (RPCTimeoutOrCancelledError, TimeoutError) as late:
            if not await self._breakers.temporal.answers():
                raise no_answer() from late
            raise OutcomeUnknown(operation.id, operation.location) from late
        except RPCError as error:
            raise_as_ours(error)
        except RuntimeError as never_connected:
            raise no_answer() from never_connected


def asked(request: Payload) -> Payload:
    """The same request with where it comes from, if a person asks for it (ADR 0054)."""
    if not isinstance(request, PersonalRequest):
        return request
    return request.model_copy(update={"asked_from": ASKED_FROM.get()})


def wallet_workflow_id(parts: Resources, name: str = DEFAULT_WALLET) -> str:
    """Of one of the platform's wallets, on the network that the registry writes to."""
    return wallet.workflow_id(parts.settings.chain.cardano_network.value, name)


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
