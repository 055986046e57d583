"""Folders and the keys of their pipelines: each reaches its own, and events of the storage are believed in nothing."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.commands.ingestion import storage_events
from domain.accounts.roles import Account
from tests.api.caller import Api, running_api, settings_for, told
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_DEVELOPER, VERIFIER

BASE = "/api/v1/ingestion-folders"
SECRET = "what only the storage knows"
SENT = {"name": "Loggers", "format": "issuances", "acceptPartly": True}
FILE = {"fileName": "a.csv", "fileSize": 12, "sha256": "ab" * 32}


async def opened(api: Api, account: Account) -> dict[str, Any]:
    answer = await api.client.post(
        BASE,
        json=SENT,
        headers=await api.signed_in(account) | {"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def key_for(api: Api, account: Account, **bound: str) -> dict[str, str]:
    answer = await api.client.post(
        "/api/v1/me/api-keys",
        json={
            "name": "Pipeline",
            "scopes": [
                "read",
                "ingestions:write",
                *(["readings:write"] if "projectId" in bound else []),
            ],
            "expiresAt": (datetime.now(UTC) + timedelta(days=9)).isoformat(),
            **bound,
        },
        headers=await api.signed_in(account) | {"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['data']['key']}"}


async def test_a_key_that_is_bound_to_a_folder_reaches_that_alone(api: Api) -> None:
    folder, other = await opened(api, DEVELOPER), await opened(api, DEVELOPER)
    key = await key_for(api, DEVELOPER, folderId=folder["id"])
    here, there = f"{BASE}/{folder['id']}", f"{BASE}/{other['id']}"

    upload = await api.client.post(f"{here}/uploads", json=FILE, headers=key)

    assert folder["prefix"] == f"folders/{folder['id']}/in/"
    assert f"/{folder['prefix']}a.csv?" in upload.json()["data"]["upload"]["url"]
    for address, status in (
        (here, 200),
        (f"{here}/drops", 200),
        (there, 403),
        ("/api/v1/me", 403),
        (BASE, 403),
    ):
        assert (await api.client.get(address, headers=key)).status_code == status, address
    for address, body in ((f"{there}/uploads", FILE), ("/api/v1/ingestions", {})):
        assert (await api.client.post(address, json=body, headers=key)).status_code == 403


async def test_whose_a_folder_is_decides_who_uses_and_closes_it(api: Api) -> None:
    folder = await opened(api, DEVELOPER)
    here = f"{BASE}/{folder['id']}"
    seen = {}
    for who in (DEVELOPER, OTHER_DEVELOPER, VERIFIER, ADMINISTRATOR):
        signed_in = await api.signed_in(who)
        seen[who.id] = [
            (await api.client.get(here, headers=signed_in)).status_code,
            (await api.client.post(f"{here}/uploads", json=FILE, headers=signed_in)).status_code,
            len((await api.client.get(BASE, headers=signed_in)).json()["data"]),
        ]
    assert seen == {
        DEVELOPER.id: [200, 200, 1],
        OTHER_DEVELOPER.id: [404, 404, 0],
        VERIFIER.id: [404, 404, 0],
        ADMINISTRATOR.id: [200, 403, 1],
    }

    signed_in = await api.signed_in(DEVELOPER)
    sloping = await api.client.post(
        f"{here}/uploads", json=FILE | {"fileName": "../../x"}, headers=signed_in
    )
    assert [(code, place) for code, place, _ in told(sloping)] == [
        ("VALIDATION_ERROR", "/fileName")
    ]
    closed = await api.client.post(
        f"{here}/close", json={}, headers=signed_in | {"Idempotency-Key": "close"}
    )
    assert closed.json()["data"]["closedAt"] is not None
    late = await api.client.post(f"{here}/uploads", json=FILE, headers=signed_in)
    assert [code for code, _, _ in told(late)] == ["CONFLICT"]


async def test_all_faults_of_a_folder_are_told(api: Api) -> None:
    answer = await api.client.post(
        BASE,
        json=SENT | {"format": "shoes", "projectId": str(uuid4())},
        headers=await api.signed_in(DEVELOPER) | {"Idempotency-Key": "faulty"},
    )
    buyers = await api.client.post(
        BASE, json=SENT, headers=await api.signed_in(BUYER) | {"Idempotency-Key": "buyer"}
    )

    assert {place for _, place, _ in told(answer)} == {"/format", "/projectId"}
    assert buyers.status_code == 403


@pytest.fixture
async def told_api(database_url: str, engine: AsyncEngine) -> AsyncIterator[Api]:
    settings = settings_for(database_url, s3_events_secret=SecretStr(SECRET))
    async with running_api(settings, engine) as api:
        yield api


def event(key: str, *, bucket: str = "karbonica", name: str = "ObjectCreated:Put") -> bytes:
    of = {"bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"Records": [{"eventName": name, "s3": of}]}).encode()


IN = f"folders/{uuid4()}/in/"
BRIDGED = {
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "karbonica"}, "object": {"key": f"{IN}a b"}},
}
BASIC = base64.b64encode(f"storage:{SECRET}".encode()).decode()
TOLD: list[tuple[str | None, bytes, int, int]] = [
    (f"Bearer {SECRET}", event(f"{IN}a+b.csv"), 204, 1),
    (
        f"Basic {BASIC}",
        event(f"{IN}a.csv", name="s3:ObjectCreated:CompleteMultipartUpload"),
        204,
        1,
    ),
    (SECRET, json.dumps(BRIDGED).encode(), 204, 1),
    (SECRET, event("uploads/1"), 204, 0),
    (SECRET, event(f"{IN}a.csv", bucket="another"), 204, 0),
    (SECRET, event(f"{IN}a.csv", name="ObjectRemoved:Delete"), 204, 0),
    (SECRET, event(f"folders/{uuid4()}/taken/x"), 204, 0),
    ("Bearer wrong", event(f"{IN}a.csv"), 401, 0),
    ("Basic !", event(f"{IN}a.csv"), 401, 0),
    (None, event(f"{IN}a.csv"), 401, 0),
    (SECRET, b"{", 400, 0),
    (SECRET, b'{"Records": [{"eventName": 3}]}', 400, 0),
    (SECRET, b"[" * 50_000, 400, 0),
]


@pytest.mark.parametrize(("authorization", "body", "status", "looks"), TOLD)
async def test_only_the_storage_tells_and_only_of_folders(
    authorization: str | None,
    body: bytes,
    status: int,
    looks: int,
    told_api: Api,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = []

    async def look(parts: object) -> None:
        looked.append(parts)

    monkeypatch.setattr(storage_events, "look_at_once", look)
    headers = {"Authorization": authorization} if authorization else {}

    answer = await told_api.client.post(f"{BASE}/events", content=body, headers=headers)

    assert (answer.status_code, len(looked)) == (status, looks)


async def test_while_the_workflows_are_away_the_storage_is_asked_to_tell_again(
    told_api: Api, api: Api
) -> None:
    body, headers = event(f"{IN}a.csv"), {"Authorization": SECRET}

    away = await told_api.client.post(f"{BASE}/events", content=body, headers=headers)
    unset = await api.client.post(f"{BASE}/events", content=body, headers=headers)

    assert (away.status_code, unset.status_code) == (503, 404)
