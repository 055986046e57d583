"""The mails about accounts that the API asked for, written as the worker would and read by the test."""

import re
from dataclasses import dataclass, field

from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.accounts.account_mails import AccountMailActivities, MailAccountMessage
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import account_messages
from tests.api.caller import PUBLIC_URL, Api
from tests.fakes.mailer import FakeMailer, Mail


@dataclass
class Mailbox:
    api: Api
    mailer: FakeMailer = field(default_factory=FakeMailer)

    async def new(self) -> list[Mail]:
        """What was asked for since the last look, mailed now, oldest first."""
        seen = len(self.mailer.sent)
        activities = AccountMailActivities(
            PostgresDatabase(self.api.engine), self.mailer, SystemClock(), public_url=PUBLIC_URL
        )
        async with self.api.engine.connect() as connection:
            waiting = await connection.execute(
                select(account_messages.c.id)
                .where(account_messages.c.handled_at.is_(None))
                .order_by(account_messages.c.requested_at)
            )
            message_ids = list(waiting.scalars())
        for message_id in message_ids:
            request = MailAccountMessage(message_id=message_id)
            await ActivityEnvironment().run(activities.mail_account_message, request)
        return self.mailer.sent[seen:]

    async def token(self) -> str:
        """That of the one new mail's link."""
        (mail,) = await self.new()
        return token_in(mail)


def token_in(mail: Mail) -> str:
    found = re.search(r"\?token=([A-Za-z0-9_-]{43})$", mail.text.strip())
    assert found, mail.text
    return found.group(1)
