"""How workflows are run: outside Temporal's sandbox, once each has been loaded inside it (ADR 0028)."""

import dataclasses

from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy


class UnsandboxedAfterCheck(UnsandboxedWorkflowRunner):
    """
    Loads every workflow in the sandbox when the worker starts, and runs it outside.

    The sandbox imports a workflow's modules anew for each run, which took two fifths of the worker's
    time for a retirement. What it would catch while one runs is caught by the tests, which run every
    scenario and every recorded history inside it (ADR 0028).
    """

    def prepare_workflow(self, defn: workflow._Definition) -> None:
        sandboxed_runner().prepare_workflow(defn)


def sandboxed_runner() -> SandboxedWorkflowRunner:
    """A module that a workflow imports without saying so is an error at start, not 10 MB a run."""
    restrictions = dataclasses.replace(
        # `from workflows import policies` would run that module anew in each workflow, although it
        # is said to be passed through: a submodule is asked for only after its package.
        SandboxRestrictions.default.with_passthrough_modules(
            "workflows.single_write_workflow", "workflows.signals_and_mail", "workflows.policies"
        ),
        import_notification_policy=(
            SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
            | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        ),
    )
    return SandboxedWorkflowRunner(restrictions=restrictions)
