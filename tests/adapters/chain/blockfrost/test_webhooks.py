"""Webhooks of Blockfrost: our judgement is that of its own library, where that gives one."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from blockfrost import helpers

from adapters.chain.blockfrost.webhooks import TOLERANCE, ProviderCallRefused, require_genuine

SECRET, BODY = "59a1eb46-96f4-4f0b-8a03-b4d26e70593a", b'{"type":"block"}'
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def signature(*, at: datetime = NOW, secret: str = SECRET, body: bytes = BODY) -> str:
    moment = str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def is_genuine(header: str | None) -> bool:
    try:
        require_genuine(BODY, header, SECRET, now=NOW)
    except ProviderCallRefused:
        return False
    return True


def is_genuine_to_blockfrost(header: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(helpers, "get_unix_timestamp", lambda: int(NOW.timestamp()))
    try:
        return bool(helpers.verify_webhook_signature(BODY, header, SECRET))
    except helpers.SignatureVerificationError:
        return False


@pytest.mark.parametrize(
    ("header", "genuine"),
    [
        (signature(), True),
        (signature(at=NOW - TOLERANCE), True),
        (f"{signature()},v1={'0' * 64}", True),
        (signature().replace("v1=", f"v1={'0' * 64},v1="), True),
        (signature(at=NOW - TOLERANCE - timedelta(seconds=1)), False),
        (signature(secret="another"), False),
        (signature(body=b"{}"), False),
        (signature().replace("t=", "t=1"), False),
        (signature().split(",")[0], False),
        (signature().replace("v1=", "v2="), False),
        ("t=,v1=", False),
    ],
)
def test_a_call_is_judged_as_blockfrosts_own_library_does(
    header: str, genuine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (is_genuine(header), is_genuine_to_blockfrost(header, monkeypatch)) == (genuine,) * 2


@pytest.mark.parametrize(
    "header",
    [
        # What its library answers with another exception, or takes.
        None,
        "",
        "v1",
        "t=²,v1=00",
        signature().replace("v1=", "v1=ü"),
        f"t={'9' * 20},v1=00",
        f"{signature()},t=1",
        signature(at=NOW + TOLERANCE + timedelta(seconds=1)),
    ],
)
def test_what_is_no_signature_is_refused(header: str | None) -> None:
    assert not is_genuine(header)
