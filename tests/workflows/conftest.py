"""
The workflows on a real Temporal server whose clock the tests move.

Every scenario runs twice: with workflows kept in memory, and cold, so that each step is replayed
from its history. With RECORD_HISTORIES=1 the histories are kept beside the tests for replay.
"""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from temporalio.worker import Worker

from activities.credits.retirement import RetireUnits
from activities.credits.transfer import TransferCredits
from activities.projects.projects import RegisterProject
from activities.projects.verification import AssignVerifier, Decision, RecordDecision
from adapters.settings.temporal import TemporalSettings
from adapters.temporal.runner import sandboxed_runner
from adapters.temporal.versions import declare_current, deployment
from tests.workflows.projects.findings_stand_in import FindingsStandIn
from tests.workflows.publishing.webhooks_stand_in import WebhooksStandIn
from tests.workflows.stand_ins import ChainStandIn, RegistryStandIn
from worker import WORKFLOWS
from workflows import policies
from workflows.credits import retirement, transfer
from workflows.credits.retirement import RetirementStart, RetirementState, RetirementWorkflow
from workflows.credits.transfer import TransferStart, TransferState, TransferWorkflow
from workflows.projects import verification
from workflows.projects.verification import (
    VerificationStart,
    VerificationState,
    VerificationWorkflow,
)
from workflows.signals_and_mail import RecordConfirmed

State = TypeVar("State")

HISTORIES = Path(__file__).parent / "histories"
DEADLINE = timedelta(days=3)
NO_WALLET = "wallet/devnet/none"


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    temporal = shutil.which("temporal") or str(Path(sys.executable).parent / "temporal")
    async with await WorkflowEnvironment.start_time_skipping_v2(
        # A waiting workflow would otherwise run into its deadline before a test can answer it.
        ts_config=TimeSkippingConfig(enabled=False),
        data_converter=pydantic_data_converter,
        search_attributes=[
            policies.KIND,
            policies.STATUS,
            policies.PROJECT_ID,
            policies.ORGANISATION_ID,
            policies.FOUND,
            policies.WAITING_SINCE,
        ],
        dev_server_existing_path=temporal,
        dev_server_startup_timeout=timedelta(seconds=30),
        dev_server_log_level="error",
        dev_server_extra_args=[
            *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
            *("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60"),
        ],
    ) as environment:
        yield environment


@pytest.fixture(params=[1000, 0], ids=["warm", "cold"])
def cached_workflows(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
async def stage(env: WorkflowEnvironment, cached_workflows: int) -> AsyncIterator["Stage"]:
    """A running worker with stand-ins; what a scenario leaves open is ended after it."""
    stage = Stage(env, RegistryStandIn(), ChainStandIn())
    common: dict[str, Any] = {"deployment_config": deployment(TemporalSettings())}
    async with (
        Worker(
            env.client,
            task_queue=policies.REGISTRY_QUEUE,
            workflows=WORKFLOWS,
            activities=[
                *stage.registry.activities(),
                *stage.webhooks.registry_activities(),
                *stage.findings.activities(),
                *stage.chain.registry_activities(),
            ],
            workflow_runner=sandboxed_runner(),
            workflow_failure_exception_types=[AssertionError],
            max_cached_workflows=cached_workflows,
            **common,
        ),
        Worker(
            env.client,
            task_queue=policies.CARDANO_QUEUE,
            activities=stage.chain.activities(),
            **common,
        ),
        Worker(
            env.client,
            task_queue=policies.SEALS_QUEUE,
            activities=[stage.chain.seal_certificate],
            **common,
        ),
        Worker(
            env.client,
            task_queue=policies.NOTIFY_QUEUE,
            activities=stage.webhooks.notify_activities(),
            **common,
        ),
    ):
        await declare_current(env.client, TemporalSettings())
        yield stage
        for handle in stage.opened:
            if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                await handle.terminate()


@dataclass
class Stage:
    """The people and machines around the workflows, as the tests see them."""

    env: WorkflowEnvironment
    registry: RegistryStandIn
    chain: ChainStandIn
    opened: list[WorkflowHandle[Any, Any]] = field(default_factory=list)
    webhooks: WebhooksStandIn = field(default_factory=WebhooksStandIn)
    findings: FindingsStandIn = field(default_factory=FindingsStandIn)

    @property
    def client(self) -> Client:
        return self.env.client

    def _handle(self, ends_with: type[State], workflow_id: str) -> WorkflowHandle[Any, State]:
        return self.client.get_workflow_handle(workflow_id, result_type=ends_with)

    async def register(
        self, *, answer_deadline: timedelta = timedelta(days=14)
    ) -> WorkflowHandle[Any, VerificationState]:
        """A supplier registers a project; the handle is that of its verification."""
        verification_id, project_id = uuid4(), uuid4()
        workflow_id = verification.workflow_id(verification_id)
        start = WithStartWorkflowOperation(
            VerificationWorkflow.run,
            VerificationStart(
                verification_id=verification_id,
                project_id=project_id,
                wallet_workflow_id=NO_WALLET,
                assignment_deadline_seconds=DEADLINE.total_seconds(),
                review_deadline_seconds=DEADLINE.total_seconds(),
                answer_deadline_seconds=answer_deadline.total_seconds(),
            ),
            id=workflow_id,
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        handle = self._handle(VerificationState, workflow_id)
        self.opened.append(handle)
        await self.client.execute_update_with_start_workflow(
            VerificationWorkflow.register,
            RegisterProject(
                project_id=project_id, verification_id=verification_id, developer_id=uuid4()
            ),
            start_workflow_operation=start,
        )
        return handle

    async def retire(self, *, wakes_wallet: bool = True) -> WorkflowHandle[Any, RetirementState]:
        """A holder retires credits; `wakes_wallet` False: the run wakes no wallet, as today's."""
        retirement_id = uuid4()
        workflow_id = retirement.workflow_id(retirement_id)
        start = WithStartWorkflowOperation(
            RetirementWorkflow.run,
            RetirementStart(
                retirement_id=retirement_id,
                wallet_workflow_id=NO_WALLET if wakes_wallet else None,
                brief=True,
                tells_end=True,
            ),
            id=workflow_id,
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        handle = self._handle(RetirementState, workflow_id)
        self.opened.append(handle)
        await self.client.execute_update_with_start_workflow(
            RetirementWorkflow.retire,
            RetireUnits(
                retirement_id=retirement_id,
                serial="KRB-2025-001-000002",
                quantity_units=100,
                account_id=uuid4(),
                waiting_workflow_id=workflow_id,
            ),
            start_workflow_operation=start,
        )
        return handle

    async def transfer(self) -> WorkflowHandle[Any, TransferState]:
        """A holder transfers credits."""
        transaction_id = uuid4()
        workflow_id = transfer.workflow_id(transaction_id)
        start = WithStartWorkflowOperation(
            TransferWorkflow.run,
            TransferStart(wallet_workflow_id=NO_WALLET, brief=True, tells_end=True),
            id=workflow_id,
            task_queue=policies.REGISTRY_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        handle = self._handle(TransferState, workflow_id)
        self.opened.append(handle)
        await self.client.execute_update_with_start_workflow(
            TransferWorkflow.transfer,
            TransferCredits(
                transaction_id=transaction_id,
                serial="KRB-2025-001-000001",
                quantity_units=100,
                sender_id=uuid4(),
                recipient_id=uuid4(),
                waiting_workflow_id=workflow_id,
            ),
            start_workflow_operation=start,
        )
        return handle

    async def assign(self, handle: WorkflowHandle[VerificationWorkflow, Any]) -> None:
        await handle.execute_update(
            VerificationWorkflow.assign_verifier,
            AssignVerifier(
                operation_id=uuid4(),
                verification_id=verification_of(handle),
                verifier_id=uuid4(),
                actor_id=uuid4(),
            ),
        )

    async def decide(
        self,
        handle: WorkflowHandle[VerificationWorkflow, Any],
        decision: Decision,
        *,
        needs_countersignature: bool = False,
    ) -> None:
        await handle.execute_update(
            VerificationWorkflow.decide,
            RecordDecision(
                operation_id=uuid4(),
                verification_id=verification_of(handle),
                actor_id=uuid4(),
                decision=decision,
                needs_countersignature=needs_countersignature,
            ),
        )

    async def confirm_record(self, handle: WorkflowHandle[Any, Any]) -> None:
        """The wallet says that six blocks stand on top of the record."""
        await handle.signal("record_confirmed", RecordConfirmed(record_id=self.registry.record_id))


def verification_of(handle: WorkflowHandle[Any, Any]) -> UUID:
    return UUID(handle.id.partition("/")[2])


async def keep_history(handle: WorkflowHandle[Any, Any], name: str) -> None:
    """Record a scenario's history for the replay test, when asked to (make histories)."""
    if os.environ.get("RECORD_HISTORIES"):
        history = await handle.fetch_history()
        (HISTORIES / f"{name}.json").write_text(history.to_json())
