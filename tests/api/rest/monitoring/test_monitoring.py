"""Monitoring data on real rows: what instruments send, where projects lie, and the tonnes that an approval rests on."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import select

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import projects, verification_events, verification_requests
from bench.board_rows import add_rounds
from domain.accounts.roles import Account
from tests.activities import story
from tests.activities.registry import Registry, run
from tests.api.caller import Api, told
from tests.api.pages.browsing import browser_of, give_password, sign_in
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_DEVELOPER, VERIFIER
from tools import requantify

PROJECT = f"/projects/{story.PROJECT_ID}"
ROUND = f"/verifications/{story.VERIFICATION_ID}"
PLOT: dict[str, Any] = {
    "name": "plots",
    "quantity": "biomass growth",
    "unit": "t/hectare",
    "instrument": "Haglöf DP II calliper 1207",
}


async def call(
    api: Api, method: str, path: str, account: Account | None = None, body: Any = None
) -> httpx.Response:
    headers = await api.signed_in(account) if account else {}
    return await api.client.request(method, f"/api/v1{path}", json=body, headers=headers)


async def look(api: Api, path: str, account: Account | None) -> str:
    """A page, or what it lets one download, as somebody signed in on the pages."""
    async with browser_of(api) as browser:
        if account is not None:
            await give_password(api, account)
            await sign_in(browser, account)
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def reading(sequence: int, value: str | None, **more: Any) -> dict[str, Any]:
    at = datetime(2024, 6, 1, tzinfo=UTC) + timedelta(minutes=sequence)
    sent = {"device": "plots", "sequence": sequence, "measuredAt": at.isoformat()} | more
    return sent if value is None else sent | {"value": value}


async def send(api: Api, *readings: dict[str, Any]) -> httpx.Response:
    return await call(api, "POST", f"{PROJECT}/readings", DEVELOPER, {"readings": readings})


async def test_readings_are_counted_once_in_whatever_order_they_come(api: Api) -> None:
    await story.evidence_is_complete(Registry(PostgresDatabase(api.engine)))
    registered = [
        (await call(api, "POST", f"{PROJECT}/devices", account, PLOT | change)).status_code
        for account, change in (
            (OTHER_DEVELOPER, {}),
            (VERIFIER, {}),
            (DEVELOPER, {"unit": "pH"}),
            (DEVELOPER, {}),
            (DEVELOPER, {}),
            (DEVELOPER, {"unit": "kg/hectare"}),
        )
    ]

    batches = [
        await send(api, reading(3, "5"), reading(1, "4")),
        await send(api, reading(2, "60"), reading(3, "5.0")),
        await send(api, reading(2, "6", revision=2)),
        await send(api, reading(4, "900", qualityFlag="fail")),
        await send(api, reading(5, None, qualityFlag="missing")),
    ]
    late = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    refused = await send(
        api,
        reading(9, "1"),
        reading(1, "7") | {"device": "nobody's"},
        reading(10, "1") | {"measuredAt": late},
        reading(11, None),
        reading(9, "2"),
    )
    contradicting = await send(api, reading(9, "1"), reading(1, "7"))
    unreadable = await send(api, reading(9, "1,5"), reading(-1, "1", qualityFlag="good"))
    taken = [batch.json()["data"] for batch in batches]
    path = f"{PROJECT}/readings?device=plots"
    read = (await call(api, "GET", path, VERIFIER)).json()["data"]
    page = (await call(api, "GET", f"{path}&limit=2&revisions=all", VERIFIER)).json()["data"]
    rest = (
        await call(api, "GET", f"{path}&revisions=all&after={page['nextAfter']}", ADMINISTRATOR)
    ).json()["data"]
    hourly = (await call(api, "GET", f"{path}&every=hour", DEVELOPER)).json()["data"]["summed"]
    lines = (await call(api, "GET", f"{PROJECT}/readings.csv?device=plots", DEVELOPER)).text

    assert registered == [404, 403, 400, 201, 201, 409]
    assert [(one["added"], one["known"]) for one in taken] == [
        (2, 0),
        (1, 1),
        (1, 0),
        (1, 0),
        (1, 0),
    ]
    assert {place for _, place, _ in told(refused)} == {
        "/readings/1/device",
        "/readings/2/measuredAt",
        "/readings/3/value",
        "/readings/4/sequence",
    }
    assert [place for _, place, _ in told(contradicting)] == ["/readings/1/revision"]
    assert {place for _, place, _ in told(unreadable)} == {
        "/readings/0/value",
        "/readings/1/sequence",
        "/readings/1/qualityFlag",
    }
    assert [(one["sequence"], one["value"]) for one in read["readings"]] == [
        (1, "4"),
        (2, "6"),
        (3, "5"),
        (4, "900"),
        (5, None),
    ]
    assert [one["newest"] for one in page["readings"] + rest["readings"]] == [
        *(True, False, True, True, True, True)
    ]
    assert [(one["count"], one["mean"], one["highest"]) for one in hourly] == [(3, "5", "6")]
    assert lines.splitlines()[2] == "2,2,2024-06-01T00:02:00+00:00,6,,not_evaluated,t/hectare"
    hidden = [
        (await call(api, "GET", path, account)).status_code
        for account in (None, BUYER, OTHER_DEVELOPER)
    ]
    assert hidden == [401, 404, 404]


async def test_an_approval_rests_on_the_tonnes_that_follow_and_anybody_works_them_out(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry(PostgresDatabase(api.engine))
    await story.evidence_is_complete(registry)
    await call(api, "POST", f"{PROJECT}/devices", DEVELOPER, PLOT)
    await send(api, *(reading(n, value) for n, value in enumerate(("4", "6", "5", "5"))))
    await send(api, reading(9, "9000", qualityFlag="fail"))
    sent = {
        "calculation": "forest-carbon-stock",
        "monitoringPeriod": {"from": "2024-01-01", "to": "2024-12-31"},
        "parameters": [
            {"name": "area", "value": "110", "uncertainty": "2", "source": "survey of 2023"}
        ],
    }
    place = f"{ROUND}/quantification"
    wrong = sent | {"parameters": [], "sources": {"grwth": "plots"}}

    faults = await call(api, "POST", place, DEVELOPER, wrong)
    by = [
        (await call(api, "POST", place, account, sent)).status_code
        for account in (OTHER_DEVELOPER, ADMINISTRATOR, DEVELOPER)
    ]
    made = (await call(api, "POST", place, VERIFIER, sent)).json()["data"]
    early = await call(api, "GET", f"/registry{place}")
    await run(registry.verification.record_decision, story.APPROVE)
    late = await call(api, "POST", place, DEVELOPER, sent)
    waiting = await call(api, "GET", f"/registry{place}")
    await run(registry.countersignature.countersign, story.COUNTERSIGN)
    public = await call(api, "GET", f"/registry{place}")
    inputs = await call(api, "GET", f"/registry{place}/inputs.json")

    assert [place for _, place, _ in told(faults)] == ["/parameters"]
    assert by == [404, 403, 201]
    assert (made["number"], made["vintages"][0]["quantity"]) == (1, "947.83")
    assert [early.status_code, waiting.status_code, late.status_code] == [404, 404, 409]
    assert public.json()["data"] == made | {"inputsUrl": f"/api/v1/registry{place}/inputs.json"}

    async with api.engine.connect() as connection:
        decided = (await connection.execute(select(verification_requests))).mappings().one()
        query = select(verification_events.c.message).order_by(verification_events.c.created_at)
        timeline = (await connection.execute(query)).scalars().all()
    assert decided["quantification_sha256"] == made["sha256"]
    assert decided["needs_countersignature"] is True
    above = "1000.00 t of 2024 are more than the 947.83 t that follow from the monitoring data"
    assert any(above in message for message in timeline)

    pages = {
        account and account.role: await look(api, f"{PROJECT}/monitoring", account)
        for account in (None, DEVELOPER, VERIFIER)
    }
    table = await look(api, f"{PROJECT}/monitoring.csv", None)
    assert all("947.83 t" in page and "sample_mean(growth)" in page for page in pages.values())
    assert ["Haglöf" in page for page in pages.values()] == [False, True, True]
    assert table.splitlines()[1].endswith("2024-06-01T00:00:00+00:00,4,,")

    files = tmp_path / "inputs.json", tmp_path / "result.json", tmp_path / "other.json"
    files[0].write_bytes(inputs.content)
    files[1].write_bytes(public.content)
    files[2].write_text(json.dumps(json.loads(inputs.content) | {"version": 2}))
    codes = [
        requantify.main([str(one), "--result", str(files[1])])
        for one in (files[0], files[2], files[1])
    ]
    assert codes == [requantify.HOLDS, requantify.DIFFERS, requantify.NOT_CHECKED]
    assert "947.83 t of CO2e" in capsys.readouterr().out


def square(west: float, south: float, size: float = 0.1) -> dict[str, Any]:
    east, north = round(west + size, 6), round(south + size, 6)
    ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
    return {"geometry": {"type": "Polygon", "coordinates": [ring]}}


async def test_boundaries_that_overlap_are_told_to_those_who_decide(
    api: Api, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await add_rounds(connection, 3, supplier=DEVELOPER.id, verifier=VERIFIER.id)
    await connection.close()
    async with api.engine.connect() as rows:
        query = (
            select(projects.c.id)
            .join(verification_requests, verification_requests.c.project_id == projects.c.id)
            .where(verification_requests.c.verifier_id == VERIFIER.id)
        )
        ids = [str(one) for one in (await rows.execute(query.limit(2))).scalars()]
        assert len(ids) == 2

    async def draw(project: str, body: Any, account: Account = DEVELOPER) -> httpx.Response:
        return await call(api, "PUT", f"/projects/{project}/boundary", account, body)

    crossed = square(10, 50)
    crossed["geometry"]["coordinates"][0][1:3] = crossed["geometry"]["coordinates"][0][2:0:-1]
    refused = [
        await draw(ids[0], body)
        for body in (
            crossed,
            square(179.95, 50),
            {"geometry": {"type": "Point", "coordinates": [1, 2]}},
            {"geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3, "x"], [4, 95]]]}},
        )
    ]
    drawn = [await draw(ids[0], square(10, 50)), await draw(ids[1], square(10.05, 50))]
    again = await draw(ids[1], square(10.05, 50))
    points = {"points": [
        {"name": "inside", "latitude": 50.05, "longitude": 10.1},
        {"name": "outside", "latitude": 10.1, "longitude": 50.05},
    ]}  # fmt: skip
    placed = await call(api, "PUT", f"/projects/{ids[1]}/sampling-points", DEVELOPER, points)
    seen = {
        account.role: (await call(api, "GET", f"/projects/{ids[1]}/boundary", account)).json()[
            "data"
        ]
        for account in (DEVELOPER, VERIFIER, ADMINISTRATOR)
    }
    boxes = {}
    for box in ("10.16,50,11,51", "10.12,50,11,51", "9,49,10.04,51", "0,0,1,1", "11,50,10,51"):
        answer = await call(api, "GET", f"/registry/boundaries?bbox={box}")
        boxes[box] = answer.json().get("data", {}).get("boundaries")
    public = (await call(api, "GET", f"/registry/projects/{ids[0]}/boundary")).json()["data"]
    moved = await draw(ids[0], square(20, 50))
    after = (await call(api, "GET", f"/projects/{ids[1]}/boundary", VERIFIER)).json()["data"]

    assert [one.status_code for one in refused] == [400] * 4
    assert "Self-intersection" in refused[0].text
    assert [one.status_code for one in drawn] == [200, 200]
    assert again.json()["data"]["number"] == 1
    assert placed.json()["data"]["pointsOutside"] == ["outside"]
    assert seen[DEVELOPER.role]["overlaps"] is None
    assert [
        [(one["projectId"], one["share"]) for one in seen[account.role]["overlaps"]]
        for account in (VERIFIER, ADMINISTRATOR)
    ] == [[(ids[0], 0.5)]] * 2
    # 0.1 degrees at 50 degrees north: 11.1 km by 7.1 km.
    assert public["areaHectares"] == pytest.approx(7940, rel=0.01)
    assert [None if found is None else len(found) for found in boxes.values()] == [0, 1, 1, 0, None]
    assert (await draw(ids[0], square(20, 50), VERIFIER)).status_code == 403
    assert (moved.json()["data"]["number"], after["overlaps"]) == (2, [])
