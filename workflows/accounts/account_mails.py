"""Mails about accounts: one that was just asked for, and those that nobody has started."""

import contextlib
from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.accounts.account_mails import (
        AccountMailActivities,
        ListAccountMessages,
        MailAccountMessage,
    )
    from activities.payloads import Payload
    from workflows import policies
    from workflows.scheduled_runs import tell_found

SCHEDULE_ID = "account-mails"
EVERY = timedelta(minutes=5)


def workflow_id(message_id: UUID) -> str:
    return f"account-mail/{message_id}"


class AccountMailStart(Payload):
    message_id: UUID


@workflow.defn(
    # It ends with its one mail, which is given up after a day (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class AccountMailWorkflow:
    @workflow.run
    async def run(self, start: AccountMailStart) -> None:
        try:
            await workflow.execute_activity_method(
                AccountMailActivities.mail_account_message,
                MailAccountMessage(message_id=start.message_id),
                **policies.MAIL,
            )
        except ActivityError as unsent:
            workflow.logger.error("A mail about an account was not sent: %s", unsent.message)


@workflow.defn(
    # It lasts seconds, and another one comes (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class AccountMailSweepWorkflow:
    """Starts what nobody has started; a mail that is on its way already has that workflow's id."""

    @workflow.run
    async def run(self) -> None:
        listed = await workflow.execute_activity_method(
            AccountMailActivities.list_account_messages, ListAccountMessages(), **policies.DATABASE
        )
        waiting = len(listed.message_ids)
        tell_found(waiting > 0, f"Mails: {waiting}")
        for message_id in listed.message_ids:
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    AccountMailWorkflow.run,
                    AccountMailStart(message_id=message_id),
                    id=workflow_id(message_id),
                    parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                )
