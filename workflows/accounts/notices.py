"""Mailing notifications that no other workflow is there to mail, as that of a locked sign-in."""

from uuid import UUID

import pydantic
from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.payloads import Payload
    from workflows import signals_and_mail


def workflow_id(notification_id: UUID) -> str:
    return f"notices/{notification_id}"


class NoticesStart(Payload):
    notification_ids: tuple[UUID, ...]


@workflow.defn(
    # It ends with its last mail, which is given up after a day (ADR 0009).
    versioning_behavior=VersioningBehavior.PINNED,
    failure_exception_types=[pydantic.ValidationError],
)
class NoticesWorkflow:
    @workflow.run
    async def run(self, start: NoticesStart) -> None:
        mailing = signals_and_mail.Mailing()
        mailing.start(start.notification_ids)
        await mailing.finish()
