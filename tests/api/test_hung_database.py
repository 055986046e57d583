"""
A PostgreSQL that hangs: every kind of route answers within three seconds, and is well again by itself.

The server's processes are stopped (SIGSTOP), all of them or one. The same for all servers, over HTTP
and with a worker, is tests/journeys/test_hung_servers.py (`make prove`).
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.settings import Settings
from adapters.settings.database import DatabaseSettings
from tests.api.caller import PUBLIC_URL, Api, errors, running_api
from tests.api.registry_rows import RegistryRows
from tests.databases import PATIENT
from tests.factories import BUYER
from tests.faults.hung import postgres_pid, stopped

ANSWER_SECONDS_MAX = 3.0
RECOVERY_SECONDS_MAX = 2.0

LOGIN = {"email": "somebody@people.example", "password": "a-password-of-nobody"}
FROM_OUR_PAGE = {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"}
JSON_CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "public read": ("GET", "/api/v1/registry/projects", {}),
    "export": ("GET", "/api/v1/registry/export/credits.csv", {}),
    "sign-in": ("POST", "/api/v1/auth/login", {"json": LOGIN}),
    "own read": ("GET", "/api/v1/credits", {"headers": "signed in"}),
    "write": ("POST", "/api/v1/projects", {"json": {}, "headers": "signed in"}),
}
PAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "front page": ("GET", "/", {}),
    "list": ("GET", "/projects", {}),
    "sums": ("GET", "/conservation", {}),
    "sign-in page": ("POST", "/sign-in", {"data": LOGIN, "headers": FROM_OUR_PAGE}),
}
HEALTH: dict[str, tuple[str, str, dict[str, Any]]] = {
    "alive": ("GET", "/healthz", {}),
    "ready": ("GET", "/readyz", {}),
}
ALL = JSON_CALLS | PAGES | HEALTH


@pytest.mark.proof
async def test_a_hung_database_makes_nobody_wait_and_is_used_again_when_it_goes_on(
    engine: AsyncEngine, database_url: str, settings: Settings
) -> None:
    await RegistryRows(engine).project()
    server = await postgres_pid(database_url)
    async with running_api(with_production_limits(settings), engine) as api:
        headers = await api.signed_in(BUYER)
        # So that the pools hold connections which look well.
        await ask_all(api, headers)
        with stopped(server):
            first, first_seconds = await timed(ask_all(api, headers))
            second, second_seconds = await timed(ask_all(api, headers))
        _, recovery_seconds = await timed(until_it_answers(api))
        after = await ask_all(api, headers)

        with stopped(server):
            closing_began = time.monotonic()
            await api.app.state.resources.engine.dispose()
            closing_seconds = time.monotonic() - closing_began

    for answers in (first, second):
        assert {name: answers[name].status_code for name in (*JSON_CALLS, *PAGES)} == dict.fromkeys(
            (*JSON_CALLS, *PAGES), 503
        )
        assert {errors(answers[name])[0]["code"] for name in JSON_CALLS} == {"UNAVAILABLE"}
        assert {"Back in a moment" in answers[name].text for name in PAGES} == {True}
        assert {answers[name].headers["retry-after"] for name in ALL if name != "alive"} == {"5"}
        assert answers["alive"].status_code == 200
        assert answers["ready"].json()["checks"]["database"] == "The database does not answer."
    assert first_seconds < ANSWER_SECONDS_MAX
    assert second_seconds < 1  # It is known to hang: nobody waits for it again.
    assert recovery_seconds < RECOVERY_SECONDS_MAX
    assert after["public read"].status_code == after["list"].status_code == 200
    assert after["export"].text.count("\r\n") == 2
    assert closing_seconds < 1


async def test_what_waits_for_a_lock_or_one_stopped_backend_is_ended_and_others_go_on(
    engine: AsyncEngine, settings: Settings
) -> None:
    quick = settings.replace(database_use_seconds=0.5, database_probe_seconds=0.2)
    async with running_api(quick, engine) as api, engine.begin() as other:
        await other.execute(text("LOCK TABLE projects, public_fragments IN ACCESS EXCLUSIVE MODE"))
        locked, locked_seconds = await timed(api.client.get("/api/v1/registry/projects"))
        beside = await api.client.get("/api/v1/registry/state")
        # The pool lends what was returned last.
        backend = await backend_of(api)
        with stopped(backend):
            stuck, stuck_seconds = await timed(api.client.get("/api/v1/registry/state"))
            next_one = await api.client.get("/api/v1/registry/state")

    assert (locked.status_code, beside.status_code) == (503, 200)
    assert (stuck.status_code, next_one.status_code) == (503, 200)
    # Either would wait for ever; how soon they end is for the proofs, on a machine of their own.
    assert max(locked_seconds, stuck_seconds) < 5 * ANSWER_SECONDS_MAX


def with_production_limits(settings: Settings) -> Settings:
    return settings.replace(
        **{name: DatabaseSettings.model_fields[name].default for name in PATIENT}
    )


async def ask_all(api: Api, headers: dict[str, str]) -> dict[str, httpx.Response]:
    """Each at the same time."""

    async def ask(method: str, path: str, content: dict[str, Any]) -> httpx.Response:
        sent = content | ({"headers": headers} if content.get("headers") == "signed in" else {})
        return await api.client.request(method, path, **sent)

    answers = await asyncio.gather(*(ask(*call) for call in ALL.values()))
    return dict(zip(ALL, answers, strict=True))


async def until_it_answers(api: Api) -> None:
    for _ in range(500):
        if (await api.client.get("/api/v1/registry/projects")).status_code == 200:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never answered again")


async def backend_of(api: Api) -> int:
    reading_engine: AsyncEngine = api.app.state.resources.reading_engine
    async with reading_engine.connect() as connection:
        pid: int = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    return pid


async def timed(asked: Awaitable[Any]) -> tuple[Any, float]:
    began = time.monotonic()
    answer = await asked
    return answer, time.monotonic() - began
