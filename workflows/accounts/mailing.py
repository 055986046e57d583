"""Mailing a part of a reversal's notices: as many as one history can hold with ease."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.credits.reversal import ListNotices, ReversalActivities
    from activities.payloads import Payload
    from workflows import policies, signals_and_mail


def mailing_workflow_id(reversal_id: UUID, first: int) -> str:
    return f"mailing/{reversal_id}/{first}"


class MailingStart(Payload):
    """`first` counts the notices before this batch."""

    reversal_id: UUID
    first: int


@workflow.defn(
    # It ends with its last mail, which is given up after a day (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class MailingWorkflow:
    @workflow.run
    async def run(self, start: MailingStart) -> None:
        listed = await workflow.execute_activity_method(
            ReversalActivities.list_notices,
            ListNotices(
                reversal_id=start.reversal_id,
                first=start.first,
                count=policies.NOTICES_PER_BATCH,
            ),
            **policies.DATABASE,
        )
        mailing = signals_and_mail.Mailing()
        mailing.start(listed.notification_ids)
        await mailing.finish()
