"""A mailer that keeps what it was given. It passes the tests in tests/adapters/test_mail.py."""

from dataclasses import dataclass

from activities.ports.accounts import Contact


@dataclass(frozen=True)
class Mail:
    contact: Contact
    subject: str
    text: str


class FakeMailer:
    """Implements `activities.ports.accounts.Mailer`."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, contact: Contact, *, subject: str, text: str) -> None:
        self.sent.append(Mail(contact, " ".join(subject.split()), text))
