"""
A payment provider of Stripe's shape on a port of its own: opens pages, and signs what it tells.

It shares no code with the registry. Pages are kept under their idempotency key, as the provider does for a day.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.clock import FixedClock

KEY, SECRET = "rk_test_pages_only", "whsec_of_a_test"
PAGE_SECONDS = 24 * 3600


@dataclass
class RunningProvider:
    """`opened` are the pages that it made, each with what it was asked for."""

    url: str
    clock: FixedClock
    opened: list[dict[str, Any]] = field(default_factory=list)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open(self, form: dict[str, str], key: str) -> dict[str, Any]:
        if key not in self.by_key:
            at = int(self.clock.now().timestamp())
            session = f"cs_test_{len(self.by_key) + 1}"
            self.opened.append(
                {
                    "amount": form["line_items[0][price_data][unit_amount]"],
                    "currency": form["line_items[0][price_data][currency]"],
                    "invoice": form["metadata[invoice_id]"],
                }
            )
            self.by_key[key] = {
                "id": session,
                "url": f"https://checkout.example/{session}",
                "expires_at": at + PAGE_SECONDS,
            }
        return self.by_key[key]


def signed(event: dict[str, Any], *, at: int, secret: str = SECRET) -> tuple[bytes, str]:
    """The bytes of a webhook and its signature, as the provider's documentation describes them."""
    body = json.dumps(event).encode()
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={digest}"


def paid(
    invoice_id: object, *, event_id: str = "evt_1", at: int = 1, **changed: Any
) -> dict[str, Any]:
    session = {
        "object": "checkout.session",
        "payment_status": "paid",
        "amount_total": 20_000,
        "currency": "eur",
        "metadata": {"invoice_id": str(invoice_id)},
    }
    return {
        "id": event_id,
        "object": "event",
        "type": "checkout.session.completed",
        "created": at,
        "data": {"object": {**session, **changed}},
    }


@contextmanager
def running_provider(clock: FixedClock) -> Iterator[RunningProvider]:
    provider = RunningProvider("", clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            known = self.headers.get("Authorization", "").startswith("Basic ")
            right = self.path == "/v1/checkout/sessions" and form.get("mode") == "payment"
            status = 200 if known and right else 401
            answer = provider.open(form, self.headers["Idempotency-Key"]) if status == 200 else {}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
