"""A file is taken back by whoever sent it in, as long as no tonnes follow from it; and drift is told before any do."""

from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.ingestion import reads
from domain.accounts.roles import Account
from domain.ingestion.submissions import IngestionStatus, SubmittedFile
from tests.activities import story
from tests.activities.ingestion.test_submissions import ended, issues, sent, table
from tests.activities.registry import Registry
from tests.api.caller import Api, told
from tests.api.rest.monitoring.test_monitoring import ROUND, call
from tests.factories import ADMINISTRATOR, DEVELOPER, OTHER_DEVELOPER

HEAD = "series,time,quantity,value,unit"
TONNES = {
    "calculation": "forest-carbon-stock",
    "monitoringPeriod": {"from": "2024-01-01", "to": "2024-12-31"},
    "parameters": [
        {"name": "area", "value": "110", "uncertainty": "2", "source": "survey of 2023"}
    ],
}


def growth(*values: str, month: int = 6, series: str = "plots") -> bytes:
    rows = [
        f"{series},2024-{month:02}-{day:02}T00:00:00Z,biomass growth,{value},t/hectare"
        for day, value in enumerate(values, 1)
    ]
    return "\n".join([HEAD, *rows, ""]).encode()


async def brought(
    api: Api, registry: Registry, content: bytes, name: str, **changes: Any
) -> SubmittedFile:
    terms: dict[str, Any] = {"format": "observations", "project_id": story.PROJECT_ID} | changes
    return await ended(registry, api.engine, await sent(registry, content, name=name, **terms))


async def withdraw(
    api: Api, who: Account, file: SubmittedFile, reason: str = "Of another plot."
) -> Any:
    return await call(api, "POST", f"/ingestions/{file.id}/withdraw", who, {"reason": reason})


async def test_rows_of_a_withdrawn_file_count_no_longer_and_its_bytes_may_come_in_anew(
    api: Api,
) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    file = await brought(api, registry, growth("4", "5", "6"), "first")

    by = [
        (await withdraw(api, who, file)).status_code
        for who in (OTHER_DEVELOPER, ADMINISTRATOR, DEVELOPER, DEVELOPER)
    ]
    empty = await call(api, "POST", f"{ROUND}/quantification", DEVELOPER, TONNES)
    again = await brought(api, registry, growth("4", "5", "6"), "again")

    assert by == [404, 403, 200, 200]
    assert empty.status_code == 400
    assert (again.status, again.records_accepted) == (IngestionStatus.ACCEPTED, 3)
    read = (await call(api, "GET", f"/ingestions/{file.id}", DEVELOPER)).json()["data"]
    assert (read["status"], read["withdrawalReason"]) == ("withdrawn", "Of another plot.")
    async with api.engine.connect() as connection:
        assert await reads.records(connection, file.id, limit=9) == []


async def test_what_tonnes_follow_from_is_not_withdrawn(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    counted = await brought(api, registry, growth("4", "6", "5"), "counted")
    other = await brought(api, registry, growth("9", "9", "9", series="elsewhere"), "other")
    worked_out = await call(
        api, "POST", f"{ROUND}/quantification", DEVELOPER, TONNES | {"sources": {"growth": "plots"}}
    )
    assert worked_out.status_code == 201, worked_out.text

    unexplained = await withdraw(api, DEVELOPER, other, reason=" ")
    refused, taken = await withdraw(api, DEVELOPER, counted), await withdraw(api, DEVELOPER, other)

    assert [place for _, place, _ in told(unexplained)] == ["/reason"]
    assert [sentence for _, _, sentence in told(refused)] == [
        (
            "The tonnes of round 1 were worked out of rows of this file. Have them worked out without it first, or send"
            " a mended file in its place."
        )
    ]
    assert taken.status_code == 200


async def test_a_refused_file_that_is_withdrawn_waits_for_nobody(api: Api) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    file = await ended(registry, api.engine, await sent(registry, table("example,EX1,five,")))

    assert (await withdraw(api, DEVELOPER, file)).status_code == 200

    groups = await call(api, "GET", f"/ingestions/{file.id}/issue-groups", ADMINISTRATOR)
    assert {one["state"] for one in groups.json()["data"]["groups"]} == {"withdrawn"}


DRIFTS = [
    ("4", "5.9", None),
    ("4", "6.1", "a change of 52.5 %, more than the 50 %"),
    ("4", "1.9", "a change of 52.5 %"),
    ("0", "9", None),
]


@pytest.mark.parametrize(("former", "now", "sentence"), DRIFTS)
async def test_a_series_that_changed_more_than_is_allowed_is_told_with_numbers(
    former: str, now: str, sentence: str | None, api: Api
) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    await brought(api, registry, growth(*[former] * 20, month=5), f"former {uuid4()}")
    days = [now] * 28
    file = await brought(api, registry, growth(*days), f"now {uuid4()}")

    found = [one.advice for one in await issues(api.engine, file) if one.rule == "drift"]

    assert file.status == ("accepted_with_warnings" if sentence else "accepted")
    assert [sentence is not None and sentence in one for one in found] == [True] * bool(sentence)
