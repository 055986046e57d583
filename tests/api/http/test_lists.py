"""Lists: their parts, their order, and what they cost."""

from typing import Any

import pytest
from sqlalchemy import update

from adapters.postgres.tables import projects
from tests.api.caller import PUBLIC_URL, Api
from tests.api.registry_rows import RegistryRows
from tests.factories import ADMINISTRATOR

Item = dict[str, Any]


async def walk(api: Api, address: str) -> list[Item]:
    """Follow `links.next` to the end."""
    found: list[Item] = []
    while address:
        answer = await api.client.get(address)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body["data"]
        assert (body["meta"]["nextCursor"] is None) == (body["links"]["next"] is None)
        address = body["links"]["next"]
    return found


async def test_following_the_links_meets_every_item_once_newest_first(api: Api) -> None:
    rows = RegistryRows(api.engine)
    made = [str((await rows.project(f"Project {n}")).id) for n in range(5)]

    found = await walk(api, "/api/v1/registry/projects?limit=2")

    assert [item["id"] for item in found] == made[::-1]


async def test_the_order_may_be_turned_round(api: Api) -> None:
    rows = RegistryRows(api.engine)
    made = [str((await rows.project(f"Project {n}")).id) for n in range(5)]

    found = await walk(api, "/api/v1/registry/projects?limit=2&sort=createdAt")

    assert [item["id"] for item in found] == made


async def test_items_of_one_moment_are_neither_repeated_nor_lost(api: Api) -> None:
    rows = RegistryRows(api.engine)
    made = {str((await rows.project(f"Project {n}")).id) for n in range(5)}
    async with api.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        moment = (await connection.exec_driver_sql("SELECT max(created_at) FROM projects")).scalar()
        await connection.execute(update(projects).values(created_at=moment))

    found = await walk(api, "/api/v1/registry/projects?limit=2")

    assert len(found) == 5
    assert {item["id"] for item in found} == made


async def test_a_row_that_is_added_meanwhile_shifts_nothing(api: Api) -> None:
    rows = RegistryRows(api.engine)
    made = [str((await rows.project(f"Project {n}")).id) for n in range(4)]
    first = (await api.client.get("/api/v1/registry/projects?limit=2")).json()

    await rows.project("Newest of all")
    rest = await walk(api, first["links"]["next"])

    assert [item["id"] for item in first["data"] + rest] == made[::-1]


async def test_a_list_tells_its_limit_and_its_end(api: Api) -> None:
    body = (await api.client.get("/api/v1/registry/projects")).json()

    assert body == {
        "data": [],
        "meta": {"limit": 50, "nextCursor": None},
        "links": {"next": None},
    }


async def test_the_next_link_keeps_filters_and_stays_on_this_host(api: Api) -> None:
    rows = RegistryRows(api.engine)
    for n in range(2):
        await rows.project(f"Project {n}")

    body = (await api.client.get("/api/v1/registry/projects?limit=1&country=IN&q=proj")).json()

    link = body["links"]["next"]
    assert link.startswith("/api/v1/registry/projects?")
    assert "country=IN" in link
    assert "q=proj" in link
    assert PUBLIC_URL not in link


async def test_sparse_answers_hold_only_the_fields_asked_for(api: Api) -> None:
    project = await RegistryRows(api.engine).project("One")

    body = (await api.client.get("/api/v1/registry/projects?fields=id,title")).json()

    assert body["data"] == [{"id": str(project.id), "title": "One"}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=verified", 1),
        ("status=pending", 0),
        ("type=biochar", 1),
        ("type=cookstoves", 0),
        ("country=IND", 1),
        ("country=in", 1),
        ("country=DE", 0),
        ("q=satya bio", 1),
        ("q=nothing", 0),
    ],
)
async def test_projects_are_filtered(api: Api, query: str, found: int) -> None:
    await RegistryRows(api.engine).project("A Biochar Project at Satyapura")

    body = (await api.client.get(f"/api/v1/registry/projects?{query}")).json()

    assert len(body["data"]) == found


LISTS = (
    "/projects",
    "/verifications",
    "/credits",
    "/retirements",
    "/registry/projects",
    "/registry/retirements",
)


@pytest.mark.parametrize("path", LISTS)
async def test_three_rows_cost_as_many_queries_as_one(api: Api, path: str) -> None:
    rows = RegistryRows(api.engine)
    headers = await api.signed_in(ADMINISTRATOR)

    async def statements(limit: int) -> int:
        """Of an answer that was not given before: those that were may be kept."""
        async with api.counting_queries() as sent:
            answer = await api.client.get(f"/api/v1{path}?limit={limit}", headers=headers)
            assert answer.status_code == 200
        return len(sent)

    await rows.retirement(await rows.project("One"), chain="confirmed", confirmations=7)
    with_one = await statements(10)
    for title in ("Two", "Three"):
        await rows.retirement(await rows.project(title), chain="confirmed", confirmations=7)

    assert await statements(11) == with_one


async def test_overdue_verifications_are_those_whose_deadline_has_passed(api: Api) -> None:
    """The rows are older than any deadline; the first has been decided."""
    rows = RegistryRows(api.engine)
    await rows.project("Decided")
    waiting = await rows.project("Waiting")
    async with api.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql(
            "UPDATE verification_requests SET status = 'in_review', completed_at = NULL,"
            f" decided_by = NULL WHERE project_id = '{waiting.id}'"
        )

    answer = await api.client.get(
        "/api/v1/verifications?overdue=true", headers=await api.signed_in(ADMINISTRATOR)
    )

    assert [item["projectId"] for item in answer.json()["data"]] == [str(waiting.id)]
