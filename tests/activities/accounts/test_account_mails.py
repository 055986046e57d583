"""Mails about accounts: to whoever has the e-mail, rather twice than never, and never with a stranger's words."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounts.account_mails import (
    SWEPT_AFTER,
    SWEPT_FOR,
    ListAccountMessages,
    MailAccountMessage,
)
from activities.accounts.notifications import MailNotification
from activities.ports.accounts import Contact
from adapters.mail import MailNotSent
from adapters.postgres.tables import account_messages, account_tokens, users
from domain.accounts.membership import KEPT_FOR, LIFETIMES, TokenPurpose
from domain.accounts.messages import AccountMessage, AccountMessageKind
from domain.accounts.notices.preferences import GOOD_NEWS
from domain.accounts.notifications import Notification, NotificationKind
from tests.activities.registry import PUBLIC_URL, Registry, run
from tests.factories import BUYER, NOW, named

ASKED = AccountMessage(
    named("asked"), BUYER.id, AccountMessageKind.RESET_PASSWORD, NOW - timedelta(hours=1)
)
REQUEST = MailAccountMessage(message_id=ASKED.id)


async def ask(registry: Registry, message: AccountMessage = ASKED) -> None:
    async with registry.database.transaction() as work:
        await work.accounts.messages.ask(message)


async def test_a_link_holds_a_token_whose_hash_alone_is_stored(
    registry: Registry, engine: AsyncEngine
) -> None:
    await ask(registry)
    handled = [await run(registry.account_mails.mail_account_message, REQUEST) for _ in range(2)]

    assert [one.mailed for one in handled] == [True, False]
    (mail,) = registry.mailer.sent
    assert mail.contact == Contact(f"{BUYER.id}@people.example", "A buyer")
    link = mail.text.split()[-1]
    address, _, token = link.partition("?token=")
    assert address == f"{PUBLIC_URL}/reset-password"
    async with engine.connect() as connection:
        (row,) = await connection.execute(select(account_tokens))
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert row.expires_at - row.created_at == LIFETIMES[TokenPurpose.RESET_PASSWORD]
    # 32 random bytes, written for an address.
    assert len(token) == 43


async def test_after_a_crash_it_is_sent_again_and_both_links_are_good(
    registry: Registry, engine: AsyncEngine
) -> None:
    """The server may have taken a mail of which it could not say so any more."""
    await ask(registry)

    class AwayOnce(type(registry.mailer)):  # type: ignore[misc]  # the fake, as the registry has it
        async def send(self, contact: Contact, **mail: Any) -> None:
            first = not self.sent
            await super().send(contact, **mail)
            if first:
                raise MailNotSent

    registry.account_mails._mailer = away = AwayOnce()  # noqa: SLF001 -- a server that breaks off
    with pytest.raises(MailNotSent):
        await run(registry.account_mails.mail_account_message, REQUEST)
    await run(registry.account_mails.mail_account_message, REQUEST)

    sent = {mail.text.partition("?token=")[2].strip() for mail in away.sent}
    async with engine.connect() as connection:
        good = await connection.execute(
            select(account_tokens.c.token_hash).where(account_tokens.c.used_at.is_(None))
        )
        hashes = set(good.scalars())
    assert len(sent) == 2
    assert hashes == {hashlib.sha256(token.encode()).hexdigest() for token in sent}


async def test_nobody_is_written_to_whose_e_mail_is_nobodys(
    registry: Registry, engine: AsyncEngine
) -> None:
    await ask(registry, replace(ASKED, user_id=None))

    assert not (await run(registry.account_mails.mail_account_message, REQUEST)).mailed
    assert registry.mailer.sent == []
    async with engine.connect() as connection:
        (row,) = await connection.execute(select(account_messages))
    assert (row.handled_at, row.mailed_at) == (NOW, None)


async def test_whoever_is_not_confirmed_is_written_to_without_the_name_somebody_typed(
    registry: Registry, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            update(users)
            .where(users.c.id == BUYER.id)
            .values(email_verified=False, name="Win a prize at evil.example")
        )
    await ask(registry)
    await run(registry.account_mails.mail_account_message, REQUEST)

    (mail,) = registry.mailer.sent
    assert mail.contact.name == ""
    assert "evil" not in mail.subject + mail.text


async def test_what_waits_is_listed_and_what_is_old_is_forgotten(
    registry: Registry, engine: AsyncEngine
) -> None:
    ages = {
        "new": timedelta(0),
        "waits": SWEPT_AFTER * 2,
        "given up": SWEPT_FOR * 2,
        "old": KEPT_FOR + timedelta(days=1),
    }
    for name, age in ages.items():
        await ask(registry, replace(ASKED, id=named(name), requested_at=NOW - age))

    listed = await run(registry.account_mails.list_account_messages, ListAccountMessages())

    assert listed.message_ids == (named("waits"),)
    async with engine.connect() as connection:
        left = await connection.execute(select(account_messages.c.id))
    assert set(left.scalars()) == {named("new"), named("waits"), named("given up")}


@pytest.mark.parametrize(
    "kind", [NotificationKind.CREDITS_RECEIVED, NotificationKind.CREDITS_CANCELLED]
)
async def test_good_news_can_be_switched_off_as_mail_and_bad_news_cannot(
    registry: Registry, engine: AsyncEngine, kind: NotificationKind
) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(users).values(mails_notifications=False))
    told = Notification(named("told"), BUYER.id, kind, "Credits.", "/projects", NOW)
    async with registry.database.transaction() as work:
        await work.accounts.notifications.add(told)

    request = MailNotification(notification_id=told.id)
    mailed = await run(registry.notifications.mail_notification, request)

    assert mailed.sent == (kind not in GOOD_NEWS)
