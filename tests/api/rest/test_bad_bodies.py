"""
Bad input, before any workflow hears of it.

Goal: every fault is an answer of the contract, with a sentence and the place to mend, and the
database is as it was. Temporal is away here, so a body that gets through would be answered 503.
"""

import json
from typing import Any
from uuid import uuid4

import pytest

from domain.accounts.roles import Role
from tests.api.bodies import DOCUMENT, PROJECT, RETIREMENT
from tests.api.caller import Api, errors, told
from tests.api.registry_rows import IssuedProject
from tests.databases import changed_tables, snapshot
from tests.factories import ADMINISTRATOR, DEVELOPER, account

TITLE_200 = "t" * 200

FAULTY_PROJECTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "unknown type": ({"type": "perpetual_motion"}, [("/type", "Type must be one of")]),
    "unknown country": (
        {"country": "XX"},
        [("/country", "Country must be an ISO 3166-1 code such as IND or IN")],
    ),
    "country of another shape": (
        {"country": "India"},
        [("/country", "Country must be an ISO 3166-1 code such as IND or IN")],
    ),
    "negative target": (
        {"emissionsTarget": "-1.00"},
        [("/emissionsTarget", "Emissions target must be a positive number")],
    ),
    "target of zero": (
        {"emissionsTarget": 0},
        [("/emissionsTarget", "Emissions target must be a positive number")],
    ),
    "three decimals": (
        {"emissionsTarget": "1.005"},
        [("/emissionsTarget", "Emissions target must not have more than two decimals")],
    ),
    "three decimals as a number": (
        {"emissionsTarget": 1.005},
        [("/emissionsTarget", "Emissions target must not have more than two decimals")],
    ),
    "target in words": (
        {"emissionsTarget": "many"},
        [("/emissionsTarget", "Emissions target must be a decimal number such as 1000.00")],
    ),
    "target that is true": (
        {"emissionsTarget": True},
        [("/emissionsTarget", "Emissions target must be a decimal number such as 1000.00")],
    ),
    "target beyond all bounds": (
        {"emissionsTarget": 10**30},
        [("/emissionsTarget", "Emissions target must be a decimal number such as 1000.00")],
    ),
    "title of 201 characters": (
        {"title": TITLE_200 + "t"},
        [("/title", "Title must not be longer than 200 characters")],
    ),
    "title of blanks": ({"title": "   "}, [("/title", "Title must not be empty")]),
    "title that nobody can see": (
        {"title": "\u200b\u3164\u2800"},
        [("/title", "Title must not be empty")],
    ),
    "title with NUL": (
        {"title": "a\x00b"},
        [("/title", "Title must not contain control characters")],
    ),
    "title of two lines": (
        {"title": "a\nb"},
        [("/title", "Title must not contain control characters")],
    ),
    "title with half a character": ({"title": "\ud800"}, [("/title", "Title must be text")]),
    "title that is a number": ({"title": 7}, [("/title", "Title must be text")]),
    "unknown field": (
        {"colour": "green"},
        [("/colour", "“colour” is not a field of this request")],
    ),
    "unknown field in Python's spelling": (
        {"start_date": "2025-01-01"},
        [("/start_date", "“start_date” is not a field of this request")],
    ),
    "unknown field to be escaped": (
        {"a/b~c": 1},
        [("/a~1b~0c", "“a/b~c” is not a field of this request")],
    ),
    "latitude beyond the pole": (
        {"coordinates": {"latitude": 90.1, "longitude": 0}},
        [("/coordinates/latitude", "Latitude must be between -90 and 90")],
    ),
    "seven decimals": (
        {"coordinates": {"latitude": 1.1234567, "longitude": 0}},
        [("/coordinates/latitude", "Latitude must not have more than 6 decimals")],
    ),
    "longitude in words": (
        {"coordinates": {"latitude": 1, "longitude": "east"}},
        [("/coordinates/longitude", "Longitude must be a number")],
    ),
    "coordinates of another shape": (
        {"coordinates": [1, 2]},
        [("/coordinates", "Coordinates must be a JSON object")],
    ),
    "a day that never was": (
        {"startDate": "2025-02-30"},
        [("/startDate", "Start date must be a date such as 2024-06-30")],
    ),
    "a moment instead of a day": (
        {"startDate": 1735689600},
        [("/startDate", "Start date must be a date such as 2024-06-30")],
    ),
    "several faults at once": (
        {"title": "", "country": "XX", "emissionsTarget": "0.001"},
        [
            ("/title", "Title must not be empty"),
            ("/country", "Country must be an ISO 3166-1 code such as IND or IN"),
            ("/emissionsTarget", "Emissions target must not have more than two decimals"),
        ],
    ),
}


@pytest.mark.parametrize("case", FAULTY_PROJECTS)
async def test_a_faulty_project_is_refused_field_by_field(unchanging_api: Api, case: str) -> None:
    changes, expected = FAULTY_PROJECTS[case]
    headers = await unchanging_api.signed_in(DEVELOPER) | {"Content-Type": "application/json"}
    before = await snapshot(unchanging_api.engine)

    # By hand, because httpx refuses half a character before it is sent.
    content = json.dumps(PROJECT | changes).encode("ascii")
    answer = await unchanging_api.client.post("/api/v1/projects", content=content, headers=headers)

    assert answer.status_code == 400
    found = told(answer)
    assert [(code, place) for code, place, _ in found] == [
        ("VALIDATION_ERROR", place) for place, _ in expected
    ]
    assert [
        sentence[: len(begins)]
        for (_, _, sentence), (_, begins) in zip(found, expected, strict=True)
    ] == [begins for _, begins in expected]
    assert await snapshot(unchanging_api.engine) == before


async def test_every_missing_field_is_named(unchanging_api: Api) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER)

    answer = await unchanging_api.client.post("/api/v1/projects", json={}, headers=headers)

    assert told(answer) == [
        ("VALIDATION_ERROR", f"/{field}", f"{name} is required")
        for field, name in (
            ("title", "Title"),
            ("type", "Type"),
            ("description", "Description"),
            ("location", "Location"),
            ("country", "Country"),
            ("coordinates", "Coordinates"),
            ("emissionsTarget", "Emissions target"),
            ("startDate", "Start date"),
        )
    ]


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"{title: no}",
    "cut off": b'{"title": "x"',
    "no UTF-8": b'{"title": "\xff"}',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "too deep": b"[" * 100_000,
    "deep in a field": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number of five thousand digits": b'{"emissionsTarget": ' + b"9" * 5000 + b"}",
    "not a number": b'{"coordinates": {"latitude": NaN, "longitude": Infinity}}',
    "a key twice": b'{"title": 1, "title": 2}',
    "a key of half a character": b'{"\\ud800": 1}',
    "a key with NUL": b'{"\\u0000": 1}',
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("with_key", [False, True])
async def test_a_body_that_cannot_be_read_is_a_validation_error(
    unchanging_api: Api, case: str, with_key: bool
) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER) | {"Content-Type": "application/json"}
    if with_key:
        headers["Idempotency-Key"] = str(uuid4())

    answer = await unchanging_api.client.post(
        "/api/v1/projects", content=UNREADABLE[case], headers=headers
    )

    assert answer.status_code == 400
    assert {error["code"] for error in errors(answer)} == {"VALIDATION_ERROR"}


async def test_malformed_json_is_one_error_that_says_where(unchanging_api: Api) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER) | {"Content-Type": "application/json"}

    answer = await unchanging_api.client.post(
        "/api/v1/projects", content=b'{"a": }', headers=headers
    )

    assert told(answer) == [
        ("VALIDATION_ERROR", "", "The body is not JSON: Expecting value at character 6.")
    ]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""]
)
async def test_another_content_type_is_refused_by_its_header(
    unchanging_api: Api, content_type: str
) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER)
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        "/api/v1/projects",
        content=json.dumps(PROJECT),
        headers=headers | {"Content-Type": content_type},
    )

    assert answer.status_code == 400
    assert errors(answer)[0]["source"] == {"header": "Content-Type"}
    assert await snapshot(unchanging_api.engine) == before


async def test_a_body_over_the_limit_is_too_large(unchanging_api: Api) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER)

    answer = await unchanging_api.client.post(
        "/api/v1/projects", json=PROJECT | {"description": "d" * 1_000_001}, headers=headers
    )

    assert answer.status_code == 413
    assert errors(answer)[0]["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_body_sent_in_pieces_over_the_limit_is_too_large(unchanging_api: Api) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER) | {"Content-Type": "application/json"}

    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    answer = await unchanging_api.client.post("/api/v1/projects", content=pieces(), headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/projects/no-uuid",
        "/verifications/1",
        "/verifications/%00/events",
        "/credits/KRB-2024-1-1",
        "/credits/%00",
        "/credits/KRB-2024-001-000001%0A",
        "/retirements/x",
        "/transactions/x",
        "/registry/projects/x",
        "/registry/credits/krb-2024-001-000001",
        "/registry/retirements/x/certificate.json",
    ],
)
async def test_an_id_of_another_shape_is_a_fault_of_the_parameter(
    unchanging_api: Api, path: str
) -> None:
    headers = await unchanging_api.signed_in(ADMINISTRATOR)

    answer = await unchanging_api.client.get(f"/api/v1{path}", headers=headers)

    assert answer.status_code == 400
    (error,) = errors(answer)
    assert error["code"] == "VALIDATION_ERROR"
    assert list(error["source"]) == ["parameter"]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("limit=0", ["limit"]),
        ("limit=101", ["limit"]),
        ("limit=many", ["limit"]),
        ("limit=99999999999999999999999", ["limit"]),
        ("cursor=nonsense", ["cursor"]),
        ("cursor=%00", ["cursor"]),
        ("cursor=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCAwYjZmMmEzYy01YTUxLTVhMGUtOWYwZS0zZjZhMWMyZDRlNWY", ["cursor"]),
        ("sort=title", ["sort"]),
        ("fields=password", ["fields"]),
        ("status=finished", ["status"]),
        ("type=x&country=YY&limit=-1", ["country", "limit", "type"]),
        ("q=%00", ["q"]),
        ("q=%E2%80%AE%E2%80%8B", ["q"]),
    ],
)  # fmt: skip
async def test_each_wrong_parameter_is_named(
    unchanging_api: Api, query: str, parameters: list[str]
) -> None:
    answer = await unchanging_api.client.get(f"/api/v1/registry/projects?{query}")

    assert answer.status_code == 400
    assert sorted(error["source"]["parameter"] for error in errors(answer)) == parameters


@pytest.mark.parametrize("words", ["'", "\\", "a & | !", "':*", "(((", "a\u202eb", "%", "a\\'b"])
async def test_any_words_may_be_looked_for(unchanging_api: Api, words: str) -> None:
    answer = await unchanging_api.client.get("/api/v1/registry/projects", params={"q": words})

    assert answer.status_code == 200


FAULTY_RETIREMENTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "more than two decimals": ({"quantity": "0.001"}, ["/quantity"]),
    "no beneficiary at all": ({"beneficiary": {}}, ["/beneficiary/name", "/beneficiary/country"]),
    "name without a country": ({"beneficiary": {"name": "A"}}, ["/beneficiary/country"]),
    "named and undisclosed": (
        {"beneficiary": {"undisclosed": True, "name": "A", "country": "IN", "identifier": "1"}},
        ["/beneficiary/name", "/beneficiary/country", "/beneficiary/identifier"],
    ),
    "undisclosed by text": (
        {"beneficiary": {"undisclosed": "yes"}},
        ["/beneficiary/undisclosed"],
    ),
    "empty reason and purpose": ({"reason": " ", "purpose": ""}, ["/reason", "/purpose"]),
    "null beneficiary": ({"beneficiary": None}, ["/beneficiary"]),
}


@pytest.mark.parametrize("case", FAULTY_RETIREMENTS)
async def test_a_faulty_retirement_is_refused_field_by_field(
    unchanging_api: Api, issued_project: IssuedProject, case: str
) -> None:
    holder = account("holder", Role.DEVELOPER, id=issued_project.supplier_id)
    headers = await unchanging_api.signed_in(holder)
    changes, places = FAULTY_RETIREMENTS[case]
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        f"/api/v1/credits/{issued_project.serial(1)}/retire",
        json=RETIREMENT | changes,
        headers=headers,
    )

    assert answer.status_code == 400
    assert sorted(error["source"]["pointer"] for error in errors(answer)) == sorted(places)
    assert await snapshot(unchanging_api.engine) == before


@pytest.mark.parametrize(
    "recipient",
    [
        {},
        {"recipientId": None},
        {"recipientId": str(DEVELOPER.id), "recipientEmail": "a@people.example"},
    ],
)
async def test_a_transfer_names_one_recipient(
    unchanging_api: Api, recipient: dict[str, Any]
) -> None:
    headers = await unchanging_api.signed_in(DEVELOPER)

    answer = await unchanging_api.client.post(
        "/api/v1/credits/KRB-2024-001-000001/transfer",
        json={"quantity": "x"} | recipient,
        headers=headers,
    )

    assert [place for _, place, _ in told(answer)] == ["/quantity", "/recipientId"]


async def test_a_document_over_the_limit_is_too_large_and_changes_nothing(
    unchanging_api: Api, issued_project: IssuedProject
) -> None:
    headers = await unchanging_api.signed_in(ADMINISTRATOR)
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        f"/api/v1/projects/{issued_project.id}/documents",
        json=DOCUMENT | {"fileSize": 5 * 1024**3 + 1},
        headers=headers,
    )

    assert answer.status_code == 413
    assert errors(answer)[0]["source"] == {"pointer": "/fileSize"}
    assert await snapshot(unchanging_api.engine) == before


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"sha256": "AB" * 32}, "/sha256"),
        ({"sha256": "ab"}, "/sha256"),
        ({"fileSize": 0}, "/fileSize"),
        ({"fileSize": 1.5}, "/fileSize"),
        ({"fileSize": True}, "/fileSize"),
        ({"mimeType": "text"}, "/mimeType"),
        ({"mimeType": "text/html; x=\r\ny"}, "/mimeType"),
        ({"disclosure": "secret"}, "/disclosure"),
        ({"documentType": "diary"}, "/documentType"),
    ],
)
async def test_a_faulty_announcement_is_refused(
    unchanging_api: Api, issued_project: IssuedProject, change: dict[str, Any], place: str
) -> None:
    headers = await unchanging_api.signed_in(ADMINISTRATOR)
    before = await snapshot(unchanging_api.engine)

    answer = await unchanging_api.client.post(
        f"/api/v1/projects/{issued_project.id}/documents", json=DOCUMENT | change, headers=headers
    )

    assert answer.status_code == 400
    assert [error["source"] for error in errors(answer)] == [{"pointer": place}]
    assert changed_tables(before, await snapshot(unchanging_api.engine)) == set()
