"""What every worker sees to when it starts, and any number of them bring about once."""

import pytest
from temporalio.client import ScheduleOverlapPolicy

from tests.workflows.conftest import Stage
from workflows.long_running import (
    ACCOUNT_MAILS,
    CATCH_UP,
    CHAIN_WATCH,
    EXPORT,
    FORGETTING,
    LEDGER_CHECK,
    RECONCILIATION,
    STATUS_LISTS,
    SWEEPING,
    TRANSPARENCY_LOG,
    Recurring,
    audit_anchors,
    schedule,
)


@pytest.mark.parametrize(
    "recurring",
    [
        LEDGER_CHECK,
        EXPORT,
        CHAIN_WATCH,
        FORGETTING,
        RECONCILIATION,
        ACCOUNT_MAILS,
        SWEEPING,
        TRANSPARENCY_LOG,
        STATUS_LISTS,
        audit_anchors("devnet"),
    ],
    ids=lambda recurring: recurring.schedule_id,
)
async def test_however_many_workers_start_there_is_one_schedule(
    stage: Stage, recurring: Recurring
) -> None:
    await schedule(stage.client, recurring)
    await schedule(stage.client, recurring)

    handle = stage.client.get_schedule_handle(recurring.schedule_id)
    made = (await handle.describe()).schedule
    await handle.delete()

    (interval,) = made.spec.intervals
    assert interval.every == recurring.every
    assert made.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert made.policy.catchup_window == CATCH_UP
