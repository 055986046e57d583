"""docs/events.md says what receivers get; its example is run as it stands."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.publishing.events import EventName
from domain.publishing.webhook_signatures import secret_text, signature_headers
from domain.publishing.webhooks import DeliveryStatus
from tests.docs.test_glossary import explained, named, rows, values
from tests.factories import named as named_id

DOCUMENT = "docs/events.md"
TEXT = (Path(__file__).parents[2] / DOCUMENT).read_text()
SECRET = secret_text(bytes(range(0xE0, 0x100)))
EVENT_ID = named_id("event")
BODY = b'{"name":"retirement.accepted"}'


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    """The functions of the document, under their names."""
    found: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        assert len(example.strip().splitlines()) <= 10
        exec(example, found)
    return found


@pytest.fixture(scope="module")
def genuine_event(examples: dict[str, Any]) -> Any:
    return examples["genuine_event"]


def signed(at: datetime) -> dict[str, str]:
    return signature_headers(EVENT_ID, BODY, secret=SECRET, at=at)


def test_the_example_knows_what_the_registry_has_signed(genuine_event: Any) -> None:
    headers = signed(datetime.now(UTC))

    assert genuine_event(SECRET, headers, BODY) == {"name": "retirement.accepted"}
    assert genuine_event(secret_text(bytes(32)), headers, BODY) is None
    assert genuine_event(SECRET, headers, BODY + b" ") is None


def test_the_example_turns_away_what_was_signed_too_long_ago(genuine_event: Any) -> None:
    assert genuine_event(SECRET, signed(datetime.now(UTC) - timedelta(seconds=310)), BODY) is None


@given(
    name=st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
    value=st.text(st.characters(codec="ascii"), max_size=80),
)
def test_the_example_turns_away_whatever_else_comes(
    genuine_event: Any, name: str, value: str
) -> None:
    assert genuine_event(SECRET, signed(datetime.now(UTC)) | {name: value}, BODY) is None


def test_the_example_turns_away_bytes_that_are_no_text(genuine_event: Any) -> None:
    assert genuine_event(SECRET, signed(datetime.now(UTC)), b"\xff") is None


@given(st.binary(min_size=32, max_size=32))
def test_a_former_secret_is_rewritten_as_the_document_says(
    examples: dict[str, Any], key: bytes
) -> None:
    former = f"whsec_{base64.urlsafe_b64encode(key).decode().rstrip('=')}"

    assert examples["standard_secret"](former) == secret_text(key)


def test_every_event_is_documented_in_its_order() -> None:
    assert named(rows(DOCUMENT, "event")) == values(EventName)


def test_the_states_of_a_delivery_are_explained_alike() -> None:
    written = {row[0].strip("`"): row[1] for row in rows(DOCUMENT, "delivery")}

    assert written == explained(DeliveryStatus)
