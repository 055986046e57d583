"""
The calls that routes make on workflows: a method for each use case, with names, ids and limits.

Every update carries an id derived from its operation, so sending it again is never a second one,
and a time limit, after which its outcome is unknown rather than failed (ADR 0003).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
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

from activities.buffer import ReleaseBuffer
from activities.cancellation import CancelCredits
from activities.documents import CompleteDocument
from activities.freeze import ChangeState
from activities.payloads import Payload
from activities.projects import RegisterProject
from activities.resumption import ResumeRecord
from activities.retirement import RetireUnits
from activities.reversal import RecordReversal
from activities.transfer import TransferCredits
from activities.verification import AddEvent, AssignVerifier, Countersign, RecordDecision
from activities.wallets import ChangeWallet
from adapters.settings import Settings
from api.errors import OutcomeUnknown, Unavailable, refusal_in
from domain.errors import Conflict, NotFound, RegistryFrozen
from workflows import (
    buffer,
    cancellation,
    export,
    freeze,
    policies,
    resumption,
    retirement,
    reversal,
    verification,
    wallet,
)
from workflows.buffer import BufferReleaseStart, BufferReleaseWorkflow
from workflows.cancellation import CancellationStart, CancellationWorkflow
from workflows.export import ExportStart, ExportWorkflow
from workflows.freeze import FreezeStart, FreezeWorkflow
from workflows.resumption import ResumptionStart, ResumptionWorkflow
from workflows.retirement import RetirementStart, RetirementState, RetirementWorkflow
from workflows.reversal import ReversalStart, ReversalWorkflow
from workflows.transfer import TransferStart, TransferWorkflow
from workflows.verification import VerificationStart, VerificationState, VerificationWorkflow
from workflows.wallet import WalletWorkflow

QUERY_SECONDS = 5
HEALTH_SECONDS = 2

Result = TypeVar("Result")


@dataclass(frozen=True)
class Operation:
    """One use of a use case; `location` is where its result is to be found if the answer is late."""

    id: UUID
    location: str


@dataclass(frozen=True)
class WorkflowSeen:
    """What staff see of a workflow; `state` is its own answer to the `state` query."""

    workflow_id: str
    status: str
    state: VerificationState | RetirementState
    history_url: str


class WorkflowCalls:
    """
    Each call may raise WorkflowUpdateFailedError (with the refusal inside), OutcomeUnknown,
    Unavailable, or Conflict when the workflow has come to its end.
    """

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._wallet_workflow_id = wallet.workflow_id(settings.cardano_network.value)

    async def register_project(self, operation: Operation, request: RegisterProject) -> None:
        """Start the verification's workflow with the registration, in one call."""
        hour = timedelta(hours=1).total_seconds()
        await self._start_with(
            operation,
            VerificationWorkflow.register,
            request,
            lambda: WithStartWorkflowOperation(
                VerificationWorkflow.run,
                VerificationStart(
                    verification_id=request.verification_id,
                    project_id=request.project_id,
                    wallet_workflow_id=self._wallet_workflow_id,
                    assignment_deadline_seconds=self._settings.assignment_deadline_hours * hour,
                    review_deadline_seconds=self._settings.review_deadline_hours * hour,
                ),
                id=verification.workflow_id(request.verification_id),
                static_summary="Verification of a project",
                **self._start_options("verification", project_id=request.project_id),
            ),
        )

    async def retire(self, operation: Operation, request: RetireUnits) -> None:
        await self._start_with(
            operation,
            RetirementWorkflow.retire,
            request,
            lambda: WithStartWorkflowOperation(
                RetirementWorkflow.run,
                RetirementStart(retirement_id=request.retirement_id),
                id=request.waiting_workflow_id,
                static_summary="Retirement, until its certificate is sealed",
                **self._start_options("retirement"),
            ),
        )

    async def transfer(self, operation: Operation, request: TransferCredits) -> None:
        await self._start_with(
            operation,
            TransferWorkflow.transfer,
            request,
            lambda: WithStartWorkflowOperation(
                TransferWorkflow.run,
                TransferStart(),
                id=request.waiting_workflow_id,
                static_summary="Transfer, until it stands on the chain",
                **self._start_options("transfer"),
            ),
        )

    async def cancel(self, operation: Operation, request: CancelCredits) -> None:
        await self._start_with(
            operation,
            CancellationWorkflow.cancel,
            request,
            lambda: WithStartWorkflowOperation(
                CancellationWorkflow.run,
                CancellationStart(transaction_id=request.transaction_id),
                id=cancellation.workflow_id(request.transaction_id),
                static_summary="Cancellation of credits",
                **self._start_options("cancellation"),
            ),
        )

    async def release_buffer(self, operation: Operation, request: ReleaseBuffer) -> None:
        await self._start_with(
            operation,
            BufferReleaseWorkflow.release,
            request,
            lambda: WithStartWorkflowOperation(
                BufferReleaseWorkflow.run,
                BufferReleaseStart(transaction_id=request.transaction_id),
                id=buffer.workflow_id(request.transaction_id),
                static_summary="Release of buffer credits",
                **self._start_options("buffer_release"),
            ),
        )

    async def record_reversal(self, operation: Operation, request: RecordReversal) -> None:
        await self._start_with(
            operation,
            ReversalWorkflow.record,
            request,
            lambda: WithStartWorkflowOperation(
                ReversalWorkflow.run,
                ReversalStart(reversal_id=request.reversal_id),
                id=reversal.workflow_id(request.reversal_id),
                static_summary="Reversal, until the holders are told",
                **self._start_options("reversal", project_id=request.project_id),
            ),
        )

    async def freeze(self, operation: Operation, request: ChangeState) -> None:
        await self._start_with(
            operation, FreezeWorkflow.freeze, request, lambda: self._freeze_start(request)
        )

    async def unfreeze(self, operation: Operation, request: ChangeState) -> None:
        await self._start_with(
            operation, FreezeWorkflow.unfreeze, request, lambda: self._freeze_start(request)
        )

    async def resume_record(self, operation: Operation, request: ResumeRecord) -> None:
        await self._start_with(
            operation,
            ResumptionWorkflow.resume,
            request,
            lambda: WithStartWorkflowOperation(
                ResumptionWorkflow.run,
                ResumptionStart(
                    operation_id=request.operation_id, wallet_workflow_id=self._wallet_workflow_id
                ),
                id=resumption.workflow_id(request.operation_id),
                static_summary="Sends a parked chain record on",
                **self._start_options("resumption"),
            ),
        )

    async def freeze_wallet(self, operation: Operation, request: ChangeWallet) -> None:
        await self._change_wallet(operation, WalletWorkflow.freeze, request)

    async def resume_wallet(self, operation: Operation, request: ChangeWallet) -> None:
        await self._change_wallet(operation, WalletWorkflow.resume, request)

    async def _change_wallet(
        self, operation: Operation, update: Any, request: ChangeWallet
    ) -> None:
        network = self._settings.cardano_network.value
        running = self._client.get_workflow_handle(wallet.workflow_id(network, request.wallet))
        await self._finish(
            operation,
            running.execute_update(update, request, id=str(operation.id), rpc_timeout=self._limit),
        )

    async def publish_export(self, operation: Operation, actor_id: UUID) -> None:
        start = WithStartWorkflowOperation(
            ExportWorkflow.run,
            ExportStart(export_id=operation.id, actor_id=actor_id),
            id=export.workflow_id(operation.id),
            static_summary="Publishes the open data",
            **self._start_options("export"),
        )
        await self._finish_with_start(
            operation,
            self._client.execute_update_with_start_workflow(
                ExportWorkflow.published,
                start_workflow_operation=start,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def assign_verifier(self, operation: Operation, request: AssignVerifier) -> None:
        await self._finish(
            operation,
            self._verification(request.verification_id).execute_update(
                VerificationWorkflow.assign_verifier,
                request,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def complete_document(
        self, operation: Operation, verification_id: UUID, request: CompleteDocument
    ) -> None:
        await self._finish(
            operation,
            self._verification(verification_id).execute_update(
                VerificationWorkflow.complete_document,
                request,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def add_event(self, operation: Operation, request: AddEvent) -> None:
        await self._finish(
            operation,
            self._verification(request.verification_id).execute_update(
                VerificationWorkflow.add_event,
                request,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def decide(self, operation: Operation, request: RecordDecision) -> None:
        await self._finish(
            operation,
            self._verification(request.verification_id).execute_update(
                VerificationWorkflow.decide,
                request,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def countersign(self, operation: Operation, request: Countersign) -> None:
        await self._finish(
            operation,
            self._verification(request.verification_id).execute_update(
                VerificationWorkflow.countersign,
                request,
                id=str(operation.id),
                rpc_timeout=self._limit,
            ),
        )

    async def verification_seen(self, verification_id: UUID) -> WorkflowSeen:
        handle = self._verification(verification_id)
        limit = timedelta(seconds=QUERY_SECONDS)
        return await self._seen(
            handle, lambda: handle.query(VerificationWorkflow.state, rpc_timeout=limit)
        )

    async def retirement_seen(self, retirement_id: UUID) -> WorkflowSeen:
        handle = self._client.get_workflow_handle(retirement.workflow_id(retirement_id))
        limit = timedelta(seconds=QUERY_SECONDS)
        return await self._seen(
            handle, lambda: handle.query(RetirementWorkflow.state, rpc_timeout=limit)
        )

    async def healthy(self) -> bool:
        """Whether Temporal answers; a connection that was never made is tried again."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                return await self._client.service_client.check_health()
        except (RPCError, RuntimeError, TimeoutError):
            return False

    @property
    def _limit(self) -> timedelta:
        return timedelta(seconds=self._settings.update_timeout_seconds)

    def _verification(self, verification_id: UUID) -> WorkflowHandle[VerificationWorkflow, Any]:
        return self._client.get_workflow_handle(verification.workflow_id(verification_id))

    def _freeze_start(
        self, request: ChangeState
    ) -> WithStartWorkflowOperation[FreezeWorkflow, Any]:
        return WithStartWorkflowOperation(
            FreezeWorkflow.run,
            FreezeStart(operation_id=request.operation_id),
            id=freeze.workflow_id(request.operation_id),
            static_summary="Freeze or unfreeze the registry",
            **self._start_options("freeze"),
        )

    @staticmethod
    def _start_options(kind: str, *, project_id: UUID | None = None) -> dict[str, Any]:
        attributes: list[SearchAttributePair[Any]] = [
            SearchAttributePair(policies.KIND, kind),
            SearchAttributePair(policies.STATUS, "waiting_for_request"),
            SearchAttributePair(policies.WAITING_SINCE, datetime.now(UTC)),
        ]
        if project_id is not None:
            attributes.append(SearchAttributePair(policies.PROJECT_ID, str(project_id)))
        return {
            "task_queue": policies.REGISTRY_QUEUE,
            # A repeated request meets the run that is under way, and never wakes a finished one. A
            # run that failed met a frozen registry (workflows/attempts.py): it may start afresh.
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
            async with asyncio.timeout(self._settings.update_timeout_seconds):
                return await update
        except (RPCTimeoutOrCancelledError, TimeoutError) as late:
            if not await self.healthy():
                raise _no_answer() from late
            raise OutcomeUnknown(operation.id, operation.location) from late
        except RPCError as error:
            _raise_as_ours(error)
        except RuntimeError as never_connected:
            raise _no_answer() from never_connected

    async def _seen(
        self,
        handle: WorkflowHandle[Any, Any],
        ask: Callable[[], Awaitable[VerificationState | RetirementState]],
    ) -> WorkflowSeen:
        try:
            description = await handle.describe(rpc_timeout=timedelta(seconds=QUERY_SECONDS))
            state = await ask()
        except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError) as silent:
            raise _no_worker() from silent
        except RPCError as error:
            if error.status in {RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED}:
                raise _no_worker() from error
            _raise_as_ours(error)
        except RuntimeError as never_connected:
            raise _no_answer() from never_connected
        status = description.status.name.lower() if description.status else "unknown"
        return WorkflowSeen(handle.id, status, state, self._history_url(handle.id))

    def _history_url(self, workflow_id: str) -> str:
        namespace = quote(self._settings.temporal_namespace, safe="")
        return (
            f"{self._settings.temporal_ui_url.rstrip('/')}/namespaces/{namespace}"
            f"/workflows/{quote(workflow_id, safe='')}"
        )


def _raise_as_ours(error: RPCError) -> NoReturn:
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
        raise _no_answer() from error
    raise error


def _no_answer() -> Unavailable:
    return Unavailable(
        "The registry's workflows cannot be reached at the moment. Nothing was lost: send the same"
        " request with the same Idempotency-Key again."
    )


def _no_worker() -> Unavailable:
    return Unavailable("No worker answers at the moment; the workflow itself is safe.")
