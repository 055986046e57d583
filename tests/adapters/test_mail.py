"""
What a mailer does with a message: the same tests on the fake and on SMTP to a real server.

Tests of activities trust the fake because of these.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.ports.accounts import Contact, Mailer
from adapters.mail import MailNotSent, SmtpMailer
from adapters.settings.mail import MailSettings
from tests.fakes.mailer import FakeMailer, Mail

BUYER = Contact("bo@people.example", "Bo Buyer")


@dataclass(frozen=True)
class World:
    mailer: Mailer
    arrived: Callable[[], Sequence[Mail]]


class Mailbox:
    """What a mail server took, as a reader of mail shows it; `refusal` is said instead of taking any."""

    def __init__(self, refusal: str | None = None) -> None:
        self.mails: list[Mail] = []
        self.refusal = refusal

    # The name is the one that aiosmtpd calls.
    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusal is not None:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        # Lines end in CR LF on the way, and as the machine has it where they are kept.
        kept = envelope.content.replace(b"\r\n", b"\n")
        message = message_from_bytes(kept, policy=policy.default)
        (to,) = message["To"].addresses
        body = message.get_body(("plain",))
        assert envelope.rcpt_tos == [to.addr_spec]
        assert body is not None
        contact = Contact(to.addr_spec, to.display_name)
        self.mails.append(Mail(contact, message["Subject"], body.get_content().removesuffix("\n")))
        return "250 Taken"


@asynccontextmanager
async def smtp_to(mailbox: Mailbox) -> AsyncIterator[SmtpMailer]:
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    yield SmtpMailer(
        MailSettings(smtp_host="127.0.0.1", smtp_port=port), registry_name="Karbonica Registry"
    )
    server.close()


@pytest.fixture(params=["fake", "smtp"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        fake = FakeMailer()
        yield World(fake, lambda: fake.sent)
    else:
        mailbox = Mailbox()
        async with smtp_to(mailbox) as mailer:
            yield World(mailer, lambda: mailbox.mails)


@pytest.mark.parametrize(
    "mail",
    [
        Mail(BUYER, "Credits received", "You received 300.00 t CO2e."),
        Mail(
            Contact("lodz@people.example", "Zażółć, „Łódź”"), "“Dosing” → 東京 ✓", "Ünïcode: 東京"
        ),
        Mail(Contact("d@people.example", 'Dee "D", Jr. <x@y>'), "s" * 300, "l" * 2_000),
        Mail(BUYER, "Several lines", "One.\n\n.\n..two dots\nFrom here on.\n  indented"),
    ],
    ids=["plain", "letters of the world", "long and quoted", "lines"],
)
async def test_a_message_arrives_as_it_was_given(world: World, mail: Mail) -> None:
    await world.mailer.send(mail.contact, subject=mail.subject, text=mail.text)

    assert world.arrived() == [mail]


async def test_messages_arrive_each_once_and_in_their_order(world: World) -> None:
    for number in range(3):
        await world.mailer.send(BUYER, subject=f"Message {number}", text="The same.")

    assert [mail.subject for mail in world.arrived()] == ["Message 0", "Message 1", "Message 2"]


async def test_a_line_break_in_a_subject_begins_no_header(world: World) -> None:
    subject = "Title\r\nBcc: everybody@people.example\n\nof a project"

    await world.mailer.send(BUYER, subject=subject, text="Text.")

    assert world.arrived() == [
        Mail(BUYER, "Title Bcc: everybody@people.example of a project", "Text.")
    ]


async def test_a_refusal_names_nobody() -> None:
    """It goes into a workflow's history."""
    async with smtp_to(Mailbox(refusal="550 bo@people.example has no place here")) as mailer:
        with pytest.raises(MailNotSent) as refused:
            await mailer.send(BUYER, subject="Credits received", text="Text.")

    assert str(refused.value) == "The mail server did not take it (SMTPDataError)."
    assert (refused.value.__cause__, refused.value.__suppress_context__) == (None, True)


async def test_a_server_that_is_not_there_is_no_other_error() -> None:
    async with smtp_to(Mailbox()) as mailer:
        pass

    with pytest.raises(MailNotSent):
        await mailer.send(BUYER, subject="Credits received", text="Text.")


@pytest.mark.parametrize("drip", [b"", b"220-"])
async def test_a_mail_server_that_hangs_or_drips_is_not_waited_for(drip: bytes) -> None:
    """Nothing after the connection is made, or a greeting that goes on and on."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for _number in range(50):
                writer.write(drip + b"\r\n" if drip else b"")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = MailSettings(smtp_host="127.0.0.1", smtp_port=port, smtp_seconds=0.1)
    mailer = SmtpMailer(settings, registry_name="Karbonica Registry")
    began = asyncio.get_running_loop().time()

    with pytest.raises(MailNotSent):
        await mailer.send(BUYER, subject="Hello", text="There.")

    assert asyncio.get_running_loop().time() - began < 0.8
    server.close()
