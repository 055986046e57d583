"""
Whether a call to our door comes from Blockfrost: its signature, as its documentation has it (ADR 0048).

The header is `t=1648550558,v1=<hex>`, where `v1` is the HMAC-SHA-256 of `t`, a full stop and the body, with
the webhook's own secret; there may be several, while a secret is being changed.

Source: blockfrost.dev, "Using webhooks", and `blockfrost.helpers` of blockfrost-python 0.7.0, against
which the tests hold this.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

SIGNATURE_HEADER = "Blockfrost-Signature"

TOLERANCE = timedelta(minutes=10)
"""How far the moment of signing may lie from ours, either way; what is repeated later is refused."""

_MOMENT = re.compile(r"[0-9]{1,10}", re.ASCII)


class ProviderCallRefused(Exception):
    """The call is not Blockfrost's, or not a fresh one; the sentence says which."""


def require_genuine(body: bytes, header: str | None, secret: str, *, now: datetime) -> None:
    """
    Raises:
        ProviderCallRefused: the header is missing or malformed, no signature fits, or it is too old.
    """
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]) or not signatures:
        raise ProviderCallRefused(f"{SIGNATURE_HEADER} is missing or malformed.")
    signed = moments[0].encode() + b"." + body
    ours = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
    # All of them, so that the time taken says nothing of which one fits.
    fitting = [hmac.compare_digest(ours, one.encode(errors="replace")) for one in signatures]
    if not any(fitting):
        raise ProviderCallRefused("No signature fits the body.")
    if abs(now - datetime.fromtimestamp(int(moments[0]), UTC)) > TOLERANCE:
        raise ProviderCallRefused("It was signed more than ten minutes from now.")
