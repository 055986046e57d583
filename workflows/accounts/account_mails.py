"""Mails about accounts: one that was just asked for, and those that nobody has started."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.accounts.account_mails import (
        AccountMailActivities,
        AccountMessageHandled,
        ListAccountMessages,
        MailAccountMessage,
    )
    from activities.payloads import Payload
    from workflows import policies

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
        await _mail([start.message_id], policies.MAIL)


@workflow.defn(
    # It lasts minutes at most, and another one comes (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class AccountMailSweepWorkflow:
    @workflow.run
    async def run(self) -> None:
        listed = await workflow.execute_activity_method(
            AccountMailActivities.list_account_messages, ListAccountMessages(), **policies.DATABASE
        )
        await _mail(listed.message_ids, policies.SHORT_MAIL)


async def _mail(message_ids: Sequence[UUID], options: policies.Options) -> None:
    """All at the same time; one that cannot be sent holds up no other."""
    on_their_way: list[workflow.ActivityHandle[AccountMessageHandled]] = [
        workflow.start_activity_method(
            AccountMailActivities.mail_account_message,
            MailAccountMessage(message_id=message_id),
            **options,
        )
        for message_id in message_ids
    ]
    for mailing in on_their_way:
        try:
            await mailing
        except ActivityError as unsent:
            workflow.logger.error("A mail about an account was not sent: %s", unsent.message)
