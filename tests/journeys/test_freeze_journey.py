"""A freeze on real parts: writes wait, reads go on, and every request finds its way afterwards."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from devstack.caller import Caller
from tests.conftest import FinishedStory, People
from tests.journeys.project_life import RETIREMENT, approve, assign, issue, register, upload

REASON = "Units of one project are being recounted."


@pytest.fixture
async def frozen(people: People) -> AsyncIterator[None]:
    await people.admin.post("/registry/freeze", {"reason": REASON})
    yield
    if (await people.admin.get("/registry/state"))["frozen"]:
        await people.admin.post("/registry/unfreeze", {})


@pytest.fixture
async def serial(people: People) -> str:
    return await issue(people)


async def unfreeze(people: People) -> Any:
    return await people.admin.post("/registry/unfreeze", {"reason": "It adds up."})


async def send(
    http: httpx.AsyncClient, caller: Caller, path: str, body: dict[str, Any], key: str
) -> httpx.Response:
    headers = caller.headers | {"Idempotency-Key": key}
    return await http.post(f"/api/v1{path}", json=body, headers=headers)


async def test_everybody_sees_that_it_is_frozen_and_why(
    people: People, http: httpx.AsyncClient, frozen: None
) -> None:
    during = (await http.get("/api/v1/registry/state")).json()["data"]
    after = await unfreeze(people)

    assert (during["frozen"], during["reason"]) == (True, REASON)
    assert during["since"] < after["since"]
    assert (after["frozen"], after["reason"]) == (False, "It adds up.")


async def test_the_same_request_succeeds_after_the_unfreeze(
    serial: str, people: People, http: httpx.AsyncClient, frozen: None
) -> None:
    requests = {
        str(uuid4()): (
            f"/credits/{serial}/transfer",
            {"quantity": "1.00", "recipientId": people.buyer.user["id"]},
        ),
    }
    ((key, (path, body)),) = requests.items()

    refused = [await send(http, people.supplier, path, body, key) for _ in range(2)]
    await unfreeze(people)
    done = await send(http, people.supplier, path, body, key)
    again = await send(http, people.supplier, path, body, key)

    for answer in refused:
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (503, "UNAVAILABLE")
        assert error["detail"] == f"The registry is frozen: {REASON}"
        assert int(answer.headers["Retry-After"]) > 0
    assert done.status_code == 201, done.text
    assert again.json() == done.json()


async def test_a_retirement_refused_meanwhile_keeps_what_was_written_for_the_next_try(
    serial: str, people: People, http: httpx.AsyncClient, frozen: None
) -> None:
    key, path = str(uuid4()), f"/credits/{serial}/retire"
    body = RETIREMENT | {"quantity": "1.00"}

    refused = await send(http, people.supplier, path, body, key)
    await unfreeze(people)
    done = await send(http, people.supplier, path, body, key)

    assert refused.status_code == 503
    assert done.status_code == 201, done.text
    assert done.json()["data"]["reason"] == RETIREMENT["reason"]


async def test_approved_credits_are_issued_after_the_unfreeze(people: People, frozen: None) -> None:
    project = await register(people)
    await assign(people, project)
    await upload(people, project)
    await approve(people, project)
    mine = f"/credits?projectId={project['id']}"
    meanwhile = await people.supplier.get(mine)

    await unfreeze(people)

    assert meanwhile == []
    issued = await people.supplier.wait_for(mine, lambda found: len(found) == 1, seconds=40)
    assert issued[0]["quantity"] == "1000.00"


async def test_reads_and_pages_go_on_with_a_banner(
    finished_story: FinishedStory, http: httpx.AsyncClient, frozen: None
) -> None:
    pages = [await http.get(path) for path in ("/", "/projects", "/retirements", "/open-data")]
    stats = await http.get("/api/v1/registry/stats")

    assert stats.status_code == 200
    assert [page.status_code for page in pages] == [200] * 4
    # A process may have looked at the state two seconds ago.
    assert REASON in pages[-1].text or REASON in (await http.get("/projects?status=verified")).text
