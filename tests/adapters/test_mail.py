"""
What a mailer does with a message: the same tests on the fake and on SMTP to a real server.

Tests of activities trust the fake because of these.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from activities.ports.accounts import Contact, Mailer
from adapters.mail import MailNotSent, SmtpMailer
from adapters.settings.mail import MailSettings
from domain.accounts.notices.kinds import MailTemplate
from domain.accounts.notices.letters import Letter, LetterItem
from tests.fakes.mailer import FakeMailer, Mail

BUYER = Contact("bo@people.example", "Bo Buyer")
MESSAGE_ID = UUID("6f0d4a52-0b6e-4a53-9a38-5d1e2f3c7b90")
WRITTEN_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEALED = "The certificate for 1,891.00 t CO2e is sealed: the retirement stands on Cardano."
LINE_LENGTH_MAX = 78
LOGIN, PASSWORD = "registry", "correct horse"


@dataclass(frozen=True)
class World:
    mailer: Mailer
    arrived: Callable[[], Sequence[Mail]]


class Mailbox:
    """What a mail server took, as a reader of mail shows it; `refusal` is said instead of taking any."""

    def __init__(self, refusal: str | None = None) -> None:
        self.mails: list[Mail] = []
        self.raw: list[bytes] = []
        self.refusal = refusal

    # The name is the one that aiosmtpd calls.
    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusal is not None:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        # Lines end in CR LF on the way, and as the machine has it where they are kept.
        kept = envelope.content.replace(b"\r\n", b"\n")
        message = message_from_bytes(kept, policy=policy.SMTPUTF8)
        # Python 3.11's own newer reader puts a space between two encoded parts of one name.
        ((name, address),) = getaddresses([message_from_string(kept.decode())["To"]])
        body = message.get_body(("plain",))
        assert envelope.rcpt_tos == [address]
        assert body is not None
        contact = Contact(address, str(make_header(decode_header(name))))
        text = body.get_content()
        message_id = UUID(message["Message-ID"].strip("<>").partition("@")[0])
        self.mails.append(
            Mail(contact, message["Subject"], text, message_id, message["Date"].datetime)
        )
        return "250 Taken"


@asynccontextmanager
async def smtp_to(
    mailbox: Mailbox,
    *,
    implicit_tls: ssl.SSLContext | None = None,
    server: Any = None,
    **settings: Any,
) -> AsyncIterator[SmtpMailer]:
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, **{"enable_SMTPUTF8": True, **(server or {})}),
        "127.0.0.1", 0, ssl=implicit_tls,
    )  # fmt: skip
    port = listening.sockets[0].getsockname()[1]
    yield SmtpMailer(
        MailSettings(smtp_host="127.0.0.1", smtp_port=port, **settings),
        registry_name="Karbonica Registry",
    )
    listening.close()


async def send(
    mailer: Mailer, contact: Contact = BUYER, subject: str = "Hello", text: str = "There."
) -> None:
    letter = Letter(subject, (text,))
    await mailer.send(contact, message_id=MESSAGE_ID, written_at=WRITTEN_AT, letter=letter)


def mail(contact: Contact, subject: str, text: str) -> Mail:
    return Mail(contact, subject, f"{text}\n", MESSAGE_ID, WRITTEN_AT)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's key and certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


@pytest.fixture(scope="module")
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def only_who_logs_in(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
) -> AuthResult:
    known = (data.login, data.password) == (LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


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
    "given",
    [
        mail(BUYER, "Credits received", "You received 300.00 t CO2e."),
        mail(
            Contact("lodz@people.example", "Zażółć, „Łódź”"), "“Dosing” → 東京 ✓", "Ünïcode: 東京"
        ),
        mail(Contact("d@people.example", 'Dee "D", Jr. <x@y>'), "s" * 300, "l" * 2_000),
        mail(Contact("m@people.example", "Müller, Inc."), SEALED, "Sealed."),
        mail(BUYER, "W" * 200, "One word."),
        mail(Contact("w@people.example", "W" * 200), f"{'W' * 200} is sealed", "A long name."),
        mail(Contact("y@people.example", "=?utf-8?q?no?="), "=?utf-8?q?no?=", "=20"),
        mail(BUYER, "Several lines", "One.\n\n.\n..two dots\nFrom here on.\n  indented"),
    ],
    ids=[
        *("plain", "letters of the world", "long and quoted"),
        *("Müller, Inc.", "one long word", "a long name", "looks encoded", "lines"),
    ],
)
async def test_a_message_arrives_as_it_was_given(world: World, given: Mail) -> None:
    await send(world.mailer, given.contact, given.subject, given.text.removesuffix("\n"))

    assert world.arrived() == [given]


FULL_LETTER = Letter(
    "“Łódź” & <b>more</b>",
    ("Somebody wrote: <script>alert(1)</script> & “more”.", "A second paragraph."),
    "https://registry.example/projects/1?a=1&b=2",
    items=(LetterItem("Credits came.", "https://registry.example/a"),),
    template=MailTemplate.DIGEST,
    unsubscribe_address=f"https://registry.example/unsubscribe?token={'t' * 120}",
    preferences_address="https://registry.example/account/notifications/preferences",
)


def words(html: str) -> str:
    """What a reader sees of a page: without its head, tags and line breaks."""
    body = html.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.mark.parametrize("template", MailTemplate)
async def test_text_and_html_say_the_same_and_nothing_is_fetched(template: MailTemplate) -> None:
    letter = replace(FULL_LETTER, template=template, items=FULL_LETTER.items if template is MailTemplate.DIGEST else ())  # fmt: skip
    mailbox = Mailbox()
    async with smtp_to(mailbox) as mailer:
        await mailer.send(BUYER, message_id=MESSAGE_ID, written_at=WRITTEN_AT, letter=letter)

    message = message_from_bytes(mailbox.raw[0], policy=policy.SMTP)
    plain, html = (part.get_content() for part in message.iter_parts())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert words(html).split() == plain.replace("- Credits", "Credits").split()
    assert re.findall(r"<(?:script|img|link|iframe)|url\(|src=", html) == []
    assert "prefers-color-scheme: dark" in html


async def test_what_may_be_turned_off_offers_one_click_and_the_rest_does_not() -> None:
    mailbox = Mailbox()
    async with smtp_to(mailbox) as mailer:
        for letter in (FULL_LETTER, Letter("Locked", ("Your account is locked.",))):
            await mailer.send(BUYER, message_id=MESSAGE_ID, written_at=WRITTEN_AT, letter=letter)

    offered, plain = (message_from_bytes(raw, policy=policy.SMTP) for raw in mailbox.raw)
    assert offered["List-Unsubscribe"] == f"<{FULL_LETTER.unsubscribe_address}>"
    assert offered["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (plain["List-Unsubscribe"], plain["List-Unsubscribe-Post"]) == (None, None)


async def test_messages_arrive_each_once_and_in_their_order(world: World) -> None:
    for number in range(3):
        await send(world.mailer, subject=f"Message {number}", text="The same.")

    assert [mail.subject for mail in world.arrived()] == ["Message 0", "Message 1", "Message 2"]


async def test_a_line_break_in_a_subject_begins_no_header(world: World) -> None:
    subject = "Title\r\nBcc: everybody@people.example\n\nof a project"

    await send(world.mailer, subject=subject)

    assert world.arrived() == [
        mail(BUYER, "Title Bcc: everybody@people.example of a project", "There.")
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Bo Buyer",
        "Müller, Inc.",
        "W" * 200,
        "江苏亨通高压海缆" * 9,
        'Dee "D", Jr. <x@y>',
        "",
        "a@b.example, c",
    ],
)
@pytest.mark.parametrize(
    "subject", [SEALED, "“Łódź”: approved", "W" * 200, "x " * 200, "é" * 300, "a"]
)
async def test_headers_are_as_servers_and_readers_want_them(name: str, subject: str) -> None:
    mailbox = Mailbox()
    async with smtp_to(mailbox) as mailer:
        await send(mailer, Contact("bo@people.example", name), subject)
        await send(mailer, Contact("bo@people.example", name), subject)

    first, again = mailbox.raw
    head = first.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in head if not line.startswith(" "))
    assert again == first
    assert all(text.strip() for text in headers.values())
    assert max(map(len, head)) <= LINE_LENGTH_MAX
    assert headers["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert headers["Message-ID"] == f"<{MESSAGE_ID}@karbonica.example>"
    assert headers["Auto-Submitted"] == "auto-generated"
    to = message_from_bytes(first)["To"]
    assert [address for _, address in getaddresses([to])] == ["bo@people.example"]


@pytest.mark.parametrize(
    ("address", "arrives_at"),
    [
        ("bo@bücher.example", "bo@xn--bcher-kva.example"),
        ("bo@BÜCHER.example", "bo@xn--bcher-kva.example"),
        ("jürgen@people.example", "jürgen@people.example"),
    ],
)
async def test_addresses_of_all_letters_are_reached(address: str, arrives_at: str) -> None:
    mailbox = Mailbox()
    async with smtp_to(mailbox) as mailer:
        await send(mailer, Contact(address, "Müller"), "Über")

    assert [(got.contact, got.subject) for got in mailbox.mails] == [
        (Contact(arrives_at, "Müller"), "Über")
    ]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@", "@b", "a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "a b@c.example"]
)
async def test_what_is_no_address_reaches_no_server(address: str) -> None:
    mailbox = Mailbox()
    async with smtp_to(mailbox) as mailer:
        with pytest.raises(MailNotSent):
            await send(mailer, Contact(address, "Bo"))

    assert mailbox.mails == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_server_that_asks_for_tls_and_a_login_gets_both(
    certificate: Path, server_tls: ssl.SSLContext, tls: str
) -> None:
    mailbox = Mailbox()
    server: dict[str, Any] = {"authenticator": only_who_logs_in, "auth_required": True}
    if tls == "starttls":
        server |= {"tls_context": server_tls, "require_starttls": True}
    else:
        server["auth_require_tls"] = False
    async with smtp_to(
        mailbox,
        server=server,
        implicit_tls=server_tls if tls == "implicit" else None,
        smtp_tls=tls,
        smtp_ca_file=certificate,
        smtp_username=LOGIN,
        smtp_password=PASSWORD,
    ) as mailer:
        await send(mailer)

    assert mailbox.mails == [mail(BUYER, "Hello", "There.")]


@pytest.mark.parametrize(
    ("server_has_tls", "trusts_it", "password"),
    [(False, True, PASSWORD), (True, False, PASSWORD), (True, True, "wrong")],
    ids=["no STARTTLS", "unknown certificate", "wrong password"],
)
async def test_nothing_is_sent_less_safely_than_was_asked_for(
    certificate: Path,
    server_tls: ssl.SSLContext,
    server_has_tls: bool,
    trusts_it: bool,
    password: str,
) -> None:
    mailbox = Mailbox()
    server = {"authenticator": only_who_logs_in, "auth_required": True, "auth_require_tls": False}
    async with smtp_to(
        mailbox,
        server=server | ({"tls_context": server_tls} if server_has_tls else {}),
        smtp_tls="starttls",
        smtp_ca_file=certificate if trusts_it else None,
        smtp_username=LOGIN,
        smtp_password=password,
    ) as mailer:
        with pytest.raises(MailNotSent):
            await send(mailer)

    assert mailbox.mails == []


@pytest.mark.parametrize(
    "settings",
    [
        {"smtp_username": LOGIN, "smtp_tls": "starttls"},
        {"smtp_password": PASSWORD, "smtp_tls": "starttls"},
        {"smtp_username": LOGIN, "smtp_password": PASSWORD},
    ],
    ids=["no password", "nobody", "in the clear"],
)
def test_a_login_needs_both_and_tls(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="SMTP_USERNAME"):
        MailSettings(**settings)  # type: ignore[arg-type]


async def test_a_refusal_names_nobody() -> None:
    """It goes into a workflow's history."""
    async with smtp_to(Mailbox(refusal="550 bo@people.example has no place here")) as mailer:
        with pytest.raises(MailNotSent) as refused:
            await send(mailer)

    assert str(refused.value) == "The mail server did not take it (SMTPDataError)."
    assert (refused.value.__cause__, refused.value.__suppress_context__) == (None, True)


async def test_a_server_that_is_not_there_is_no_other_error() -> None:
    async with smtp_to(Mailbox()) as mailer:
        pass

    with pytest.raises(MailNotSent):
        await send(mailer)


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
        await send(mailer)

    assert asyncio.get_running_loop().time() - began < 0.8
    server.close()
