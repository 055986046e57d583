"""Monitoring entered on pages: what calls take, forms take too, and each fault stands beside its field."""

import json
import re
from typing import Any

import httpx
import pytest

from adapters.postgres.database import PostgresDatabase
from domain.accounts.roles import Account
from domain.errors import Invalid
from domain.monitoring.geojson import geometry_in
from tests.activities import story
from tests.activities.registry import Registry
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, give_password, sign_in, words_of
from tests.api.rest.monitoring.test_monitoring import call, reading, send, square
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_DEVELOPER, VERIFIER

PLACES = f"/desk/projects/{story.PROJECT_ID}/monitoring"
TONNES = f"/desk/verifications/{story.VERIFICATION_ID}/quantification"
PLOTS = {
    "do": "device", "name": "plots", "quantity": "biomass growth", "unit": "t/hectare",
    "instrument": "Haglöf <b>calliper</b>", "calibration": "", "latitude": "50.05", "longitude": "10.05",
}  # fmt: skip
AREA = {
    "calculation": "forest-carbon-stock", "first_day": "2024-01-01", "last_day": "2024-12-31",
    "p-area-value": "110", "p-area-uncertainty": "2", "p-area-source": "survey of 2023",
}  # fmt: skip
SITE = square(10, 50)["geometry"]


async def as_somebody(api: Api, browser: httpx.AsyncClient, who: Account) -> None:
    browser.cookies.clear()
    await give_password(api, who)
    assert (await sign_in(browser, who)).status_code == 303


async def type_in(
    browser: httpx.AsyncClient, address: str, typed: dict[str, str], file: str | None = None
) -> httpx.Response:
    page = await browser.get(address)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert token, page.text
    files = {"file": ("site.geojson", file)} if file is not None else None
    form = typed | {"form_token": token[1]}
    if address == PLACES and files is None:
        parts: Any = {name: (None, value) for name, value in form.items()}
        return await browser.post(address, files=parts)
    return await browser.post(address, data=form, files=files)


def faults_on(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'<p id="([\w-]+)-fault" class="fault">(.*?)</p>', page.text))


async def test_a_supplier_enters_all_of_it_and_verifier_and_supplier_work_the_tonnes_out(
    api: Api,
) -> None:
    await story.evidence_is_complete(Registry(PostgresDatabase(api.engine)))
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SITE}]}
    points = "Name\tLatitude\tLongitude\nplot 1\t50.05\t10.05\nfar away\t51\t10.05\n"
    async with browser_of(api) as browser:
        turned_away = {}
        for who in (VERIFIER, BUYER, ADMINISTRATOR, OTHER_DEVELOPER):
            await as_somebody(api, browser, who)
            answers = [(await browser.get(one)).status_code for one in (PLACES, TONNES)]
            turned_away[who.id] = answers
        await as_somebody(api, browser, DEVELOPER)
        assert PLACES in (await browser.get(f"/desk/projects/{story.PROJECT_ID}")).text

        for typed, faults in (
            (
                PLOTS | {"unit": "", "name": "a/b", "latitude": "north", "longitude": "190"},
                {"unit", "name", "latitude", "longitude"},
            ),
            (PLOTS | {"unit": "pH"}, {"unit"}),
            (PLOTS | {"longitude": ""}, {"longitude"}),
        ):
            refused = await type_in(browser, PLACES, typed)
            assert (refused.status_code, set(faults_on(refused))) == (400, faults)
        done = [await type_in(browser, PLACES, PLOTS)]

        boundary = {"do": "boundary", "go": "preview", "geometry": ""}
        open_ring = json.loads(json.dumps(SITE))
        open_ring["coordinates"][0][1:3] = [[10, 95], [10.1, "x"]]
        faulty = await type_in(browser, PLACES, boundary, json.dumps(open_ring))
        shown = await type_in(browser, PLACES, boundary, json.dumps(feature))
        undrawn = words_of(await browser.get(PLACES))
        kept = {"go": "draw", "geometry": json.dumps(feature)}
        done.append(await type_in(browser, PLACES, boundary | kept))

        wrong = f"{points}plot 1\t50\t10\nplot 2\t95\t1.0.0\n"
        twice = await type_in(browser, PLACES, {"do": "points", "points": f"{points}plot 1\t5\t1"})
        unread = await type_in(browser, PLACES, {"do": "points", "points": f"{wrong}plot 3\t5"})
        beyond = await type_in(browser, PLACES, {"do": "points", "points": wrong})
        done.append(await type_in(browser, PLACES, {"do": "points", "points": points}))
        entered = await browser.get(PLACES)

        early = await type_in(browser, TONNES, AREA)
        await send(api, *(reading(n, value) for n, value in enumerate(("4", "6", "5", "5"))))
        empty = await type_in(
            browser, TONNES, AREA | {"p-area-value": "1,5", "p-area-source": "", "last_day": ""}
        )
        done.append(await type_in(browser, TONNES, AREA))
        of_supplier = words_of(await browser.get(TONNES))

        await as_somebody(api, browser, VERIFIER)
        assert TONNES in (await browser.get(f"/desk/reviews/{story.VERIFICATION_ID}")).text
        written = await browser.get(TONNES)
        done.append(
            await type_in(
                browser, TONNES, AREA | {"p-leakage-value": "7.83", "p-leakage-source": "diary"}
            )
        )
        of_verifier = words_of(await browser.get(TONNES))

    assert turned_away == {
        VERIFIER.id: [403, 200], BUYER.id: [403, 403], ADMINISTRATOR.id: [403, 403], OTHER_DEVELOPER.id: [404, 404],
    }  # fmt: skip
    assert [one.status_code for one in done] == [303] * 5
    assert faulty.status_code == 400
    for said in ("Ring 1, position 2: 10, 95 is no", "Ring 1, position 3: A position is a"):
        assert said in words_of(faulty)
    assert shown.status_code == 200
    assert 'class="site-area"' in shown.text
    assert "&#34;FeatureCollection&#34;" in shown.text
    assert "7939" in words_of(shown)
    assert "hectares" not in undrawn
    assert "Line 4: There are two points plot 1." in words_of(twice)
    assert "Line 6: a line is a name" in words_of(unread)
    assert ["Line 5: Latitude" in words_of(beyond), "Line 5: Longitude" in words_of(beyond)] == [True, True]  # fmt: skip
    assert "plot 2\t95" in beyond.text
    for said in ("Sampling points outside it: far away", "Haglöf <b>calliper</b>", "50.05, 10.05"):
        assert said in words_of(entered).replace("\u2068", "").replace("\u2069", "")
    assert "<b>calliper" not in entered.text

    assert "There is no accepted value of biomass growth in 2024" in words_of(early)
    assert set(faults_on(empty)) == {"p-area-value", "p-area-source", "last_day"}
    assert "947.83 t" in of_supplier
    assert "sample_mean(growth)" in of_supplier
    assert 'value="survey of 2023"' in written.text
    assert "940.00 t" in of_verifier
    kept_by_call = (
        await call(api, "GET", f"/projects/{story.PROJECT_ID}/devices", DEVELOPER)
    ).json()
    assert [one["coordinates"] for one in kept_by_call["data"]["devices"]] == [
        {"latitude": 50.05, "longitude": 10.05}
    ]


async def test_a_file_is_sent_for_a_project_of_ones_own(api: Api) -> None:
    await story.evidence_is_complete(Registry(PostgresDatabase(api.engine)))
    async with browser_of(api) as browser:
        await as_somebody(api, browser, DEVELOPER)
        page = await browser.get(f"/ingestions?project={story.PROJECT_ID}")
        assert f'<option value="{story.PROJECT_ID}" selected>' in page.text
        typed = {"format": "observations", "project": "nonsense"}
        refused = await type_in(browser, "/ingestions", typed, "a,b\n1,2\n")
        assert (refused.status_code, "project" in faults_on(refused)) == (400, True)
        await as_somebody(api, browser, OTHER_DEVELOPER)
        page = await browser.get(f"/ingestions?project={story.PROJECT_ID}")
        assert str(story.PROJECT_ID) not in page.text
        typed["project"] = str(story.PROJECT_ID)
        refused = await type_in(browser, "/ingestions", typed, "a,b\n1,2\n")
        assert "no such project among those" in words_of(refused)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Paste the boundary"),
        ("{", "no JSON: at line 1"),
        ("[" * 100_000, "no JSON that anybody"),
        ('{"type": ["Polygon"]}', "of type Polygon or MultiPolygon"),
        ('{"type": "Point", "coordinates": [1, 2]}', "this is a Point"),
        ('{"type": "FeatureCollection", "features": [1, 2]}', "has 2 features"),
        ('{"type": "FeatureCollection"}', "has no feature"),
        ('{"type": "Feature", "geometry": null}', "of type Polygon or MultiPolygon"),
        (
            json.dumps({**SITE, "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}}),
            "another reference system",
        ),
    ],
)
def test_a_text_that_holds_no_boundary_says_why(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        geometry_in(text)


def test_a_boundary_is_found_in_a_feature_of_wgs_84() -> None:
    crs = {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    feature = {"type": "Feature", "properties": {}, "geometry": SITE, "crs": crs}
    assert geometry_in(json.dumps(feature)) == SITE
