"""A mailer that keeps what it was given. It passes the tests in tests/adapters/test_mail.py."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from activities.ports.accounts import Contact
from domain.accounts.notices.letters import Letter


@dataclass(frozen=True)
class Mail:
    contact: Contact
    subject: str
    text: str
    message_id: UUID
    written_at: datetime


class FakeMailer:
    """Implements `activities.ports.accounts.Mailer`."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.letters: list[Letter] = []

    async def send(
        self, contact: Contact, *, message_id: UUID, written_at: datetime, letter: Letter
    ) -> None:
        subject = " ".join(letter.subject.split())
        self.letters.append(letter)
        self.sent.append(Mail(contact, subject, letter.text, message_id, written_at))
