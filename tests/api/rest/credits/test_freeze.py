"""The freeze as seen from outside: who may ask for it, and what everybody sees of it."""

import pytest
from sqlalchemy import update

from adapters.postgres.tables import registry_state
from api.http.errors.error_mapping import refusal_problems
from domain.errors import RegistryFrozen
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER, NOW

REASON = "Units <b>of</b> one project are being recounted."


async def freeze(api: Api) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            update(registry_state).values(frozen=True, reason=REASON, changed_at=NOW)
        )


async def test_a_registry_that_was_never_frozen_says_so(api: Api) -> None:
    answer = await api.client.get("/api/v1/registry/state")

    assert answer.json() == {"data": {"frozen": False, "reason": None, "since": None}}


async def test_anybody_reads_the_reason_and_since_when(api: Api) -> None:
    await freeze(api)

    state = (await api.client.get("/api/v1/registry/state")).json()["data"]

    assert (state["frozen"], state["reason"]) == (True, REASON)
    assert state["since"] == NOW.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("call", ["freeze", "unfreeze"])
async def test_only_administrators_change_it(api: Api, call: str) -> None:
    address, body = f"/api/v1/registry/{call}", {"reason": REASON}

    nobody = await api.client.post(address, json=body)
    buyer = await api.client.post(address, json=body, headers=await api.signed_in(BUYER))

    assert nobody.status_code == 401
    assert told(buyer) == [
        (
            "AUTHORIZATION_ERROR",
            None,
            "Your role (buyer) may not freeze and unfreeze the registry.",
        )
    ]


@pytest.mark.parametrize("body", [{}, {"reason": "  "}, {"reason": None}, {"reason": "x" * 2001}])
async def test_a_freeze_needs_a_reason_that_fits(api: Api, body: dict[str, str]) -> None:
    answer = await api.client.post(
        "/api/v1/registry/freeze", json=body, headers=await api.signed_in(ADMINISTRATOR)
    )

    assert answer.status_code == 400
    assert [(code, pointer) for code, pointer, _ in told(answer)] == [
        ("VALIDATION_ERROR", "/reason")
    ]


def test_a_frozen_registry_is_unavailable_rather_than_in_conflict() -> None:
    (problem,) = refusal_problems(RegistryFrozen("The registry is frozen: a recount."))

    assert (problem.status, problem.code) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("path", ["/", "/projects", "/search?q=x", "/open-data", "/no/such/page"])
async def test_every_page_shows_why_it_is_frozen(api: Api, path: str) -> None:
    await freeze(api)
    await api.client.get("/")

    page = (await api.client.get(path)).text

    assert "The registry is frozen since" in page
    assert "Units &lt;b&gt;of&lt;/b&gt; one project" in page


async def test_no_page_of_an_open_registry_speaks_of_a_freeze(api: Api) -> None:
    assert "frozen" not in (await api.client.get("/")).text


async def test_many_pages_cost_one_look_at_the_state(api: Api) -> None:
    async with api.counting_queries() as sent:
        for _ in range(3):
            await api.client.get("/about")

    assert len([query for query in sent if "FROM registry_state" in query]) == 1


async def test_a_page_that_is_to_be_kept_looks_at_the_state_itself(api: Api) -> None:
    """The second who asks has it kept (ADR 0106): what was seen a moment before might be shown for a minute."""
    async with api.counting_queries() as sent:
        for _ in range(4):
            await api.client.get("/projects")

    assert len([query for query in sent if "FROM registry_state" in query]) == 2
