"""What staff see of an entry, and which entries signing in and announcing leave (ADR 0054)."""

from typing import Any

import bcrypt
import pytest
from sqlalchemy import select, update

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_logs, sessions, users
from tests.api.bodies import DOCUMENT
from tests.api.caller import Api
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, pending, project

PASSWORD = "correct horse battery staple"
EMAIL = f"{DEVELOPER.id}@people.example"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


async def log_in(api: Api, password: str, email: str = EMAIL) -> Any:
    body = {"email": email, "password": password}
    return (await api.client.post("/api/v1/auth/login", json=body, headers=FIREFOX)).json()


async def entries(api: Api) -> list[Any]:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(audit_logs).order_by(audit_logs.c.seq))
        return list(found.mappings())


@pytest.fixture
async def guarded(api: Api) -> Api:
    """The developer has a password."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == DEVELOPER.id).values(password_hash=hashed)
        )
    return api


async def test_sessions_are_begun_ended_and_refused_in_the_log(guarded: Api) -> None:
    await log_in(guarded, "wrong")
    await log_in(guarded, PASSWORD, "nobody@people.example")
    tokens = (await log_in(guarded, PASSWORD))["data"]
    refreshed = await guarded.client.post(
        "/api/v1/auth/refresh", json={"refreshToken": tokens["refreshToken"]}
    )
    newest = {"refreshToken": refreshed.json()["data"]["refreshToken"]}
    for _ in range(2):
        await guarded.client.post("/api/v1/auth/logout", json=newest)

    kept = await entries(guarded)

    async with guarded.engine.connect() as connection:
        family = (await connection.execute(select(sessions.c.family_id).limit(1))).scalar_one()
    nobody = kept[1]["resource_id"]
    assert nobody not in {DEVELOPER.id, None}
    assert [
        (e["event_type"], e["user_id"], e["resource_id"], e["changes"]["after"]) for e in kept
    ] == [
        ("session.refused", None, DEVELOPER.id, {"locked": False}),
        # Else the log, which everybody reads, would tell which addresses are known.
        ("session.refused", None, nobody, {"locked": False}),
        ("session.begun", DEVELOPER.id, family, {"kind": "api"}),
        ("session.ended", DEVELOPER.id, family, {"reason": "signed_out"}),
    ]
    assert {e["source"]["browser"] for e in kept} == {"Firefox", "Python"}
    assert {e["source"]["network"] for e in kept} == {"127.0.0.0/24"}


async def test_a_refresh_token_that_is_used_twice_ends_the_session_in_the_log(guarded: Api) -> None:
    token = {"refreshToken": (await log_in(guarded, PASSWORD))["data"]["refreshToken"]}

    for _ in range(3):
        await guarded.client.post("/api/v1/auth/refresh", json=token)

    kept = await entries(guarded)
    assert [(e["event_type"], e["changes"]["after"]) for e in kept] == [
        ("session.begun", {"kind": "api"}),
        ("session.ended", {"reason": "refresh_token_reused"}),
    ]


async def test_an_account_that_is_locked_leaves_no_more_entries(guarded: Api) -> None:
    for _ in range(7):
        await log_in(guarded, "wrong")

    kept = await entries(guarded)

    assert [e["changes"]["after"]["locked"] for e in kept] == [False] * 4 + [True]


async def test_staff_see_who_and_where_from_and_others_do_not(guarded: Api) -> None:
    await log_in(guarded, PASSWORD)
    headers = await guarded.signed_in(ADMINISTRATOR)

    answer = await guarded.client.get("/api/v1/audit-logs/1", headers=headers)

    disclosed = answer.json()["data"]["disclosed"]
    assert disclosed["userId"]["value"] == str(DEVELOPER.id)
    assert disclosed["source"]["value"] == {"network": "127.0.0.0/24", "browser": "Firefox"}
    public = await guarded.client.get("/api/v1/registry/audit/1")
    assert public.json()["data"]["disclosed"] == {}
    refused = await guarded.client.get(
        "/api/v1/audit-logs/1", headers=await guarded.signed_in(BUYER)
    )
    assert refused.status_code == 403
    missing = await guarded.client.get("/api/v1/audit-logs/99", headers=headers)
    assert missing.status_code == 404


async def test_an_announced_document_leaves_one_entry_without_its_name(api: Api) -> None:
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(pending())
    headers = await api.signed_in(ADMINISTRATOR) | {"Idempotency-Key": "announce-1"}

    for _ in range(2):
        answer = await api.client.post(
            f"/api/v1/projects/{project().id}/documents", json=DOCUMENT, headers=headers
        )
        assert answer.status_code == 201, answer.text

    (kept,) = [e for e in await entries(api) if e["event_type"] == "document.announced"]
    assert kept["user_id"] == ADMINISTRATOR.id
    assert kept["changes"]["after"]["sha256"] == DOCUMENT["sha256"]
    assert DOCUMENT["name"] not in str(kept["changes"])
