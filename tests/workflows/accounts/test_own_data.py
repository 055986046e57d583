"""A copy of one's data, an erasure after its time to think, and the daily round over both."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from activities.accounts.own_data import ErasureStep, OwnDataListed, WaitingErasure
from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.accounts import own_data
from workflows.accounts.own_data import (
    DataExportStart,
    DataExportWorkflow,
    ErasureStart,
    ErasureWorkflow,
    PersonalDataStart,
    PersonalDataWorkflow,
)

ANNOUNCED = timedelta(days=3)


async def test_a_copy_is_made_and_told_of(stage: Stage) -> None:
    export_id = uuid4()
    handle = await stage.client.start_workflow(
        DataExportWorkflow.run,
        DataExportStart(export_id=export_id),
        id=own_data.export_workflow_id(export_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    made = await handle.result()

    assert made.export_id == export_id
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "data-export-made")


async def test_whose_time_has_come_is_reminded_and_erased(stage: Stage) -> None:
    erasure_id, now = uuid4(), datetime.now(UTC)
    handle = await stage.client.start_workflow(
        ErasureWorkflow.run,
        ErasureStart(
            erasure_id=erasure_id,
            remind_at=now - timedelta(days=2),
            erase_at=now + timedelta(seconds=0.3),
        ),
        id=own_data.erasure_workflow_id(erasure_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)

    assert await handle.result() == ErasureStep(erasure_id=erasure_id, outcome="erased")
    assert stage.registry.calls["remind_of_erasure"] == stage.registry.calls["erase_account"] == 1
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "erasure-done")


async def test_who_withdraws_is_not_erased(stage: Stage) -> None:
    erasure_id, now = uuid4(), datetime.now(UTC)
    handle = await stage.client.start_workflow(
        ErasureWorkflow.run,
        ErasureStart(
            erasure_id=erasure_id, remind_at=now + ANNOUNCED, erase_at=now + 2 * ANNOUNCED
        ),
        id=own_data.erasure_workflow_id(erasure_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    await handle.signal(ErasureWorkflow.erasure_withdrawn)

    assert await handle.result() == ErasureStep(erasure_id=erasure_id, outcome="withdrawn")
    assert stage.registry.calls["erase_account"] == 0
    await keep_history(handle, "erasure-withdrawn")


async def test_the_daily_round_seals_and_starts_what_nobody_has_started(stage: Stage) -> None:
    now = datetime.now(UTC)
    export_id, erasure_id = uuid4(), uuid4()
    stage.registry.own_data_listed = OwnDataListed(
        export_ids=(export_id,),
        erasures=(
            WaitingErasure(
                erasure_id=erasure_id, remind_at=now + ANNOUNCED, erase_at=now + 2 * ANNOUNCED
            ),
        ),
    )
    handle = await stage.client.start_workflow(
        PersonalDataWorkflow.run,
        PersonalDataStart(),
        id=f"{own_data.WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    erasing = stage.client.get_workflow_handle(own_data.erasure_workflow_id(erasure_id))
    stage.opened += [handle, erasing]

    sealed = await handle.result()
    await stage.client.get_workflow_handle(own_data.export_workflow_id(export_id)).result()

    assert (sealed.version, sealed.rows) == (2, 4)
    # A key of less than 90 days stays.
    made_before = stage.registry.key_made_before
    assert made_before is not None
    assert timedelta(days=89) < datetime.now(UTC) - made_before < timedelta(days=91)
    await keep_history(handle, "personal-data-round")
