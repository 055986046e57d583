"""
What is published is what docs/events.md says, field by field.

Each use case runs once, and what it left in the outbox is compared with the document's tables.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.publishing.events import EventName
from tests.activities.conftest import Undisturbed
from tests.activities.use_cases import USE_CASES
from tests.docs.test_glossary import named, rows, words

DOCUMENT = "docs/events.md"
DOCUMENTED = {row[0].strip("`"): words(row[2]) for row in rows(DOCUMENT, "event")}
FIELDS = named(rows(DOCUMENT, "field"))
WITHOUT_USE_CASE = {
    EventName.WEBHOOK_PING,
    EventName.VERIFICATION_CONFLICT_DECLARED,
    EventName.VERIFICATION_STATEMENT_WRITTEN,
    EventName.VERIFICATION_STATEMENT_REVIEWED,
    EventName.VERIFICATION_VALIDATED,
    EventName.RISK_ASSESSMENT_ENTERED,
    EventName.RISK_ASSESSMENT_DECIDED,
    EventName.VERIFICATION_QUANTIFIED,
    EventName.METHODOLOGY_VERSION_ADDED,
    EventName.METHODOLOGY_VERSION_WITHDRAWN,
    EventName.CONSULTATION_OPENED,
    EventName.CONSULTATION_COMMENTED,
    EventName.CONSULTATION_ANSWERED,
    EventName.CONSULTATION_COMMENT_HIDDEN,
}
"""The API itself publishes these (tests/api/rest: publishing/test_webhooks.py, organisations/, projects/)."""
THEIR_FIELDS = {
    "webhookId",
    "declared",
    "comment",
    "outcome",
    "tool",
    "toolVersion",
    "total",
    "percent",
}


@pytest.fixture(scope="session")
async def published(undisturbed: Undisturbed) -> list[dict[str, Any]]:
    """Every event that any use case leaves behind, with those of the story before it."""
    events = []
    for case in USE_CASES.values():
        _, state = await undisturbed.outcome(case)
        events += state["outbox_events"]
    return events


def fields(value: Any) -> Iterator[str]:
    """The names in a payload, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from fields(inner)
    if isinstance(value, list):
        for inner in value:
            yield from fields(inner)


async def test_every_event_has_a_use_case_that_publishes_it(
    published: list[dict[str, Any]],
) -> None:
    assert {event["name"] for event in published} == set(EventName) - WITHOUT_USE_CASE


async def test_a_payload_has_the_documented_fields(published: list[dict[str, Any]]) -> None:
    differing = {
        event["name"]: set(event["payload"]) ^ DOCUMENTED[event["name"]] for event in published
    }

    assert differing == {name: set() for name in differing}


async def test_every_field_at_any_depth_is_explained(published: list[dict[str, Any]]) -> None:
    used = {name for event in published for name in fields(event["payload"])}

    assert used | THEIR_FIELDS == set(FIELDS)
    assert sorted(FIELDS) == FIELDS
