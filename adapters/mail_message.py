"""
One mail as bytes: headers that every server and reader takes alike (RFC 5322, 2047 and 3834).

The standard library's message writes them, but for those with free text in them. Those it folds before
a long word, which leaves the header's first line empty, so that some readers show no subject at all;
and what looks encoded in them it decodes first.
"""

from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from textwrap import wrap
from uuid import UUID

LINE_LENGTH = 76
_LINE_LENGTH_MAX = 998
_PLAIN_WORD_LENGTH_MAX = 50
"""A longer one has no room beside a header's name, so that it is encoded, which may break it anywhere."""


@dataclass(frozen=True)
class MailMessage:
    """
    What is sent, to one mailbox.

    `message_id` is the same whenever the same thing is sent again, so that a reader shows it once, and
    so is `written_at`; both stand in the message. Control characters in names and subjects are left
    out: one of them would begin a header of the writer's choosing.
    """

    sender: Address
    recipient: Address
    message_id: UUID
    written_at: datetime
    subject: str
    text: str
    html: str
    unsubscribe_address: str | None = None
    """An https address that a single POST turns such mails off at (RFC 8058); in ASCII."""

    @property
    def needs_smtputf8(self) -> bool:
        """Whether a mailbox has letters beyond ASCII before its @, for which there is no other spelling."""
        return not (self.sender.username + self.recipient.username).isascii()

    def as_bytes(self) -> bytes:
        message = EmailMessage(policy=SMTP)
        message["Date"] = self.written_at
        message["Message-ID"] = f"<{self.message_id}@{self.sender.domain}>"
        # Keeps answering machines from answering, and them and us from talking for ever.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text, cte=_encoding_of(self.text))
        message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        # The library's own is of random letters; the same mail has the same bytes.
        message.set_boundary(f"=_{self.message_id.hex}")
        free_text: tuple[str, ...] = (
            _address_header("From", self.sender),
            _address_header("To", self.recipient),
            f"Subject: {_free_text('Subject', one_line(self.subject))}",
        )
        if self.unsubscribe_address:
            # Unfolded: some programs read an address only from one line.
            free_text += (
                f"List-Unsubscribe: <{self.unsubscribe_address}>",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            )
        return "".join(f"{header}\r\n" for header in free_text).encode() + message.as_bytes()


def _encoding_of(text: str) -> str:
    lines = text.encode().splitlines() or [b""]
    is_plain = text.isascii() and max(map(len, lines)) <= _LINE_LENGTH_MAX
    return "7bit" if is_plain else "quoted-printable"


def mailbox(name: str, address: str) -> Address:
    """
    A name of any letters with its address; the domain is spelt in ASCII (IDNA).

    Raises:
        ValueError: the address is none.
    """
    local_part, at, domain = address.rpartition("@")
    if not at or not local_part or not domain:
        raise ValueError("A mailbox is written as name@domain.")
    domain = domain.encode("idna").decode()
    # The library tries addresses in ASCII alone, and refuses what would be more than one there.
    in_ascii = "".join(letter if letter.isascii() else "x" for letter in local_part)
    Address(addr_spec=f"{in_ascii}@{domain}")
    return Address(one_line(name), username=local_part, domain=domain)


def one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _address_header(name: str, address: Address) -> str:
    shown, spec = address.display_name, address.addr_spec
    if not shown:
        return f"{name}: {spec}"
    if _is_plain(shown):
        # In quotation marks where the name has signs that mean something in an address.
        quoted = str(Address(shown, addr_spec="x@x")).removesuffix(" <x@x>")
        return f"{name}: {_wrapped(name, quoted)}\r\n <{spec}>"
    return f"{name}: {_encoded(name, shown)}\r\n <{spec}>"


def _free_text(name: str, text: str) -> str:
    return _wrapped(name, text) if _is_plain(text) else _encoded(name, text)


def _is_plain(text: str) -> bool:
    # What looks encoded would be decoded.
    return (
        text.isascii()
        and "=?" not in text
        and all(len(word) <= _PLAIN_WORD_LENGTH_MAX for word in text.split(" "))
    )


def _wrapped(name: str, text: str) -> str:
    room = LINE_LENGTH - len(name) - len(": ")
    lines = wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return "\r\n ".join(lines)


def _encoded(name: str, text: str) -> str:
    header = Header(text, "utf-8", maxlinelen=LINE_LENGTH, header_name=name)
    return header.encode(linesep="\r\n")
