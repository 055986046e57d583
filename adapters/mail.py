"""Mail over SMTP."""

from email.message import EmailMessage
from email.utils import formataddr

import aiosmtplib

from activities.ports import Contact
from adapters.settings import Settings


class SmtpMailer:
    def __init__(self, settings: Settings) -> None:
        self._host = settings.smtp_host
        self._port = settings.smtp_port
        self._from = formataddr((settings.registry_name, settings.mail_from))

    async def send(self, contact: Contact, *, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = formataddr((contact.name, contact.email))
        # A line break in a subject would begin a header of the writer's choosing.
        message["Subject"] = " ".join(subject.split())
        message.set_content(text)
        await aiosmtplib.send(message, hostname=self._host, port=self._port, timeout=15)
