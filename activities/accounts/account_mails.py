"""Mails about accounts themselves: confirm, reset, invite, tell what was changed (ADR 0064)."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from temporalio import activity

from activities import lookups
from activities.payloads import Payload
from activities.ports.accounts import Contact, Mailer
from activities.ports.clock import Clock
from activities.ports.database import Database, UnitOfWork
from domain.accounts.membership import (
    KEPT_FOR,
    LIFETIMES,
    MESSAGES_PER_HOUR_MAX,
    AccountStatus,
    AccountToken,
)
from domain.accounts.messages import (
    EMAIL_TAKEN,
    AccountMail,
    AccountMessage,
    AccountMessageKind,
    written,
)
from domain.accounts.notices.letters import Letter

TOKEN_BYTES = 32
SWEPT_AFTER = timedelta(minutes=2)
"""Whoever asked has started the mail by then; what still waits was asked for while Temporal was away."""

SWEPT_FOR = timedelta(days=1)
"""Then its workflow has given up too, and whoever waits for the mail has asked again."""

SWEPT_AT_ONCE = 100


class MailAccountMessage(Payload):
    message_id: UUID


class AccountMessageHandled(Payload):
    message_id: UUID
    mailed: bool


class ListAccountMessages(Payload):
    pass


class AccountMessagesListed(Payload):
    message_ids: tuple[UUID, ...] = ()


class AccountMailActivities:
    def __init__(
        self, database: Database, mailer: Mailer, clock: Clock, *, public_url: str
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url.rstrip("/")

    @activity.defn
    async def mail_account_message(self, request: MailAccountMessage) -> AccountMessageHandled:
        """
        Write the mail that an account's state asks for, with a fresh token where it has a link.

        The token is made here and is nowhere but in the mail: a database or a history gives it to
        nobody. A crash between sending and noting it sends another mail with another token; both
        links are good until one of them is used. Nothing is sent to an e-mail that is nobody's, nor
        more than `MESSAGES_PER_HOUR_MAX` of a kind to one account.
        """
        async with self._database.transaction() as work:
            message = await work.accounts.messages.waiting(request.message_id)
            prepared = None if message is None else await self._prepare(work, message)
            if message is not None and prepared is None:
                await work.accounts.messages.mark_handled(
                    message.id, self._clock.now(), mailed=False
                )
        if message is None or prepared is None:
            return AccountMessageHandled(message_id=request.message_id, mailed=False)
        contact, mail, link = prepared
        await self._mailer.send(
            contact,
            message_id=message.id,
            written_at=message.requested_at,
            letter=Letter(mail.subject, mail.sentences, link),
        )
        async with self._database.transaction() as work:
            await work.accounts.messages.mark_handled(message.id, self._clock.now(), mailed=True)
        return AccountMessageHandled(message_id=message.id, mailed=True)

    @activity.defn
    async def list_account_messages(self, request: ListAccountMessages) -> AccountMessagesListed:  # noqa: ARG002 -- one model in
        """What was asked for a while ago and not handled; what is older than a month is deleted."""
        now = self._clock.now()
        async with self._database.transaction() as work:
            await work.accounts.messages.forget(now - KEPT_FOR)
            waiting = await work.accounts.messages.waiting_between(
                now - SWEPT_FOR, now - SWEPT_AFTER, limit=SWEPT_AT_ONCE
            )
        return AccountMessagesListed(message_ids=tuple(waiting))

    async def _prepare(
        self, work: UnitOfWork, message: AccountMessage
    ) -> tuple[Contact, AccountMail, str] | None:
        if message.user_id is None:
            return None
        now = self._clock.now()
        member = lookups.found(await work.accounts.members.get(message.user_id), "account")
        mail = written(message.kind, member.status)
        mailed = await work.accounts.messages.mailed_since(
            member.id, message.kind, now - timedelta(hours=1)
        )
        if mail is None or mailed >= MESSAGES_PER_HOUR_MAX:
            return None
        contact = lookups.found(await work.accounts.accounts.contact(member.id), "account")
        if message.kind is AccountMessageKind.CHANGE_EMAIL:
            # Held, so that no token is made for an address that was taken back meanwhile.
            await work.accounts.members.lock(member.id)
            email = await work.accounts.members.pending_email(member.id)
            if email is None:
                return None
            # Whoever reads that mailbox has not shown to be the account's person: it says no name.
            contact = Contact(email, "")
            if await work.accounts.accounts.by_email(email) is not None:
                mail = EMAIL_TAKEN
        if member.status is AccountStatus.UNVERIFIED:
            # Whoever registered typed the name, and may have typed anything into it.
            contact = Contact(contact.email, "")
        link = self._public_url + mail.path
        if mail.purpose is not None:
            token = secrets.token_urlsafe(TOKEN_BYTES)
            await work.accounts.tokens.add(
                AccountToken(
                    token_hash=hashlib.sha256(token.encode()).hexdigest(),
                    user_id=member.id,
                    purpose=mail.purpose,
                    created_at=now,
                    expires_at=now + LIFETIMES[mail.purpose],
                )
            )
            link += f"?token={token}"
        return contact, mail, link
