"""Calls on the workflow that verifies a project."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle

from activities.projects.documents import CompleteDocument
from activities.projects.projects import RegisterProject
from activities.projects.verification import AddEvent, AssignVerifier, Countersign, RecordDecision
from api.commands.workflow_client import Operation, WorkflowClient
from workflows.projects import verification
from workflows.projects.verification import VerificationStart, VerificationWorkflow


class VerificationCalls(WorkflowClient):
    """Calls on the workflow that verifies a project."""

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
                    assignment_deadline_seconds=self._settings.rules.assignment_deadline_hours
                    * hour,
                    review_deadline_seconds=self._settings.rules.review_deadline_hours * hour,
                ),
                id=verification.workflow_id(request.verification_id),
                static_summary="Verification of a project",
                **self._start_options("verification", project_id=request.project_id),
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

    def _verification(self, verification_id: UUID) -> WorkflowHandle[VerificationWorkflow, Any]:
        return self._client.get_workflow_handle(verification.workflow_id(verification_id))
