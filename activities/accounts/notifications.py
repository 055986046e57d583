"""Mailing notifications: at least once, and only to those who have not been mailed."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload
from activities.ports.accounts import Mailer
from activities.ports.clock import Clock
from activities.ports.database import Database
from domain.accounts.notices.kinds import NOTICES, NoticeChannel
from domain.accounts.notices.letters import Letter
from domain.accounts.notices.unsubscribing import Unsubscribing

PREFERENCES_PATH = "/account/notifications/preferences"


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
        self._public_url = public_url.rstrip("/")

    @activity.defn
    async def mail_notification(self, request: MailNotification) -> NotificationMailed:
        """
        Send a notification by mail, or keep it for the account's digest, as the account prefers.

        A crash between sending and noting it sends it twice: a mail cannot be taken back, and one
        too many is better than none. Both have one Message-ID.
        """
        nothing = NotificationMailed(notification_id=request.notification_id, sent=False)
        async with self._database.transaction() as work:
            notification = await work.accounts.notifications.unmailed(request.notification_id)
            if notification is None:
                return nothing
            user_id, kind = notification.user_id, notification.kind
            contact = lookups.found(await work.accounts.accounts.contact(user_id), "account")
            channel = (await work.accounts.preferences.of(user_id)).channel(kind)
            if channel is NoticeChannel.DIGEST:
                await work.accounts.preferences.keep_for_digest(notification.id, self._clock.now())
            if channel is not NoticeChannel.MAIL:
                return nothing
            key = None
            if not NOTICES[kind].mandatory:
                key = await work.accounts.preferences.unsubscribe_key(user_id)
        unsubscribe = Unsubscribing(user_id, kind).address(key, self._public_url) if key else None
        await self._mailer.send(
            contact,
            message_id=notification.id,
            written_at=notification.created_at,
            letter=Letter(
                notification.message,
                (notification.message,),
                self._public_url + notification.link,
                template=NOTICES[kind].template,
                unsubscribe_address=unsubscribe,
                preferences_address=f"{self._public_url}{PREFERENCES_PATH}",
            ),
        )
        async with self._database.transaction() as work:
            await work.accounts.notifications.mark_mailed(notification.id, self._clock.now())
        return NotificationMailed(notification_id=notification.id, sent=True)
