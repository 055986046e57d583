"""Calls on the wallets and on parked records."""

from typing import Any

from temporalio.client import WithStartWorkflowOperation

from activities.chain.resumption import ResumeRecord
from activities.chain.wallets import ChangeWallet
from api.commands.workflow_client import Operation, WorkflowClient
from workflows.chain import resumption, wallet
from workflows.chain.resumption import ResumptionStart, ResumptionWorkflow
from workflows.chain.wallet import WalletWorkflow


class ChainCalls(WorkflowClient):
    """Calls on the wallets and on parked records."""

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
        network = self._settings.chain.cardano_network.value
        running = self._client.get_workflow_handle(wallet.workflow_id(network, request.wallet))
        await self._finish(
            operation,
            running.execute_update(update, request, id=str(operation.id), rpc_timeout=self._limit),
        )
