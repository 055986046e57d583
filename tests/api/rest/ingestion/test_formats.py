"""Formats are public, with schemas and samples that stock tools read."""

import csv
import io

import jsonschema
import pytest

from adapters.ingestion.declared import declared_formats
from tests.api.caller import Api, told
from tests.factories import BUYER, DEVELOPER, OTHER_DEVELOPER

BASE = "/api/v1/ingestion-formats"


async def test_every_format_is_listed_with_a_schema_that_is_one(unchanging_api: Api) -> None:
    answer = await unchanging_api.client.get(BASE)

    formats = answer.json()["data"]["formats"]
    assert [one["id"] for one in formats] == list(declared_formats())
    for one in formats:
        schema = (await unchanging_api.client.get(one["schemaUrl"])).json()
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"].endswith(one["schemaUrl"])


async def test_our_own_formats_have_a_sample_and_a_table_schema(unchanging_api: Api) -> None:
    own = (await unchanging_api.client.get(f"{BASE}/issuances")).json()["data"]

    sample = await unchanging_api.client.get(own["sampleUrl"])
    shape = (await unchanging_api.client.get(own["tableSchemaUrl"])).json()

    assert next(csv.reader(io.StringIO(sample.text))) == [one["name"] for one in shape["fields"]]
    missing = await unchanging_api.client.get(f"{BASE}/verra-projects/sample.csv")
    assert told(missing) == [("NOT_FOUND", None, "Only our own formats have this.")]


SENT = {"format": "issuances", "fileName": "a.csv", "fileSize": 12, "sha256": "ab" * 32}
NOT_TAKEN = [
    (
        SENT | {"format": "shoes"},
        "/format",
        "There is no such format; GET /ingestion-formats has them.",
    ),
    (
        {"format": "issuances", "fileName": "a.csv"},
        "/content",
        "Send the content in base64, or else fileSize and sha256.",
    ),
    (
        SENT | {"content": "YQ=="},
        "/content",
        "Send the content, or announce its size and SHA-256, not both.",
    ),
]


@pytest.mark.parametrize(("body", "pointer", "sentence"), NOT_TAKEN)
async def test_what_cannot_be_taken_is_told_where_it_stands(
    body: dict[str, object], pointer: str, sentence: str, api: Api
) -> None:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": "a-key-of-mine"}

    answer = await api.client.post("/api/v1/ingestions", json=body, headers=headers)

    assert told(answer) == [("VALIDATION_ERROR", pointer, sentence)]


async def test_an_announced_file_has_an_address_and_is_the_same_when_it_is_announced_again(
    api: Api,
) -> None:
    mine = await api.signed_in(DEVELOPER)
    answers = [
        await api.client.post(
            "/api/v1/ingestions", json=SENT, headers=mine | {"Idempotency-Key": f"key-{number}"}
        )
        for number in range(2)
    ]
    first, second = (answer.json()["data"] for answer in answers)

    assert (first["id"], first["status"]) == (second["id"], "awaiting_upload")
    assert (first["alreadySubmitted"], second["alreadySubmitted"]) == (False, True)
    assert first["upload"]["method"] == "PUT"
    place = f"/api/v1/ingestions/{first['id']}"
    listed = (await api.client.get("/api/v1/ingestions", headers=mine)).json()["data"]
    assert [one["id"] for one in listed] == [first["id"]]
    empty = await api.client.get(f"{place}/issues", headers=mine)
    assert empty.json()["data"] == {"counts": [], "issues": []}
    theirs = await api.client.get(place, headers=await api.signed_in(OTHER_DEVELOPER))
    assert theirs.status_code == 404


async def test_a_buyer_sends_nothing_in(api: Api) -> None:
    headers = await api.signed_in(BUYER) | {"Idempotency-Key": "a-key-of-mine"}

    assert (
        await api.client.post("/api/v1/ingestions", json=SENT, headers=headers)
    ).status_code == 403
