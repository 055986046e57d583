"""What several workflows wait for or tell one another."""

from collections.abc import Iterable
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.notifications import MailNotification, NotificationActivities
    from activities.payloads import Payload
    from workflows import policies


class RecordConfirmed(Payload):
    """The wallet tells the workflow that waits for a record: six blocks stand on top of it."""

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


async def mail(notification_ids: Iterable[UUID]) -> None:
    """Send notifications by mail; one that cannot be sent for a day is still there in the app."""
    for notification_id in notification_ids:
        try:
            await workflow.execute_activity_method(
                NotificationActivities.mail_notification,
                MailNotification(notification_id=notification_id),
                **policies.MAIL,
            )
        except ActivityError as unsent:
            workflow.logger.error("A notification was not mailed: %s", unsent.message)
