"""What was signed off, looked at every day."""

from datetime import timedelta

import pytest

from tests.workflows.conftest import Stage, keep_history
from workflows import long_running, policies
from workflows.projects.sign_offs import EVERY, SCHEDULE_ID, WORKFLOW_ID, SignOffsWorkflow


@pytest.mark.parametrize("holds", [True, False])
async def test_staff_get_one_mail_of_what_differs_and_none_when_all_is_as_it_was(
    stage: Stage, *, holds: bool
) -> None:
    stage.registry.sign_offs_hold = holds
    handle = await stage.client.start_workflow(
        SignOffsWorkflow.run, id=f"{WORKFLOW_ID}-{holds}", task_queue=policies.REGISTRY_QUEUE
    )

    report = await handle.result()

    assert report.sign_offs.differences == (0 if holds else 1)
    assert stage.registry.mailed == [stage.registry.notification_id] * (not holds)
    assert stage.registry.calls["correct_certificates"] == 1
    await keep_history(handle, "signoffs-hold" if holds else "signoffs-differ")


def test_it_comes_back_every_day() -> None:
    assert long_running.SIGN_OFFS.schedule_id == SCHEDULE_ID
    assert timedelta(days=1) == EVERY
