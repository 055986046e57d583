# ruff: noqa: RUF001 -- letters that only look like ASCII are what is tried here
"""What two readers could read as two requests is refused: bodies, numbers, booleans, names."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.strict_json import PROBLEMS_MAX, AmbiguousJson, require_unambiguous
from tests.api.bodies import PROJECT
from tests.api.caller import Api
from tests.databases import snapshot
from tests.factories import ADMINISTRATOR, DEVELOPER

TWICE = "“{}” is there more than once"
NO_NUMBER = "{} is not a number in JSON"

AMBIGUOUS = {
    "the same name": ('{"a": 1, "a": 1}', [("/a", TWICE.format("a"))]),
    "three times": ('{"a": 1, "a": 2, "a": 3}', [("/a", TWICE.format("a"))] * 2),
    "one of them escaped": (r'{"a": 1, "\u0061": 2}', [("/a", TWICE.format("a"))]),
    "to be escaped": ('{"a/b": 1, "a/b": 2}', [("/a~1b", TWICE.format("a/b"))]),
    "inside": ('{"a": {"b": [{"c": 1, "c": 2}]}}', [("/a/b/0/c", TWICE.format("c"))]),
    "in both of two": (
        '[{"a": {"b": 1, "b": 2}, "a": 3}]',
        [("/0/a", TWICE.format("a")), ("/0/a/b", TWICE.format("b"))],
    ),
    "no number": (
        '{"a": NaN, "b": [-Infinity], "c": Infinity}',
        [
            ("/a", NO_NUMBER.format("NaN")),
            ("/b/0", NO_NUMBER.format("-Infinity")),
            ("/c", NO_NUMBER.format("Infinity")),
        ],
    ),
}


def problems_of(body: bytes) -> list[tuple[str, str]]:
    try:
        require_unambiguous(body)
    except AmbiguousJson as ambiguous:
        return [(p.source.value if p.source else "", p.detail) for p in ambiguous.problems]
    return []


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_each_place_that_can_be_read_in_two_ways_is_named(case: str) -> None:
    body, expected = AMBIGUOUS[case]

    assert problems_of(body.encode()) == expected


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(JSON_VALUES)
def test_what_a_json_library_writes_is_let_through(value: Any) -> None:
    assert problems_of(json.dumps(value).encode()) == []


@given(st.dictionaries(st.text(), JSON_VALUES, min_size=1), st.data())
def test_a_member_repeated_anywhere_is_found(members: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    written = [*members.items(), (name, data.draw(JSON_VALUES))]
    order = data.draw(st.permutations(written))
    body = ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in order)

    assert [detail for _, detail in problems_of(f"[{{{body}}}]".encode())] == [TWICE.format(name)]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"[" * 900 + b"]" * 900, b"1" * 5000, b"\xef\xbb\xbf{}"]
)
def test_what_is_no_json_is_left_to_the_framework(body: bytes) -> None:
    assert problems_of(body) == []


def test_a_body_in_another_encoding_is_refused_and_a_hopeless_one_is_not_told_whole() -> None:
    assert problems_of(b'{"a": "\xff"}') == [("", "The body is not UTF-8.")]
    assert len(problems_of(b"{" + b",".join([b'"a":1'] * 1000) + b"}")) == PROBLEMS_MAX


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (json.dumps(PROJECT)[:-1] + ', "title": "Another"}', ["/title"]),
        (
            json.dumps(PROJECT).replace('"latitude"', '"latitude": 1, "latitude"', 1),
            ["/coordinates/latitude"],
        ),
        (json.dumps(PROJECT | {"emissionsTarget": float("nan")}), ["/emissionsTarget"]),
    ],
)
async def test_nothing_comes_of_an_ambiguous_body(
    unchanging_api: Api, content: str, places: list[str]
) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER) | {"Content-Type": "application/json"}
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post("/api/v1/projects", content=content, headers=headers)

    assert answer.status_code == 400
    assert [error["source"]["pointer"] for error in answer.json()["errors"]] == places
    assert await snapshot(unchanging_api.engine) == before


NO_WHOLE_NUMBERS = [
    "%2B5",
    "%205",
    "5%20",
    "1_000",
    "05",
    "５",
    "٥",
    "5.0",
    "5e0",
    "0x5",
    "-0x1",
    "",
]
NO_BOOLEANS = ["1", "0", "yes", "on", "TRUE", "True", "%20true", "t", "ｔｒｕｅ", ""]
PLACES = {
    "a query": ("/registry/projects?limit={}", NO_WHOLE_NUMBERS),
    "a filter": ("/registry/retirements?vintage={}", NO_WHOLE_NUMBERS),
    "one's own list": ("/credits?vintage={}", NO_WHOLE_NUMBERS),
    "the audit log": ("/registry/audit?after={}", NO_WHOLE_NUMBERS),
    "a path": ("/registry/units/{}", NO_WHOLE_NUMBERS[:-1]),
    "another path": ("/registry/audit/{}", NO_WHOLE_NUMBERS[:-1]),
    "a flag": ("/admin/alerts?open={}", NO_BOOLEANS),
    "another flag": ("/verifications?overdue={}", NO_BOOLEANS),
    "a country": (
        "/registry/projects?country={}",
        ["ıN", "ınd", "ſE", "ﬁ", "ＩＮ", "İND", "XX", "XA", "XZ", "QM", "AA", "ZZ", "XXK", ""],
    ),
    "an unknown name": ("/registry/projects?limit=5&{}=1", ["projectid", "Limit", "limit"]),
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_value_that_only_some_would_read_is_refused(
    unchanging_api: Api, place: str
) -> None:
    path, values = PLACES[place]
    headers = await unchanging_api.signed_in(ADMINISTRATOR)

    statuses = {
        value: (
            await unchanging_api.client.get(f"/api/v1{path.format(value)}", headers=headers)
        ).status_code
        for value in values
    }

    assert statuses == dict.fromkeys(values, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/registry/projects?limit=5&country=in",
        "/registry/projects?country=XK",
        "/registry/projects?country=xkx",
        "/registry/retirements?vintage=2024",
        "/registry/audit?after=0",
        "/admin/alerts?open=true",
        "/verifications?overdue=false",
    ],
)
async def test_a_value_in_its_one_spelling_is_read(unchanging_api: Api, path: str) -> None:
    headers = await unchanging_api.signed_in(ADMINISTRATOR)

    answer = await unchanging_api.client.get(f"/api/v1{path}", headers=headers)

    assert answer.status_code == 200
