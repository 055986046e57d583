"""One's own data over HTTP: a copy, erasure, consents."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from adapters.postgres.accounts.data_keys import newest_key, seal_batch
from adapters.postgres.tables import consents, data_exports, erasures, users
from domain.accounts.roles import Account
from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER, NOW

EXPORT, ERASURE, CONSENTS = "/api/v1/me/export", "/api/v1/me/erasure", "/api/v1/me/consents"


async def call(api: Api, method: str, path: str, who: Account, **options: Any) -> httpx.Response:
    headers = await api.signed_in(who)
    return await api.client.request(method.upper(), path, headers=headers, **options)


async def test_a_copy_is_asked_for_once_an_hour_and_downloaded_when_it_is_there(api: Api) -> None:
    none = await call(api, "get", EXPORT, BUYER)
    asked = [await call(api, "post", EXPORT, BUYER) for _ in range(2)]
    async with api.engine.begin() as connection:
        await connection.execute(data_exports.update().values(ready_at=NOW, size_bytes=7))
    ready = await call(api, "get", EXPORT, BUYER)

    assert none.status_code == 404
    assert [answer.status_code for answer in asked] == [202, 202]
    assert asked[0].json()["data"]["downloadUrl"] is None
    assert asked[0].json()["data"]["id"] == asked[1].json()["data"]["id"]
    assert "personal-exports/" in ready.json()["data"]["downloadUrl"]
    assert ready.headers["cache-control"] == "no-store"


async def test_an_erasure_is_asked_for_once_and_withdrawn(api: Api) -> None:
    asked = [await call(api, "post", ERASURE, BUYER) for _ in range(2)]
    withdrawn = await call(api, "delete", ERASURE, BUYER)
    again = await call(api, "delete", ERASURE, BUYER)
    async with api.engine.connect() as connection:
        (row,) = (await connection.execute(select(erasures))).all()

    assert [answer.status_code for answer in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()
    assert row.erase_at - row.requested_at == timedelta(days=14)
    assert withdrawn.json()["data"]["withdrawnAt"] is not None
    assert (again.status_code, told(again)[0][2]) == (404, "Your account is not to be erased.")


async def test_the_last_administrator_is_not_erased(api: Api) -> None:
    others = (users.c.role == "administrator") & (users.c.id != ADMINISTRATOR.id)
    async with api.engine.begin() as connection:
        await connection.execute(update(users).where(others).values(locked_at=NOW))
    answer = await call(api, "post", ERASURE, ADMINISTRATOR)

    assert answer.status_code == 409
    assert told(answer)[0][2] == ("You are the last administrator: make somebody else one first.")


async def test_consents_are_kept_with_version_and_time_and_the_newest_holds(api: Api) -> None:
    for given in (True, False):
        answer = await call(
            api,
            "put",
            f"{CONSENTS}/marketing_mails",
            BUYER,
            json={"version": "2026-01-01", "given": given},
        )
        assert answer.status_code == 200
    unknown = await call(
        api, "put", f"{CONSENTS}/cookies", BUYER, json={"version": "1", "given": True}
    )
    listed = await call(api, "get", CONSENTS, BUYER)
    async with api.engine.connect() as connection:
        kept = (await connection.execute(select(consents.c.given).order_by(consents.c.at))).all()

    assert [row.given for row in kept] == [True, False]
    assert [(one["kind"], one["given"]) for one in listed.json()["data"]] == [
        ("marketing_mails", False)
    ]
    assert unknown.status_code == 400


@pytest.mark.parametrize(
    "name", ["Müller, Inc.", "O'Neil", "李 雷", "É" * 200, 'Ada "The Count" Lovelace', "%_\\"]
)
async def test_a_name_is_sealed_found_and_shown_as_it_was_typed(api: Api, name: str) -> None:
    changed = await call(api, "patch", "/api/v1/me", BUYER, json={"name": name})
    async with api.engine.begin() as connection:
        await seal_batch(connection, await newest_key(connection), limit=100)
        kept = (
            await connection.execute(
                text("SELECT name, email FROM users WHERE id = :id"), {"id": BUYER.id}
            )
        ).one()
    found = await call(api, "get", "/api/v1/users", ADMINISTRATOR, params={"q": name[:40]})
    whole_email = f"{BUYER.id}@people.example"
    by_email = await call(api, "get", "/api/v1/users", ADMINISTRATOR, params={"q": whole_email})

    assert changed.json()["data"]["name"] == name
    assert (kept.name[:9], kept.email[:9]) == ("sealed:1:", "sealed:1:")
    assert [one["name"] for one in found.json()["data"]] == [name]
    assert [one["email"] for one in by_email.json()["data"]] == [whole_email]
