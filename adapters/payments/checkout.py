"""
A payment provider of Stripe's shape: pages of its own that take the money, and webhooks that tell.

No card data passes here: whoever pays types it on the provider's page. A page is asked for under the invoice's
identifier as `Idempotency-Key`, so that a call that is made twice opens one.

Source: Stripe's API reference, "Checkout Sessions", "Idempotent requests" and "Verify webhook signatures manually".
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from activities.ports.payments.provider import CheckoutPage, CheckoutUnavailable
from domain.payments.invoices import Invoice, PaymentKind

SIGNATURE_HEADER = "Stripe-Signature"
TOLERANCE = timedelta(minutes=5)
"""How far the moment of signing may lie from ours, either way; what is repeated later is refused."""
SECONDS = 10
ANSWER_BYTES_MAX = 256 * 1024
_MOMENT = re.compile(r"[0-9]{1,10}", re.ASCII)
_AMOUNT_MAX = 10**15
_PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
_REFUNDED = "charge.refunded"


class PaymentCallRefused(Exception):
    """The call is not the provider's, or not a fresh one; the sentence says which."""


class CheckoutProvider:
    """`activities.ports.payments.provider.CheckoutPages`."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, timeout=SECONDS, follow_redirects=False, auth=(key, "")
        )

    async def open(
        self, invoice: Invoice, *, back_to: str, again: datetime | None = None
    ) -> CheckoutPage:
        about = {"invoice_id": str(invoice.id), "invoice": invoice.name}
        form = {
            "mode": "payment",
            "client_reference_id": str(invoice.id),
            "success_url": f"{back_to}?done=paid",
            "cancel_url": back_to,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": invoice.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(invoice.amount_minor),
            "line_items[0][price_data][product_data][name]": invoice.name,
            **{f"metadata[{name}]": value for name, value in about.items()},
            # A charge has the words of its intent, and a refund is told of as a charge.
            **{f"payment_intent_data[metadata][{name}]": value for name, value in about.items()},
        }
        nth = f"/{int(again.timestamp())}" if again else ""
        try:
            answer = await self._http.post(
                "/v1/checkout/sessions",
                data=form,
                headers={"Idempotency-Key": f"invoice/{invoice.id}{nth}"},
            )
            answer.raise_for_status()
            body = answer.json()
            page = CheckoutPage(body["url"], datetime.fromtimestamp(body["expires_at"], UTC))
        except (
            httpx.HTTPError,
            ValueError,
            KeyError,
            TypeError,
            OverflowError,
            OSError,
        ) as trouble:
            # Its own words may quote what was asked.
            raise CheckoutUnavailable(type(trouble).__name__) from None
        if not isinstance(page.url, str) or urlsplit(page.url).scheme not in {"https", "http"}:
            raise CheckoutUnavailable("its page is on no web address")
        return page

    async def close(self) -> None:
        await self._http.aclose()


@dataclass(frozen=True)
class ProviderTold:
    """That so much came for an invoice, or went back."""

    event_id: str
    invoice_id: UUID
    kind: PaymentKind
    amount_minor: int
    currency: str
    occurred_at: datetime


def require_genuine(body: bytes, header: str | None, secret: str, *, now: datetime) -> None:
    """
    Raises:
        PaymentCallRefused: the header is missing or malformed, no signature fits, or it is too old.
    """
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]) or not signatures:
        raise PaymentCallRefused(f"{SIGNATURE_HEADER} is missing or malformed.")
    ours = hmac.new(secret.encode(), moments[0].encode() + b"." + body, hashlib.sha256)
    expected = ours.hexdigest().encode()
    # All of them, so that the time taken says nothing of which one fits.
    fitting = [hmac.compare_digest(expected, one.encode(errors="replace")) for one in signatures]
    if not any(fitting):
        raise PaymentCallRefused("No signature fits the body.")
    if abs(now - datetime.fromtimestamp(int(moments[0]), UTC)) > TOLERANCE:
        raise PaymentCallRefused("It was signed more than five minutes from now.")


def read_event(body: bytes) -> ProviderTold | None:
    """
    What a genuine event says of an invoice; None: it is about nothing that the registry waits for.

    Raises:
        ValueError: it is of a kind that is read, and not of its shape; the sentence says which part.
    """
    event = _object(json.loads(body), "The event")
    kind, told = event.get("type"), _object(event.get("data"), "data").get("object")
    if kind in _PAID:
        session = _object(told, "data.object")
        if session.get("payment_status") != "paid":
            return None
        return _told(event, session, PaymentKind.PAYMENT, "amount_total")
    if kind == _REFUNDED:
        return _told(event, _object(told, "data.object"), PaymentKind.REFUND, "amount_refunded")
    return None


def _told(
    event: Mapping[str, Any], about: Mapping[str, Any], kind: PaymentKind, amount: str
) -> ProviderTold | None:
    named = _object(about.get("metadata") or {}, "metadata").get("invoice_id")
    if named is None:
        # Something else that the operator sells by the same account.
        return None
    try:
        invoice_id = UUID(str(named))
    except ValueError:
        raise ValueError("metadata.invoice_id is no identifier") from None
    event_id, minor, currency, at = (
        event.get("id"),
        about.get(amount),
        about.get("currency"),
        event.get("created"),
    )
    if not isinstance(event_id, str) or not re.fullmatch(r"[\w.-]{1,200}", event_id, re.ASCII):
        raise ValueError("id is no name of an event")
    if type(minor) is not int or not 0 < minor < _AMOUNT_MAX:
        raise ValueError(f"{amount} is no amount in minor units")
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Za-z]{3}", currency, re.ASCII):
        raise ValueError("currency is no currency")
    if type(at) is not int or not 0 < at < 2**33:
        raise ValueError("created is no moment")
    occurred_at = datetime.fromtimestamp(at, UTC)
    return ProviderTold(event_id, invoice_id, kind, minor, currency.upper(), occurred_at)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 -- what the caller catches
    return value
