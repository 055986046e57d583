"""What is signed is known by the published verifier of Standard Webhooks, and by former receivers."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from domain.publishing.events import Event, EventName
from domain.publishing.webhook_signatures import (
    SECRET_BYTES,
    UnfitSecret,
    former_headers,
    secret_text,
    signature_headers,
    signing_key,
)
from tests.factories import NOW, named
from tests.former_receiver import is_genuine

KEY = bytes(range(0xE0, 0xE0 + SECRET_BYTES))
SECRET = secret_text(KEY)
FORMER_SECRET = f"whsec_{base64.urlsafe_b64encode(KEY).decode().rstrip('=')}"
BODY = '{"name":"retirement.accepted","payload":{"é":1}}'.encode()
EVENT = Event(named("event"), EventName.RETIREMENT_ACCEPTED, {}, NOW)

keys = st.binary(min_size=24, max_size=64)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)


def known(headers: dict[str, str], body: bytes = BODY, *, secret: str = SECRET) -> bool:
    """What the stock verifier says; it looks at the present time."""
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


def test_the_headers_are_of_the_form_that_the_specification_gives() -> None:
    """To the letter; OpenSSL made the signature, so that two wrongs of ours do not agree."""
    headers = signature_headers(
        UUID(int=7), b'{"a":1}', secret="whsec_" + "A" * 43 + "=", at=datetime.fromtimestamp(1, UTC)
    )

    assert headers == {
        "webhook-id": "00000000-0000-0000-0000-000000000007",
        "webhook-timestamp": "1",
        "webhook-signature": "v1,xGrYBuv4E3rjmhAOX0H2VCeRnpgii7sOD2/w9pfpJYM=",
    }


@given(keys, st.uuids(), texts)
def test_what_was_signed_is_known_by_its_signature(key: bytes, event_id: UUID, text: str) -> None:
    secret, body = secret_text(key), text.encode()
    headers = signature_headers(event_id, body, secret=secret, at=datetime.now(UTC))

    assert known(headers, body, secret=secret)


@given(texts, st.data())
def test_any_change_breaks_the_signature(text: str, data: st.DataObject) -> None:
    body = text.encode()
    headers = signature_headers(EVENT.id, body, secret=SECRET, at=datetime.now(UTC))
    other = data.draw(texts.filter(lambda drawn: drawn != text)).encode()
    shift = data.draw(st.integers(-200, 200).filter(bool))
    shifted = {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + shift)}

    assert known(headers, body)
    assert not known(headers, other)
    assert not known(headers, body, secret=secret_text(KEY[::-1]))
    assert not known(headers | shifted, body)
    assert not known(headers | {"webhook-id": str(named("another event"))}, body)


@pytest.mark.parametrize(("age_seconds", "expected"), [(290, True), (310, False), (-310, False)])
def test_a_signature_is_good_for_five_minutes_and_no_longer(
    age_seconds: int, expected: bool
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=age_seconds)

    assert known(signature_headers(EVENT.id, BODY, secret=SECRET, at=at)) is expected


def test_a_secret_is_told_in_padded_base64_of_the_plain_alphabet() -> None:
    prefix, text = SECRET[:6], SECRET[6:]

    assert prefix == "whsec_"
    assert base64.b64decode(text, validate=True) == KEY
    assert "+" in text or "/" in text


@given(keys)
def test_a_former_secret_stands_for_the_same_bytes(key: bytes) -> None:
    former = f"whsec_{base64.urlsafe_b64encode(key).decode().rstrip('=')}"

    assert signing_key(former) == signing_key(secret_text(key)) == key


def test_each_secret_that_the_registry_ever_gave_out_is_fit() -> None:
    """Before Standard Webhooks it was made with `token_urlsafe(32)`."""
    for _ in range(200):
        assert len(signing_key(f"whsec_{secrets.token_urlsafe(32)}")) == 32


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_plain text",
        "whsec_" + "ä" * 40,
        SECRET.removeprefix("whsec_"),
        secret_text(bytes(23)),
        secret_text(bytes(65)),
        SECRET[:-3],
        SECRET + "\n",
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(UnfitSecret) as refused:
        signing_key(secret)

    assert str(refused.value) == "A webhook's secret is not whsec_ and 24 to 64 bytes in base64."


@pytest.mark.parametrize("secret", [SECRET, FORMER_SECRET])
def test_a_receiver_from_before_standard_webhooks_knows_its_signature(secret: str) -> None:
    headers = former_headers(EVENT, BODY, secret=secret, at=datetime.now(UTC))
    signature = headers.pop("Karbonica-Signature")

    assert headers == {
        "Karbonica-Event": "retirement.accepted",
        "Karbonica-Event-Id": str(EVENT.id),
    }
    assert is_genuine(secret, signature, BODY)
    assert not is_genuine(secret, signature, BODY + b" ")
    assert not is_genuine(secret_text(KEY[::-1]), signature, BODY)


@pytest.mark.parametrize("age_seconds", [310, -310])
def test_a_receiver_from_before_turns_away_what_is_too_old_or_too_new(age_seconds: int) -> None:
    at = datetime.now(UTC) - timedelta(seconds=age_seconds)
    headers = former_headers(EVENT, BODY, secret=FORMER_SECRET, at=at)

    assert not is_genuine(FORMER_SECRET, headers["Karbonica-Signature"], BODY)
