"""Text that people typed, on pages: as it was typed, and by itself."""

import re
from pathlib import Path

import pytest

from api.pages.parts.formats import typed
from api.pages.parts.rendering import environment

TEMPLATES = Path(__file__).parents[4] / "api" / "templates"
CODES = {
    "act", "actor_role", "answered_by_role", "assurance", "cancelled_for", "category", "dataset", "document_type",
    "event_type", "factor", "first", "first_transfer", "kind", "kind)", "kind.value", "name", "one", "opinion", "phase",
    "reversal_risk", "risk", "rule", "scheme", "status", "type", "use", "value",
}  # fmt: skip
"""
The last names of what the templates put into words; `check.name` is that of a check, `one` of a closed list.

`first` and `use` are what a Party may say of an authorisation, `kind)` is its step; `factor` and `category` are those of the tool that assesses risks of reversal; `risk` is the rating on staff's form.
"""
TYPED = re.compile(
    r"\b(title|file_name|project_title|location|message|reason|frozen_reason|park_reason|cause|purpose"
    r"|beneficiary\.name|beneficiary_name|identifier|description|paragraph|supplier"
    r"|verifier_company|person\.name|document\.name)$"
)
OURS = {"format.title", "notice.title", "step.title", "one.title"}
"""Titles that the registry gives: of formats of files, of what it notifies people of, of a form's steps."""


def expressions() -> list[tuple[str, str, list[str]]]:
    """
    Each `{{ value | filter | filter }}` of the templates, as its file, its value and its filters.

    In a field (`value="{{ reason }}"`) it stands as it was typed, and is none of these.
    """
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        for inside in re.findall(r'(?<! value=")\{\{-? (.*?) -?\}\}', path.read_text()):
            value, *filters = (part.strip() for part in inside.split(" | "))
            found.append((path.name, value, filters))
    assert found
    return found


def test_only_codes_are_put_into_words() -> None:
    worded = {
        value for _, value, filters in expressions() if any(f.startswith("word") for f in filters)
    }
    wrong = [v for v in worded if not v.endswith(tuple(CODES)) or TYPED.search(v)]

    assert "project.type" in worded
    assert wrong == []


def test_whatever_is_typed_is_printed_by_itself() -> None:
    typed_text = [
        (file, v, filters)
        for file, v, filters in expressions()
        # Its length is a number.
        if TYPED.search(v) and v not in OURS and filters[:1] != ["length"]
    ]
    # In an address it is encoded, and turns nothing round.
    by_itself = (["typed"], ["isolated"], ["paragraphs"], ["urlencode"])

    assert len(typed_text) > 20
    assert [found for found in typed_text if found[2][:1] not in by_itself] == []


@pytest.mark.parametrize(
    "purpose", ["corporate_targets", "does_not", "buyer", "holds", "pH_neutral claim", "a <b> & c"]
)
def test_typed_words_that_are_codes_elsewhere_stay(purpose: str) -> None:
    printed = environment().from_string("{{ purpose | typed }}").render(purpose=purpose)

    assert (
        printed
        == f"<bdi>{purpose.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</bdi>"
    )


def test_an_end_of_isolation_that_was_typed_does_not_end_ours() -> None:
    assert typed("a\u2069b\u2067c") == "<bdi>ab\u2067c\u2069</bdi>"


def test_an_override_stays_in_its_element() -> None:
    assert typed("Acme\u202egpj.exe") == "<bdi>Acme\u202egpj.exe</bdi>"
