"""A mail server that delivers nothing and shows what it was given: `python -m devstack.mail`."""

import argparse
import contextlib
import html
import json
import signal
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.processes import ChildProcess, accepts_connections, running

# A laptop's memory is the only limit; the oldest messages give way.
_MOST_MESSAGES = 5000


@dataclass(frozen=True)
class CaughtMessage:
    sender: str
    recipients: list[str]
    subject: str
    text: str
    received_at: str


@contextlib.asynccontextmanager
async def running_mail(
    data_dir: Path, *, smtp_port: int, http_port: int
) -> AsyncIterator[ChildProcess]:
    """
    SMTP on one port; on the other a page at `/` and JSON at `/messages`, newest first.

    Raises:
        CannotStart: with the reason and the log.
    """
    server = ChildProcess(
        "The mail catcher",
        [sys.executable, "-m", "devstack.mail", str(smtp_port), str(http_port)],
        data_dir / "logs" / "mail.log",
        working_directory=Path(__file__).parents[1],
    )

    async def is_healthy() -> bool:
        return await accepts_connections(smtp_port) and await accepts_connections(http_port)

    async with running(server, is_healthy, limit_seconds=30):
        yield server


class Mailbox:
    """The newest messages, as aiosmtpd delivers them."""

    def __init__(self) -> None:
        self.messages: deque[CaughtMessage] = deque(maxlen=_MOST_MESSAGES)

    # The name is the one that aiosmtpd calls.
    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.messages.appendleft(_read(envelope))
        return "250 Caught"


def _read(envelope: Envelope) -> CaughtMessage:
    content = envelope.content or b""
    raw = content if isinstance(content, bytes) else content.encode()
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain", "html"))
    return CaughtMessage(
        sender=envelope.mail_from or "",
        recipients=list(envelope.rcpt_tos),
        subject=str(message["subject"] or ""),
        text=str(body.get_content()) if body else "",
        received_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


class MailPages(BaseHTTPRequestHandler):
    mailbox = Mailbox()

    # The name is the one that http.server calls.
    def do_GET(self) -> None:
        if self.path == "/messages":
            messages = [asdict(message) for message in self.mailbox.messages]
            self._send("application/json", json.dumps({"messages": messages}))
        elif self.path == "/":
            self._send("text/html; charset=utf-8", _page(list(self.mailbox.messages)))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_: Any) -> None:
        """Requests are not news."""

    def _send(self, content_type: str, content: str) -> None:
        body = content.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _page(messages: list[CaughtMessage]) -> str:
    articles = "".join(
        f"<article><h2>{html.escape(message.subject)}</h2>"
        f"<p>to {html.escape(', '.join(message.recipients))}, {message.received_at}</p>"
        f"<pre>{html.escape(message.text)}</pre></article>"
        for message in messages
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Caught mail</title>"
        "<style>body{font:16px system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}"
        "pre{white-space:pre-wrap}</style>"
        f"<h1>Caught mail</h1>{articles or '<p>Nothing was sent yet.</p>'}</html>"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("smtp_port", type=int)
    parser.add_argument("http_port", type=int)
    ports = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    smtp = Controller(MailPages.mailbox, hostname="127.0.0.1", port=ports.smtp_port)
    smtp.start()
    pages = ThreadingHTTPServer(("127.0.0.1", ports.http_port), MailPages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    ended.wait()
    pages.shutdown()
    smtp.stop()


if __name__ == "__main__":
    main()
