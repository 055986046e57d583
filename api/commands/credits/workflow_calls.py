"""Calls on workflows that move units, and on those that let or forbid it."""

from typing import Any

from temporalio.client import WithStartWorkflowOperation

from activities.credits.buffer import ReleaseBuffer
from activities.credits.cancellation import CancelCredits
from activities.credits.freeze import ChangeState
from activities.credits.retirement import RetireUnits
from activities.credits.reversal import RecordReversal
from activities.credits.transfer import TransferCredits
from api.commands.workflow_client import Operation, WorkflowClient
from workflows.credits import buffer, cancellation, freeze, reversal
from workflows.credits.buffer import BufferReleaseStart, BufferReleaseWorkflow
from workflows.credits.cancellation import CancellationStart, CancellationWorkflow
from workflows.credits.freeze import FreezeStart, FreezeWorkflow
from workflows.credits.retirement import RetirementStage, RetirementStart, RetirementWorkflow
from workflows.credits.reversal import ReversalStart, ReversalWorkflow
from workflows.credits.transfer import TransferStart, TransferWorkflow


class LedgerCalls(WorkflowClient):
    """Calls on workflows that move units, and on those that let or forbid it."""

    async def retire(self, operation: Operation, request: RetireUnits) -> None:
        await self._start_with(
            operation,
            RetirementWorkflow.retire,
            request,
            lambda: WithStartWorkflowOperation(
                RetirementWorkflow.run,
                RetirementStart(retirement_id=request.retirement_id, brief=True),
                id=request.waiting_workflow_id,
                static_summary="Retirement, until its certificate is sealed",
                **self._start_options("retirement", status=RetirementStage.WAITING_FOR_CHAIN),
            ),
        )

    async def transfer(self, operation: Operation, request: TransferCredits) -> None:
        await self._start_with(
            operation,
            TransferWorkflow.transfer,
            request,
            lambda: WithStartWorkflowOperation(
                TransferWorkflow.run,
                TransferStart(brief=True),
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
