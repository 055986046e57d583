"""An appeal waits for staff: both days are reminded of before and told of after, unless they were kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle

from activities.projects.programme.appeals import AcknowledgeAppeal, DecideAppeal, FileAppeal
from domain.projects.programme.appeals import AppealKind, AppealStatus, Outcome
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.credits.test_ledger_operations import asked
from tests.workflows.forever import until
from workflows.projects.programme.appeals import (
    AppealStart,
    AppealState,
    AppealWorkflow,
    workflow_id,
)


async def filed(stage: Stage) -> WorkflowHandle[Any, AppealState]:
    appeal_id = uuid4()
    return await asked(
        stage,
        AppealWorkflow.run,
        AppealWorkflow.file,
        workflow_id(appeal_id),
        AppealStart(appeal_id=appeal_id),
        FileAppeal(
            appeal_id=appeal_id,
            kind=AppealKind.APPEAL,
            project_id=uuid4(),
            verification_id=uuid4(),
            account_id=uuid4(),
        ),
    )


def of(handle: WorkflowHandle[Any, Any]) -> UUID:
    return UUID(handle.id.partition("/")[2])


async def acknowledge(handle: WorkflowHandle[Any, Any]) -> None:
    request = AcknowledgeAppeal(operation_id=uuid4(), appeal_id=of(handle), account_id=uuid4())
    await handle.execute_update(AppealWorkflow.acknowledge, request)


async def decide(handle: WorkflowHandle[Any, Any]) -> None:
    request = DecideAppeal(
        operation_id=uuid4(), appeal_id=of(handle), outcome=Outcome.UPHELD, account_id=uuid4()
    )
    await handle.execute_update(AppealWorkflow.decide, request)


async def test_what_is_answered_in_time_is_nobodys_trouble(stage: Stage) -> None:
    handle = await filed(stage)
    await acknowledge(handle)
    await decide(handle)

    assert await handle.result() == AppealState(status=AppealStatus.UPHELD)
    assert stage.registry.programme.noted == []
    await keep_history(handle, "appeal-upheld")


async def test_each_day_is_reminded_of_and_told_when_it_has_passed(stage: Stage) -> None:
    handle = await filed(stage)
    noted = stage.registry.programme.noted

    await stage.env.fast_forward(handle, timedelta(days=7))
    await until(lambda: noted == [("acknowledgement", False)])
    await stage.env.fast_forward(handle, timedelta(days=2))
    await until(lambda: len(noted) == 2)
    await acknowledge(handle)
    await stage.env.fast_forward(handle, timedelta(days=52))
    await until(lambda: len(noted) == 4)
    await decide(handle)

    assert await handle.result() == AppealState(status=AppealStatus.UPHELD)
    assert noted == [
        ("acknowledgement", False),
        ("acknowledgement", True),
        ("answer", False),
        ("answer", True),
    ]
    await keep_history(handle, "appeal-overdue")
