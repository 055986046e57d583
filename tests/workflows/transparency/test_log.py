"""The transparency log and the status lists come back on schedules, and end."""

from uuid import uuid4

import pytest

from activities.certificates.status_lists import StatusListsSigned
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.certificates import status_lists
from workflows.certificates.status_lists import StatusListsWorkflow
from workflows.transparency import log
from workflows.transparency.log import TransparencyLogState, TransparencyLogWorkflow


@pytest.mark.parametrize(("grew", "name"), [(True, "grew"), (False, "rests")])
async def test_a_checkpoint_is_published_when_the_log_grew(
    stage: Stage, grew: bool, name: str
) -> None:
    stage.registry.audit_grew = grew
    handle = await stage.client.start_workflow(
        TransparencyLogWorkflow.run,
        id=f"{log.SCHEDULE_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    witnesses = ("witness.example",) if grew else ()
    assert await handle.result() == TransparencyLogState(size=9, witnesses=witnesses)
    assert stage.registry.calls["publish_checkpoint"] == grew
    await keep_history(handle, f"transparency-{name}")


async def test_status_lists_are_signed(stage: Stage) -> None:
    handle = await stage.client.start_workflow(
        StatusListsWorkflow.run,
        id=f"{status_lists.SCHEDULE_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == StatusListsSigned(lists=6, changed=1)
    await keep_history(handle, "status-lists-signed")
