"""Mail over SMTP."""

import asyncio
from datetime import datetime
from uuid import UUID

import aiosmtplib

from activities.ports.accounts import Contact
from adapters.mail_html import html_of
from adapters.mail_message import MailMessage, mailbox
from adapters.settings.mail import MailSettings, MailTls
from domain.accounts.notices.letters import Letter


class MailNotSent(Exception):
    """The mail server could not be reached or refused; try again later."""


class SmtpMailer:
    """
    Implements `activities.ports.accounts.Mailer`.

    A server's certificate is always checked; nothing is sent, and nobody logged in, over a connection
    less safe than the settings ask for.
    """

    def __init__(self, settings: MailSettings, *, registry_name: str) -> None:
        self._settings = settings
        self._sender = mailbox(registry_name, settings.mail_from)

    async def send(
        self, contact: Contact, *, message_id: UUID, written_at: datetime, letter: Letter
    ) -> None:
        try:
            mail = MailMessage(
                self._sender,
                mailbox(contact.name, contact.email),
                message_id,
                written_at,
                letter.subject,
                letter.text,
                html_of(letter),
                letter.unsubscribe_address,
            )
            await self._hand_over(mail)
        except (aiosmtplib.SMTPException, OSError, ValueError) as trouble:
            # The server's own words may name the recipient, and this goes into a workflow history.
            raise MailNotSent(
                f"The mail server did not take it ({type(trouble).__name__})."
            ) from None

    async def _hand_over(self, mail: MailMessage) -> None:
        settings = self._settings
        password = settings.smtp_password
        # The library's limit is for each step; a server that drips has many.
        async with asyncio.timeout(settings.smtp_seconds):
            await aiosmtplib.send(
                mail.as_bytes(),
                sender=mail.sender.addr_spec,
                recipients=[mail.recipient.addr_spec],
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                timeout=settings.smtp_seconds,
                use_tls=settings.smtp_tls is MailTls.IMPLICIT,
                start_tls=settings.smtp_tls is MailTls.STARTTLS,
                cert_bundle=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
                mail_options=["SMTPUTF8"] if mail.needs_smtputf8 else [],
            )
