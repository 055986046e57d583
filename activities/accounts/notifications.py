"""Mailing notifications: at least once, and only to those who have not been mailed."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload
from activities.ports.accounts import Mailer
from activities.ports.clock import Clock
from activities.ports.database import Database


class MailNotification(Payload):
    notification_id: UUID


class NotificationMailed(Payload):
    notification_id: UUID
    sent: bool


class NotificationActivities:
    def __init__(
        self, database: Database, mailer: Mailer, clock: Clock, *, public_url: str
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url

    @activity.defn
    async def mail_notification(self, request: MailNotification) -> NotificationMailed:
        """
        Send a notification by mail.

        A crash between sending and noting it sends it twice: a mail cannot be taken back, and one
        too many is better than none. Both have one Message-ID.
        """
        async with self._database.transaction() as work:
            notification = await work.accounts.notifications.unmailed(request.notification_id)
            if notification is None:
                return NotificationMailed(notification_id=request.notification_id, sent=False)
            contact = lookups.found(
                await work.accounts.accounts.contact(notification.user_id), "account"
            )
        await self._mailer.send(
            contact,
            message_id=notification.id,
            written_at=notification.created_at,
            subject=notification.message,
            text=f"{notification.message}\n\n{self._public_url}{notification.link}\n",
        )
        async with self._database.transaction() as work:
            await work.accounts.notifications.mark_mailed(notification.id, self._clock.now())
        return NotificationMailed(notification_id=notification.id, sent=True)
