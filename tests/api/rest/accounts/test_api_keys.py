"""Keys of programs: told once, bounded by their scopes, their owner's role, and time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import api_keys, audit_logs, users
from api.http.identity.scopes import SCOPES
from domain.accounts.api_keys import KEYS_MAX, Scope, key_hash, key_text
from domain.accounts.roles import Account
from tests.api.bodies import DOCUMENT, PROJECT
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, pending, project

Headers = dict[str, str]


def asked(**changes: Any) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    return {"name": "A pipeline", "scopes": ["read"], "expiresAt": expires_at} | changes


async def make(api: Api, account: Account = DEVELOPER, **changes: Any) -> httpx.Response:
    headers = await api.signed_in(account)
    return await api.client.post("/api/v1/me/api-keys", json=asked(**changes), headers=headers)


async def key_of(api: Api, account: Account = DEVELOPER, *scopes: Scope) -> Headers:
    made = await make(api, account, scopes=[scope.value for scope in scopes or (Scope.READ,)])
    return {"Authorization": f"Bearer {made.json()['data']['key']}"}


async def get(api: Api, path: str, headers: Headers) -> httpx.Response:
    return await api.client.get(f"/api/v1{path}", headers=headers)


async def stored(api: Api) -> Any:
    async with api.engine.connect() as connection:
        return (await connection.execute(select(api_keys))).mappings().one()


async def test_a_key_is_told_once_and_kept_as_a_hash(api: Api) -> None:
    made = await make(api)

    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    data = made.json()["data"]
    row = await stored(api)
    assert row["key_hash"] == key_hash(data["key"])
    assert data["key"] not in str(dict(row))
    assert data["key"].startswith(data["hint"])
    listed = (await get(api, "/me/api-keys", await api.signed_in(DEVELOPER))).json()["data"]
    assert listed == [{name: value for name, value in data.items() if name != "key"}]


async def test_the_same_request_makes_no_second_key_and_tells_none_again(api: Api) -> None:
    headers = await api.signed_in(DEVELOPER) | {"Idempotency-Key": "once"}
    body = asked()

    first = await api.client.post("/api/v1/me/api-keys", json=body, headers=headers)
    second = await api.client.post("/api/v1/me/api-keys", json=body, headers=headers)

    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["data"]["key"] not in second.text


@pytest.mark.parametrize(
    ("account", "changes", "faults"),
    [
        (DEVELOPER, {"expiresAt": "2000-01-01T00:00:00Z"}, [("VALIDATION_ERROR", "/expiresAt")]),
        (DEVELOPER, {"expiresAt": "2099-01-01T00:00:00Z"}, [("VALIDATION_ERROR", "/expiresAt")]),
        (DEVELOPER, {"expiresAt": "tomorrow"}, [("VALIDATION_ERROR", "/expiresAt")]),
        (
            DEVELOPER,
            {"scopes": [], "name": "\u200b"},
            [("VALIDATION_ERROR", "/name"), ("VALIDATION_ERROR", "/scopes")],
        ),
        (DEVELOPER, {"scopes": ["everything"]}, [("VALIDATION_ERROR", "/scopes/0")]),
        (
            BUYER,
            {"scopes": ["read", "projects:write", "audit:read"]},
            [("AUTHORIZATION_ERROR", "/scopes/1"), ("AUTHORIZATION_ERROR", "/scopes/2")],
        ),
    ],
    ids=["expired", "too long", "no moment", "nothing", "unknown scope", "more than its owner"],
)
async def test_a_key_that_cannot_be_is_refused_with_every_fault(
    api: Api, account: Account, changes: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert [place[:2] for place in told(await make(api, account, **changes))] == faults


async def test_an_account_has_so_many_keys_and_no_more(api: Api) -> None:
    headers = await api.signed_in(DEVELOPER)
    answers = [
        await api.client.post("/api/v1/me/api-keys", json=asked(), headers=headers)
        for _ in range(KEYS_MAX + 1)
    ]

    assert [answer.status_code for answer in answers] == [201] * KEYS_MAX + [409]


async def test_a_key_reads_what_its_account_sees(api: Api) -> None:
    key = await key_of(api)

    me = await get(api, "/me", key)

    assert (me.status_code, me.json()["data"]["id"]) == (200, str(DEVELOPER.id))


async def test_a_key_does_what_it_has_a_scope_for_and_nothing_else(api: Api) -> None:
    """Temporal is away: 503 is what somebody gets who was let through."""
    reader = await key_of(api)
    writer = await key_of(api, DEVELOPER, Scope.PROJECTS_WRITE)

    refused = await api.client.post("/api/v1/projects", json=PROJECT, headers=reader)
    let_through = await api.client.post("/api/v1/projects", json=PROJECT, headers=writer)
    read = await get(api, "/projects", writer)

    lacks = "This API key may not do that: it lacks the scope “{}”."
    assert told(refused) == [("AUTHORIZATION_ERROR", None, lacks.format("projects:write"))]
    assert let_through.status_code == 503
    assert told(read) == [("AUTHORIZATION_ERROR", None, lacks.format("read"))]


PEOPLES = (
    ("POST", "/me/api-keys"),
    ("GET", "/me/api-keys"),
    ("DELETE", "/me/api-keys/00000000-0000-4000-8000-000000000001"),
    ("PUT", "/me/notification-preferences"),
    ("POST", "/me/wallet/challenge"),
    ("PUT", "/me/wallet"),
    ("DELETE", "/me/wallet"),
    ("POST", "/verifications/00000000-0000-4000-8000-000000000001/approve"),
    ("POST", "/registry/freeze"),
)


async def test_no_key_manages_an_account_or_decides(api: Api) -> None:
    key = await key_of(api, ADMINISTRATOR, Scope.READ, Scope.AUDIT_READ, Scope.DOCUMENTS_WRITE)

    answers = [
        await api.client.request(method, f"/api/v1{path}", headers=key) for method, path in PEOPLES
    ]

    sentence = "No API key may do that; sign in instead."
    refused = [("AUTHORIZATION_ERROR", None, sentence)]
    assert [told(answer) for answer in answers] == [refused] * len(PEOPLES)


async def test_a_key_never_does_more_than_its_owner_does_by_now(api: Api) -> None:
    key = await key_of(api, ADMINISTRATOR, Scope.AUDIT_READ)
    assert (await get(api, "/chain/records", key)).status_code == 200

    async with api.engine.begin() as connection:
        await connection.execute(update(users).values(role="buyer"))

    assert (await get(api, "/chain/records", key)).status_code == 403


GONE = "The API key is unknown, revoked or expired."


async def test_a_revoked_key_is_refused_at_once(api: Api) -> None:
    key = await key_of(api)
    owner = await api.signed_in(DEVELOPER)
    place = f"/api/v1/me/api-keys/{(await stored(api))['id']}"

    by_another = await api.client.delete(place, headers=await api.signed_in(BUYER))
    gone = [await api.client.delete(place, headers=owner) for _ in range(2)]

    assert by_another.status_code == 404
    assert [answer.status_code for answer in gone] == [204, 204]
    assert told(await get(api, "/me", key)) == [("AUTHENTICATION_ERROR", None, GONE)]


async def test_a_locked_accounts_keys_are_refused(api: Api) -> None:
    key = await key_of(api)
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).values(locked_until=datetime(2100, 1, 1, tzinfo=UTC))
        )

    assert told(await get(api, "/me", key)) == [("AUTHENTICATION_ERROR", None, GONE)]


async def test_an_expired_key_and_one_that_never_was_are_refused_alike(api: Api) -> None:
    headers = await key_of(api)
    async with api.engine.begin() as connection:
        # As the owner of the tables, past the guard that keeps the application from it.
        await connection.exec_driver_sql("ALTER TABLE api_keys DISABLE TRIGGER api_key_stays")
        past = datetime.now(UTC) - timedelta(days=2)
        await connection.execute(
            update(api_keys).values(created_at=past, expires_at=past + timedelta(days=1))
        )
    never = {"Authorization": f"Bearer {key_text(bytes(32))}"}

    for key in (headers, never):
        assert told(await get(api, "/me", key)) == [("AUTHENTICATION_ERROR", None, GONE)]


async def test_a_mistyped_key_is_told_from_an_unknown_one(api: Api) -> None:
    key = await key_of(api)
    wrong = key["Authorization"][:-1] + ("0" if key["Authorization"][-1] != "0" else "1")

    async with api.counting_queries() as sent:
        answer = await get(api, "/me", {"Authorization": wrong})

    assert told(answer) == [
        (
            "AUTHENTICATION_ERROR",
            None,
            "This is no API key of ours; a character of it is wrong or missing.",
        )
    ]
    assert sent == []


async def test_the_last_use_is_written_once_a_minute(api: Api) -> None:
    key = await key_of(api)
    await get(api, "/me", key)
    first = (await stored(api))["last_used_at"]
    await get(api, "/me", key)
    second = (await stored(api))["last_used_at"]
    async with api.engine.begin() as connection:
        await connection.execute(
            update(api_keys).values(last_used_at=first - timedelta(seconds=61))
        )
    await get(api, "/me", key)

    assert second == first
    assert (await stored(api))["last_used_at"] > first


async def test_what_is_done_by_a_key_has_the_key_in_its_entry(api: Api) -> None:
    """A document is announced without a workflow."""
    async with PostgresDatabase(api.engine).transaction() as work:
        await work.projects.projects.add(project())
        await work.projects.verifications.add(pending())
    key = await key_of(api, DEVELOPER, Scope.DOCUMENTS_WRITE)
    answer = await api.client.post(
        f"/api/v1/projects/{project().id}/documents", json=DOCUMENT, headers=key
    )
    assert answer.status_code == 201, answer.text

    async with api.engine.connect() as connection:
        rows = (await connection.execute(select(audit_logs).order_by(audit_logs.c.seq))).mappings()
        made, announced = [(row["event_type"], row["user_id"], row["source"]) for row in rows][-2:]

    key_id = str((await stored(api))["id"])
    assert made[:2] == ("api_key.created", DEVELOPER.id)
    assert "apiKeyId" not in made[2]
    assert announced[:2] == ("document.announced", DEVELOPER.id)
    assert announced[2]["apiKeyId"] == key_id


@pytest.mark.parametrize(
    "columns",
    [
        {"user_id": BUYER.id},
        {"scopes": ["read", "credits:write"]},
        {"expires_at": datetime(2090, 1, 1, tzinfo=UTC)},
        {"key_hash": "0" * 64},
        {"revoked_at": None},
    ],
    ids=["owner", "scopes", "expiry", "key", "revocation"],
)
async def test_the_database_keeps_a_key_as_it_was_made(api: Api, columns: dict[str, Any]) -> None:
    await make(api)
    if "revoked_at" in columns:
        async with api.engine.begin() as connection:
            await connection.execute(update(api_keys).values(revoked_at=datetime.now(UTC)))

    with pytest.raises(DBAPIError, match="stays as it was made"):
        async with api.engine.begin() as connection:
            await connection.execute(update(api_keys).values(columns))


def test_each_call_that_reads_has_a_scope_and_the_table_names_no_other_calls(
    unchanging_api: Api,
) -> None:
    """A new call that asks for an account is people's alone until the table says otherwise."""
    document = unchanging_api.app.openapi()
    calls = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "security" in operation
    }

    assert set(SCOPES) <= calls
    assert {call for call in calls - set(SCOPES) if call.startswith("GET")} == {
        "GET /me/api-keys",
        "GET /api-keys",
        "GET /me/passkeys",
        "GET /me/consents",
        "GET /me/erasure",
        "GET /me/export",
        "GET /me/invitations",
        "GET /me/sessions",
        "GET /fee-schedules",
        "GET /reports/{report_id}/accesses",
        "GET /users",
        "GET /verifications/{verification_id}/conflict-of-interest",
        "GET /verifications/{verification_id}/checklist",
        "GET /users/{user_id}",
    }
    assert set(SCOPES.values()) == set(Scope)
