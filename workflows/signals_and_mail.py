"""What several workflows wait for or tell one another."""

from collections.abc import Iterable
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.accounts.notifications import (
        MailNotification,
        NotificationActivities,
        NotificationMailed,
    )
    from activities.payloads import Payload
    from workflows import policies


class RecordConfirmed(Payload):
    """The follower tells the workflow that waits for a record: six blocks stand on top of it."""

    record_id: UUID


async def wake_wallet(wallet_workflow_id: str) -> None:
    """
    Tell the wallet that a record waits.

    A wallet that is not running is no reason to fail: it reads its queue when it starts.
    """
    wallet = workflow.get_external_workflow_handle(wallet_workflow_id)
    try:
        await wallet.signal("records_queued")
    except ApplicationError as absent:
        workflow.logger.warning("The wallet workflow is not there: %s", absent.message)


class Mailing:
    """
    Notifications on their way by mail.

    Mail never holds up the registry: sending starts at once and is awaited only at the end. A mail
    that cannot be sent for a day is given up; the notification in the app is still there.
    """

    def __init__(self) -> None:
        self._on_their_way: list[workflow.ActivityHandle[NotificationMailed]] = []

    def start(
        self, notification_ids: Iterable[UUID], options: policies.Options = policies.MAIL
    ) -> None:
        for notification_id in notification_ids:
            self._on_their_way.append(
                workflow.start_activity_method(
                    NotificationActivities.mail_notification,
                    MailNotification(notification_id=notification_id),
                    **options,
                )
            )

    async def finish(self) -> None:
        for mailing in self._on_their_way:
            try:
                await mailing
            except ActivityError as unsent:
                workflow.logger.error("A notification was not mailed: %s", unsent.message)
