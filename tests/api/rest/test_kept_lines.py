"""The public list of projects, put together of kept lines: the same bytes as ever, and never old ones."""

from itertools import product
from urllib.parse import quote

import pytest
from sqlalchemy import update

from adapters.postgres.tables import organisations
from api.rest.projects import public_projects
from tests.api.caller import Api
from tests.api.registry_rows import RegistryRows

PATH = "/api/v1/registry/projects"
PARTS = [
    f"?{'&'.join(asked)}"
    for asked in product(
        ("limit=1", "limit=2", "limit=100"), ("", "sort=createdAt", "sort=-createdAt")
    )
]
ODD = (
    *("", "?limit=0", "?limit=101", "?limit=1&limit=2", "?limit=01", "?sort=title", "?sort="),
    *(
        "?cursor=",
        "?cursor=AAAA",
        "?unknown=1",
        "?limit=",
        "?q=biochar&limit=1",
        "?fields=id&limit=2",
    ),
    *("?status=verified", "?cursor=" + quote("MDAwMS0wMS0wMVQwMDowMDowMCswMDowMCBh")),
)


@pytest.fixture(autouse=True)
def nothing_is_ready(api: Api) -> None:
    """As where a replica is read from (ADR 0116)."""
    api.app.state.fragments = None


async def whole_walk(api: Api, beginning: str) -> list[bytes]:
    """Every part of the list from there on."""
    seen: list[bytes] = []
    address: str | None = f"{PATH}{beginning}"
    while address:
        answer = await api.client.get(address)
        seen.append(b"%d %s" % (answer.status_code, answer.content))
        address = (answer.json().get("links") or {}).get("next")
    return seen


async def test_kept_lines_make_the_bytes_that_are_made_without_them(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = RegistryRows(api.engine)
    for number in range(5):
        await rows.project(title=f"Kilns “{number}” \u2028 & <fields>")
    kept = {asked: await whole_walk(api, asked) for asked in (*PARTS, *ODD)}
    again = {asked: await whole_walk(api, asked) for asked in PARTS}

    monkeypatch.setattr(public_projects, "plain_page", lambda *_, **__: None)
    made = {asked: await whole_walk(api, asked) for asked in (*PARTS, *ODD)}

    without_request_ids = {
        asked: [_without_id(one) for one in walk] for asked, walk in kept.items()
    }
    assert without_request_ids == {
        asked: [_without_id(one) for one in walk] for asked, walk in made.items()
    }
    assert again == {asked: kept[asked] for asked in PARTS}
    assert len(kept["?limit=2&sort=createdAt"]) == 3


async def test_whatever_changes_a_line_is_seen_at_once(api: Api) -> None:
    """Also what stands in another table than the project."""
    project = await RegistryRows(api.engine).project()
    before = (await api.client.get(PATH)).json()["data"][0]
    async with api.engine.begin() as connection:
        await connection.execute(
            update(organisations)
            .where(organisations.c.holding_account_id == project.supplier_id)
            .values(legal_name="Another & Sons")
        )

    after = (await api.client.get(PATH)).json()["data"][0]

    assert after == before | {"developer": "Another & Sons"} != before


async def test_lines_that_are_kept_cost_one_statement(api: Api) -> None:
    """Also in an answer that nobody has asked for before."""
    await RegistryRows(api.engine).project()
    await api.client.get(f"{PATH}?limit=2")

    async with api.counting_queries() as sent:
        answer = await api.client.get(f"{PATH}?limit=1")

    assert (answer.status_code, len(sent)) == (200, 1)


def _without_id(answer: bytes) -> bytes:
    """Errors say when, and name their request."""
    return answer.partition(b'"meta": {"timestamp"')[0]
