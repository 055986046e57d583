"""A format is made by calls as on its pages: proposed, chosen, tried, saved, reviewed by another person, and used."""

import base64
from typing import Any
from uuid import uuid4

import httpx

from domain.accounts.roles import Account
from tests.api.caller import Api, told
from tests.factories import BUYER, DEVELOPER, OTHER_DEVELOPER, VERIFIER

DRAFTS, FORMATS = "/api/v1/ingestion-format-drafts", "/api/v1/ingestion-formats"
SAMPLE = "Time,Temp (°C),Depth (m)\n01/02/2024 12:00:00,21.5,1\n03/04/2024 12:00:00,21.7,2\n"


def content(text: str = SAMPLE) -> str:
    return base64.b64encode(text.encode()).decode()


async def call(api: Api, who: Account, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = await api.signed_in(who) | {"Idempotency-Key": str(uuid4())}
    return await api.client.request(method, path, json=body, headers=headers)


async def test_from_a_sample_to_a_version_that_others_use(api: Api) -> None:
    sent = {"kind": "observation", "fileName": "tank.csv", "content": content()}
    begun = await call(api, DEVELOPER, "POST", DRAFTS, sent)
    assert begun.status_code == 201, begun.text
    draft = begun.json()["data"]
    here = begun.headers["location"]
    time, temperature, _ = draft["proposals"]
    # Day or month first: both fit, and nobody guesses.
    assert (time["isAmbiguous"], temperature["samples"]) == (True, ["21.5", "21.7"])
    assert draft["choices"]["columns"][1] | {"numbers": ""} == {
        "column": "Temp (°C)",
        "field": "value",
        "unit": "°C",
        "quantity": "Temp",
        "numbers": "",
        "dates": "iso",
        "zone": "",
    }

    chosen = draft["choices"] | {
        "title": "Tank 7",
        "constants": {"series": "tank 7"},
        "columns": [
            {"column": "Time", "field": "time", "dates": "%d/%m/%Y %H:%M:%S", "zone": "UTC"},
            {"column": "Temp (°C)", "field": "value", "unit": "°C", "quantity": "temperature"},
        ],
    }
    assert (await call(api, DEVELOPER, "PUT", here, chosen)).status_code == 200
    tried = (await call(api, DEVELOPER, "GET", f"{here}/dry-run")).json()["data"]
    assert (tried["faults"], tried["outcome"]["recordsInAll"]) == ([], 2), tried
    assert tried["outcome"]["records"][0]["values"]["time"] == "2024-02-01T12:00:00Z"

    saved = await call(
        api, DEVELOPER, "POST", f"{here}/save", {"formatId": "tank-7", "publishedRows": 1}
    )
    assert saved.status_code == 201, saved.text
    version = saved.headers["location"]
    assert saved.json()["data"]["sample"][1:] == [["01/02/2024 12:00:00", "21.5", "1"]]
    assert (await call(api, DEVELOPER, "GET", here)).status_code == 404
    assert (await call(api, OTHER_DEVELOPER, "GET", version)).status_code == 404
    review = {"accepted": True, "note": ""}
    assert [
        (await call(api, who, "POST", f"{version}/review", review)).status_code
        for who in (DEVELOPER, VERIFIER, VERIFIER)
    ] == [403, 200, 409]

    listed = (await call(api, OTHER_DEVELOPER, "GET", f"{FORMATS}/tank-7/versions")).json()
    assert [one["review"] for one in listed["data"]["versions"]] == ["accepted"]
    outcome = await call(api, OTHER_DEVELOPER, "POST", f"{version}/dry-run", {"content": content()})
    assert outcome.json()["data"]["outcome"]["recordsInAll"] == 2


async def test_a_new_version_is_compared_with_the_newest(api: Api) -> None:
    for unit, saved in (("°C", "tank-8"), ("°F", "")):
        sent = {"kind": "observation", "fileName": "tank.csv", "content": content()}
        here = (await call(api, DEVELOPER, "POST", DRAFTS, sent)).headers["location"]
        chosen = {
            "title": "Tank 8",
            "constants": {"series": "tank 8"},
            "columns": [
                {"column": "Time", "field": "time", "dates": "%d/%m/%Y %H:%M:%S", "zone": "UTC"},
                {"column": "Temp (°C)", "field": "value", "unit": unit, "quantity": "temperature"},
            ],
        }
        await call(api, DEVELOPER, "PUT", here, chosen)
        if saved:
            await call(api, DEVELOPER, "POST", f"{here}/save", {"formatId": saved})

    found = (await call(api, DEVELOPER, "GET", f"{here}/dry-run?formatId=tank-8")).json()["data"]

    assert (found["comparedWith"], found["same"], found["changed"]) == (1, 0, 2)
    assert "unit" in found["changes"][0]["fields"] or "value" in found["changes"][0]["fields"]


async def test_all_faults_of_what_was_chosen_are_told_where_they_stand(api: Api) -> None:
    sent = {"kind": "observation", "fileName": "tank.csv", "content": content()}
    here = (await call(api, DEVELOPER, "POST", DRAFTS, sent)).headers["location"]
    wrong = {
        "columns": [
            {"column": "Time", "field": "no-such-field", "dates": "%Q"},
            {"column": "Nowhere"},
            {"column": "Time"},
        ],
        "constants": {"shoes": "red"},
    }
    answers = [
        await call(api, DEVELOPER, "PUT", here, wrong),
        await call(api, DEVELOPER, "POST", f"{here}/save", {"formatId": "x"}),
        await call(api, DEVELOPER, "POST", DRAFTS, sent | {"content": content("\n\n")}),
        await call(api, BUYER, "POST", DRAFTS, sent),
        await call(api, OTHER_DEVELOPER, "PUT", here, {"columns": []}),
    ]

    assert {place for _, place, _ in told(answers[0])} == {
        *("/columns/0/field", "/columns/0/dates", "/columns/0/column"),
        *("/columns/1/column", "/columns/2/column", "/constants/shoes"),
    }
    assert [one.status_code for one in answers] == [400, 400, 400, 403, 404]
