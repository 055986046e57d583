"""
Histories that were recorded once replay on today's code.

A failure here means that workflows under way would get stuck after a deployment: bring the change
in with `workflow.patched` (docs/operations.md, "Deploying a new worker version").
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from adapters.temporal.runner import sandboxed_runner
from tests.workflows.conftest import HISTORIES
from worker import WORKFLOWS

RECORDED = sorted(HISTORIES.glob("*.json"))


def test_there_is_a_history_of_every_workflow() -> None:
    assert {path.stem.partition("-")[0] for path in RECORDED} == {
        "verification",
        "retirement",
        "certificate",
        "transfer",
        "cancellation",
        "chain",
        "resumption",
        "buffer",
        "reversal",
        "obligation",
        "mailing",
        "account",
        "data",
        "erasure",
        "personal",
        "wallet",
        "follower",
        "conservation",
        "signoffs",
        "audit",
        "reconcile",
        "rotation",
        "freeze",
        "export",
        "report",
        "reports",
        "ingestion",
        "issues",
        "watch",
        "folders",
        "dispatcher",
        "delivery",
        "answers",
        "sweep",
        "status",
        "transparency",
        "notices",
        "digests",
        "proposal",
        "reservation",
        "appeal",
        "issuance",
        "standard",
    }


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=sandboxed_runner(),
    )

    await replayer.replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))
