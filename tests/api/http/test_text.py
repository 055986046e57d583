"""Typed text as the API takes it, by the one type that all of it has."""

import ast
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from api.http.fields import Text
from tests.domain.test_visible_text import NOTHING_TO_SEE, SOMETHING_TO_SEE

API = Path(__file__).parents[3] / "api"


class Body(BaseModel):
    reason: Annotated[str, Text(20, lines=True)] = "why"
    note: Annotated[str, Text(20, shortest=0)] = ""


@pytest.mark.parametrize("text", NOTHING_TO_SEE.values(), ids=NOTHING_TO_SEE.keys())
def test_required_text_of_which_nothing_can_be_seen_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Body(reason=text)

    (fault,) = refusal.value.errors()
    assert fault["loc"] == ("reason",)
    assert fault["msg"] in {
        "Reason must not be empty",
        "Reason must not contain control characters",
    }


@pytest.mark.parametrize("text", SOMETHING_TO_SEE.values(), ids=SOMETHING_TO_SEE.keys())
def test_joiners_stay_where_something_can_be_seen(text: str) -> None:
    assert Body(reason=text).reason == text.replace("e\u0301", "é").replace(
        "\u1112\u1161\u11ab", "한"
    )


def test_text_that_may_be_left_out_is_empty_when_nothing_can_be_seen() -> None:
    assert Body(note="\u200b\u3164").note == ""


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_what_nothing_can_store_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Body(reason=text)


def test_every_text_of_a_request_has_the_type() -> None:
    """A field of a request that is a bare `str` would take text that nobody can see."""
    fields = {
        f"{path.relative_to(API)}: {klass.name}.{field.target.id}": ast.unparse(field.annotation)
        for path in sorted((API / "rest").rglob("*.py"))
        for klass in ast.walk(ast.parse(path.read_text()))
        if isinstance(klass, ast.ClassDef) and "Request" in klass.name
        for field in klass.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }

    assert fields
    assert {name for name, type in fields.items() if type.removesuffix(" | None") == "str"} == set()
