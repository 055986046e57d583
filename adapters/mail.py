"""Mail over SMTP."""

import asyncio
from email.message import EmailMessage
from email.utils import formataddr

import aiosmtplib

from activities.ports.accounts import Contact
from adapters.settings.mail import MailSettings


class MailNotSent(Exception):
    """The mail server could not be reached or refused; try again later."""


class SmtpMailer:
    def __init__(self, settings: MailSettings, *, registry_name: str) -> None:
        self._host = settings.smtp_host
        self._port = settings.smtp_port
        self._seconds = settings.smtp_seconds
        self._from = formataddr((registry_name, settings.mail_from))

    async def send(self, contact: Contact, *, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = formataddr((contact.name, contact.email))
        # A line break in a subject would begin a header of the writer's choosing.
        message["Subject"] = " ".join(subject.split())
        message.set_content(text)
        try:
            # The library's limit is for each step; a server that drips has many.
            async with asyncio.timeout(self._seconds):
                await aiosmtplib.send(
                    message, hostname=self._host, port=self._port, timeout=self._seconds
                )
        except (aiosmtplib.SMTPException, OSError) as trouble:
            # The server's own words may name the recipient, and this goes into a workflow history.
            raise MailNotSent(
                f"The mail server did not take it ({type(trouble).__name__})."
            ) from None
