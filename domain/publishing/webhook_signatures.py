"""How a delivery is signed: Standard Webhooks 1.0, and the former headers beside it (ADR 0032)."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from domain.publishing.events import Event

SECRET_PREFIX = "whsec_"  # noqa: S105 -- not a secret, but the form that the specification gives them
SECRET_BYTES = 32
"""As many as the hash that the secret keys has."""

_SECRET_BYTES_ALLOWED = range(24, 65)
"""Of the specification: at least 192 bits, at most 512."""


class UnfitSecret(ValueError):
    """A webhook's secret is not of the form that the registry gives them; the sentence shows nothing of it."""


def secret_text(key: bytes) -> str:
    """A secret as receivers are told it: `whsec_` and the key in base64 (RFC 4648, 4), padded."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signing_key(secret: str) -> bytes:
    """
    The bytes that a secret stands for.

    Secrets from before Standard Webhooks are of the URL-safe alphabet and without padding (RFC 4648,
    5); they stand for bytes in the same way. Stock verifiers need them rewritten (docs/events.md).

    Raises:
        UnfitSecret: there is no prefix, the rest is neither, or not of 24 to 64 bytes.
    """
    text = secret.removeprefix(SECRET_PREFIX).rstrip("=").translate({45: "+", 95: "/"})
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in _SECRET_BYTES_ALLOWED:
        raise UnfitSecret("A webhook's secret is not whsec_ and 24 to 64 bytes in base64.")
    return key


def signature_headers(
    message_id: UUID, body: bytes, *, secret: str, at: datetime
) -> dict[str, str]:
    """
    The headers of Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature`.

    `message_id` is the event's, the same at each attempt and replay; `at` is the moment of this
    attempt, sent in whole seconds since 1970. The signature is `v1,` and the base64 of the
    HMAC-SHA256 of "{id}.{timestamp}.{body}".

    Raises:
        UnfitSecret: of `signing_key`.
    """
    seconds = int(at.timestamp())
    content = b"%b.%d.%b" % (str(message_id).encode(), seconds, body)
    mac = hmac.digest(signing_key(secret), content, hashlib.sha256)
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def former_headers(event: Event, body: bytes, *, secret: str, at: datetime) -> dict[str, str]:
    """
    What receivers were sent before Standard Webhooks; docs/events.md says until when.

    `Karbonica-Signature` is `t=<unix seconds>,v1=<HMAC-SHA256 of "{t}.{body}" in hex>`, keyed by the
    secret's own letters, `whsec_` included.
    """
    seconds = int(at.timestamp())
    mac = hmac.digest(secret.encode(), b"%d.%b" % (seconds, body), hashlib.sha256)
    return {
        "Karbonica-Event": event.name.value,
        "Karbonica-Event-Id": str(event.id),
        "Karbonica-Signature": f"t={seconds},v1={mac.hex()}",
    }
