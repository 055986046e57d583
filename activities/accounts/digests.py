"""Digests: once a day, at an hour of the person's own zone, one mail of what waited for it (ADR 0074)."""

from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.accounts.notifications import PREFERENCES_PATH
from activities.payloads import Payload
from activities.ports.accounts import Digest, Mailer
from activities.ports.clock import Clock
from activities.ports.database import Database
from domain.accounts.notices.kinds import MailTemplate
from domain.accounts.notices.letters import Letter, LetterItem
from domain.accounts.notices.preferences import DIGEST_WAITS_MAX, digest_day
from domain.accounts.notices.unsubscribing import Unsubscribing
from domain.identifiers import derived_id

PLANNED_AT_ONCE = 500
"""Accounts that are looked at in one run; whoever waits longest comes first, and another run follows."""


class PlanDigests(Payload):
    pass


class DigestsPlanned(Payload):
    """Digests that are still to be mailed, those of earlier runs among them."""

    digest_ids: tuple[UUID, ...] = ()


class MailDigest(Payload):
    digest_id: UUID


class DigestMailed(Payload):
    digest_id: UUID
    sent: bool


class DigestActivities:
    def __init__(
        self, database: Database, mailer: Mailer, clock: Clock, *, public_url: str
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url.rstrip("/")

    @activity.defn
    async def plan_digests(self, request: PlanDigests) -> DigestsPlanned:  # noqa: ARG002 -- one model in
        """
        Settle which notifications the digests that are due tell of.

        One for an account and a day of its zone; a notification is in one digest and no other,
        whatever runs again.
        """
        now = self._clock.now()
        async with self._database.transaction() as work:
            waiting = await work.accounts.preferences.waiting_for_digest(limit=PLANNED_AT_ONCE)
            for user_id, preferences, last in waiting:
                day = digest_day(preferences, last=last, at=now)
                if day is not None:
                    digest_id = derived_id(user_id, f"digest/{day.isoformat()}")
                    await work.accounts.preferences.plan_digest(
                        Digest(digest_id, user_id, day, now)
                    )
            unmailed = await work.accounts.preferences.unmailed_digests(now - DIGEST_WAITS_MAX)
        return DigestsPlanned(digest_ids=tuple(unmailed))

    @activity.defn
    async def mail_digest(self, request: MailDigest) -> DigestMailed:
        """
        Send a digest, unless it was sent.

        As with single mails, a crash between sending and noting it sends it twice with one Message-ID,
        and both say the same: what a digest tells of was settled when it was planned.
        """
        async with self._database.transaction() as work:
            found = await work.accounts.preferences.unmailed_digest(request.digest_id)
            if found is None:
                return DigestMailed(digest_id=request.digest_id, sent=False)
            digest, told = found
            contact = lookups.found(await work.accounts.accounts.contact(digest.user_id), "account")
            key = await work.accounts.preferences.unsubscribe_key(digest.user_id)
        count = len(told)
        things = "1 notification" if count == 1 else f"{count} notifications"
        await self._mailer.send(
            contact,
            message_id=digest.id,
            written_at=digest.planned_at,
            letter=Letter(
                f"Your digest: {things}",
                ("This is what you were told since your last digest.",),
                items=tuple(LetterItem(one.message, self._public_url + one.link) for one in told),
                template=MailTemplate.DIGEST,
                unsubscribe_address=Unsubscribing(digest.user_id, None).address(
                    key, self._public_url
                ),
                preferences_address=f"{self._public_url}{PREFERENCES_PATH}",
            ),
        )
        async with self._database.transaction() as work:
            await work.accounts.preferences.mark_digest_mailed(digest.id, self._clock.now())
        return DigestMailed(digest_id=digest.id, sent=True)
