"""Mails about accounts: one at a time as they are asked for, and those that nobody has started."""

from uuid import uuid4

from temporalio.client import WorkflowHandle

from tests.workflows.conftest import Stage, keep_history
from workflows import policies
from workflows.accounts import account_mails
from workflows.accounts.account_mails import (
    AccountMailStart,
    AccountMailSweepWorkflow,
    AccountMailWorkflow,
)


async def test_a_mail_is_handed_to_the_activity_by_its_id_alone(stage: Stage) -> None:
    message_id = uuid4()
    handle: WorkflowHandle[AccountMailWorkflow, None] = await stage.client.start_workflow(
        AccountMailWorkflow.run,
        AccountMailStart(message_id=message_id),
        id=account_mails.workflow_id(message_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    await handle.result()

    assert stage.registry.calls["mail_account_message"] == 1
    await keep_history(handle, "account-mailed")


async def test_what_nobody_has_started_is_started_once(stage: Stage) -> None:
    waiting = (stage.registry.record_id, stage.registry.notification_id)
    under_way = await stage.client.start_workflow(
        AccountMailWorkflow.run,
        AccountMailStart(message_id=waiting[0]),
        id=account_mails.workflow_id(waiting[0]),
        # Nobody works on this queue: it is on its way for as long as the test lasts.
        task_queue="nobody",
    )
    stage.opened.append(under_way)
    handle: WorkflowHandle[AccountMailSweepWorkflow, None] = await stage.client.start_workflow(
        AccountMailSweepWorkflow.run,
        id=f"{account_mails.SCHEDULE_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    await handle.result()

    started = stage.client.get_workflow_handle(account_mails.workflow_id(waiting[1]))
    await started.result()
    assert stage.registry.calls["list_account_messages"] == 1
    assert stage.registry.calls["mail_account_message"] == 1
    await keep_history(handle, "account-swept")
