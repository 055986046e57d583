"""A receiver from before Standard Webhooks: the function that docs/events.md gave receivers then."""

import hashlib
import hmac
import time


def is_genuine(secret: str, signature: str, body: bytes, tolerance_seconds: int = 300) -> bool:
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    sent_at = parts.get("t", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > tolerance_seconds:
        return False
    expected = hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest(expected.hexdigest(), parts.get("v1", ""))
