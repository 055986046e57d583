"""docs/events.md says what receivers get; its example is run as it stands."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.publishing.events import EventName
from domain.publishing.webhooks import DeliveryStatus, sign
from tests.docs.test_glossary import explained, named, rows, values

DOCUMENT = "docs/events.md"
TEXT = (Path(__file__).parents[2] / DOCUMENT).read_text()
SECRET = "whsec_of_a_test"
BODY = b'{"name":"retirement.accepted"}'


@pytest.fixture(scope="module")
def is_genuine() -> Any:
    """The receiver's function, taken from the document."""
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(example.strip().splitlines()) <= 10
    found: dict[str, Any] = {}
    exec(example, found)
    return found["is_genuine"]


def test_the_example_knows_what_the_registry_has_signed(is_genuine: Any) -> None:
    signature = sign(SECRET, BODY, at=datetime.now(UTC))

    assert is_genuine(SECRET, signature, BODY)
    assert not is_genuine("whsec_of_another", signature, BODY)
    assert not is_genuine(SECRET, signature, BODY + b" ")


def test_the_example_turns_away_what_was_signed_too_long_ago(is_genuine: Any) -> None:
    old = sign(SECRET, BODY, at=datetime.fromtimestamp(time.time() - 310, UTC))

    assert not is_genuine(SECRET, old, BODY)


@given(signature=st.text(st.characters(codec="ascii"), max_size=80))
def test_the_example_turns_away_whatever_else_comes(is_genuine: Any, signature: str) -> None:
    assert not is_genuine(SECRET, signature, BODY)


def test_every_event_is_documented_in_its_order() -> None:
    assert named(rows(DOCUMENT, "event")) == values(EventName)


def test_the_states_of_a_delivery_are_explained_alike() -> None:
    written = {row[0].strip("`"): row[1] for row in rows(DOCUMENT, "delivery")}

    assert written == explained(DeliveryStatus)
