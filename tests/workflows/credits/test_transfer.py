"""A transfer: the units change hands at once, the record follows."""

from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.credits.transfer import TransferStage as Step
from workflows.credits.transfer import TransferState


async def test_a_transfer_ends_when_its_record_is_confirmed(stage: Stage) -> None:
    handle = await stage.transfer()

    await stage.confirm_record(handle)

    assert await handle.result() == TransferState(
        stage=Step.DONE, serial="KRB-2025-001-000002", record_confirmed=True
    )
    listed = (await handle.describe()).typed_search_attributes
    assert listed.get(policies.STATUS) == Step.DONE
    assert stage.registry.mailed == [stage.registry.notification_id]
    await keep_history(handle, "transfer-confirmed")
