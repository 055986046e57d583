"""docs/openapi.yaml is the contract as it is now, so that every change of it is seen in a diff."""

import difflib

import yaml

from devstack.openapi import SNAPSHOT, snapshot

LINES_SHOWN = 40


def test_the_snapshot_is_what_the_api_says_of_itself() -> None:
    written, now = SNAPSHOT.read_text(encoding="utf-8"), snapshot()

    lines = difflib.unified_diff(
        written.splitlines(), now.splitlines(), "docs/openapi.yaml", "the API", lineterm=""
    )
    difference = list(lines)
    shown = "\n".join(difference[:LINES_SHOWN])
    assert not difference, (
        "The contract has changed. Is that wanted? Then run `make openapi`, commit docs/openapi.yaml"
        f" and say it in CHANGELOG.md. The first {LINES_SHOWN} lines of {len(difference)}:\n{shown}"
    )


def test_no_reference_leads_nowhere() -> None:
    """The snapshot moves responses that operations share, and every reference must find its own."""
    document = yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8"))
    found = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        for name in components
    }

    references = set(_references(document))

    assert "#/components/responses/Error404" in references
    assert references - found == set()


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _references(inner)]
    return []
