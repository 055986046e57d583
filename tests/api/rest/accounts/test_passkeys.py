"""Passkeys: added, named, removed, and as the second step of signing in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, update

from activities.accounts.passkeys import ADDED, REFUSED, REMOVED
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import audit_logs, notifications, passkey_challenges, passkeys, users
from adapters.settings import Settings
from domain.accounts.passkeys import (
    CHALLENGE_EXPIRED,
    CHALLENGE_UNKNOWN,
    COUNTER_WENT_BACK,
    DEMANDED,
    NOT_THEIRS,
    PASSKEYS_MAX,
)
from domain.accounts.roles import Account
from tests.api.caller import Api, settings_for, told
from tests.api.pages.browsing import PASSWORD, email_of, give_password
from tests.authenticator import PRESENT, VERIFIED, Authenticator
from tests.factories import ADMINISTRATOR, BUYER, VERIFIER
from tools.remove_passkeys import remove_passkeys

Headers = dict[str, str]
Json = dict[str, Any]


@pytest.fixture
async def verifier(api: Api) -> Headers:
    await give_password(api, VERIFIER)
    return await api.signed_in(VERIFIER)


async def ask(api: Api, headers: Headers) -> Json:
    answer = await api.client.post("/api/v1/me/passkeys/challenge", headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    data: Json = answer.json()["data"]
    return data


async def post(api: Api, headers: Headers, body: Json) -> httpx.Response:
    return await api.client.post("/api/v1/me/passkeys", json=body, headers=headers)


async def add(
    api: Api, headers: Headers, authenticator: Authenticator, name: str = "Blue key"
) -> httpx.Response:
    return await post(api, headers, made(await ask(api, headers), authenticator, name))


def made(asked: Json, authenticator: Authenticator, name: str = "Blue key") -> Json:
    credential = authenticator.create(asked["publicKey"])
    return {"challengeId": asked["challengeId"], "name": name, "credential": credential}


def answered(asked: Json, authenticator: Authenticator, **changes: Any) -> Json:
    credential = authenticator.get(asked["publicKey"], **changes)
    return {"challengeId": asked["challengeId"], "credential": credential}


async def log_in(api: Api, account: Account = VERIFIER) -> httpx.Response:
    body = {"email": email_of(account), "password": PASSWORD}
    return await api.client.post("/api/v1/auth/login", json=body)


async def finish(api: Api, body: Json, path: str = "/auth/passkey") -> httpx.Response:
    return await api.client.post(f"/api/v1{path}", json=body)


async def listed(api: Api, headers: Headers) -> list[Json]:
    found: list[Json] = (await api.client.get("/api/v1/me/passkeys", headers=headers)).json()[
        "data"
    ]
    return found


async def events(api: Api) -> list[str]:
    async with api.engine.connect() as connection:
        found = await connection.execute(select(audit_logs.c.event_type).order_by(audit_logs.c.seq))
        return [name for name in found.scalars() if name.startswith("passkey.")]


async def said(api: Api) -> list[str]:
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(notifications.c.message).order_by(notifications.c.created_at)
        )
        return list(found.scalars())


async def test_a_passkey_is_added_named_used_and_removed(api: Api, verifier: Headers) -> None:
    authenticator = Authenticator()
    added = await add(api, verifier, authenticator)
    passkey = added.json()["data"]
    path = f"/api/v1/me/passkeys/{passkey['id']}"

    renamed = await api.client.patch(path, json={"name": "Red key"}, headers=verifier)
    signed_in = await finish(api, answered((await log_in(api)).json()["data"], authenticator))
    (used,) = await listed(api, verifier)
    removed = await api.client.delete(path, headers=verifier)
    again = await api.client.delete(path, headers=verifier)

    assert (added.status_code, added.headers["location"]) == (201, path)
    assert (passkey["name"], passkey["lastUsedAt"]) == ("Blue key", None)
    assert renamed.json()["data"] == {**passkey, "name": "Red key"}
    assert signed_in.json()["data"]["user"]["id"] == str(VERIFIER.id)
    assert used["lastUsedAt"] is not None
    assert (removed.status_code, again.status_code) == (204, 404)
    assert "accessToken" in (await log_in(api)).json()["data"]
    assert await events(api) == ["passkey.added", "passkey.removed"]
    assert await said(api) == [ADDED, REMOVED]


async def test_the_password_alone_gives_no_token_and_the_passkeys_answer_does(
    api: Api, verifier: Headers
) -> None:
    authenticator = Authenticator()
    await add(api, verifier, authenticator)
    asked = (await log_in(api)).json()["data"]

    assert "accessToken" not in asked
    assert [one["id"] for one in asked["publicKey"]["allowCredentials"]] == [
        authenticator.create({"challenge": "", "rp": {"id": ""}})["id"]
    ]
    left = datetime.fromisoformat(asked["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    tokens = (await finish(api, answered(asked, authenticator))).json()["data"]
    me = await api.client.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {tokens['accessToken']}"}
    )
    assert me.status_code == 200


async def test_a_challenge_is_good_for_one_try(api: Api, verifier: Headers) -> None:
    authenticator = Authenticator()
    await add(api, verifier, authenticator)
    asked = (await log_in(api)).json()["data"]

    wrong = await finish(api, answered(asked, authenticator, signature="AAAA"))
    late = await finish(api, answered(asked, authenticator))
    right = await finish(api, answered((await log_in(api)).json()["data"], authenticator))

    assert "was not signed by this passkey's key" in told(wrong)[0][2]
    assert told(late)[0][2] == CHALLENGE_UNKNOWN
    assert [answer.status_code for answer in (wrong, late, right)] == [401, 401, 200]


async def test_a_challenge_belongs_to_its_session_purpose_and_time(
    api: Api, verifier: Headers
) -> None:
    authenticator = Authenticator()
    in_another = await post(
        api, await api.signed_in(VERIFIER), made(await ask(api, verifier), authenticator)
    )
    of_another = await post(
        api, await api.signed_in(BUYER), made(await ask(api, verifier), authenticator)
    )
    to_sign_in = await finish(
        api, made(await ask(api, verifier), authenticator), "/auth/passkey/new"
    )
    asked = await ask(api, verifier)
    async with api.engine.begin() as connection:
        await connection.execute(
            update(passkey_challenges).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    expired = await post(api, verifier, made(asked, authenticator))

    assert {told(answer)[0][2] for answer in (in_another, of_another, to_sign_in)} == {
        CHALLENGE_UNKNOWN
    }
    assert told(expired)[0][1:] == ("/challengeId", CHALLENGE_EXPIRED)
    assert await listed(api, verifier) == []
    await ask(api, verifier)
    async with api.engine.connect() as connection:
        # The three that nobody took were swept.
        kept = await connection.execute(select(func.count()).select_from(passkey_challenges))
        assert kept.scalar_one() == 1


async def test_another_accounts_passkey_signs_nobody_in(api: Api, verifier: Headers) -> None:
    await add(api, verifier, Authenticator())
    others = Authenticator("another's")
    await add(api, await api.signed_in(BUYER), others)

    answer = await finish(api, answered((await log_in(api)).json()["data"], others))

    assert (answer.status_code, told(answer)[0][2]) == (401, NOT_THEIRS)


async def test_a_passkey_is_one_accounts(api: Api, verifier: Headers) -> None:
    authenticator = Authenticator()
    await add(api, verifier, authenticator)

    taken = await add(api, await api.signed_in(BUYER), authenticator)

    assert (taken.status_code, told(taken)[0][2]) == (409, "This passkey is an account's already.")


async def test_the_same_request_adds_one_passkey(api: Api, verifier: Headers) -> None:
    headers = verifier | {"Idempotency-Key": str(uuid4())}
    body = made(await ask(api, verifier), Authenticator())

    first, second = [await post(api, headers, body) for _ in range(2)]

    assert (first.status_code, first.json()) == (201, second.json())
    assert len(await listed(api, verifier)) == 1


async def test_a_counter_that_goes_back_is_refused_and_told_once(
    api: Api, verifier: Headers
) -> None:
    authenticator = Authenticator(sign_count=10)
    await add(api, verifier, authenticator)

    refused = []
    for count in (9, 10):
        # It counts one up as it answers, so these say 10 and 11, and 11 was the last.
        authenticator.sign_count = count
        asked = (await log_in(api)).json()["data"]
        refused.append(await finish(api, answered(asked, authenticator)))
    authenticator.sign_count = 11
    right = await finish(api, answered((await log_in(api)).json()["data"], authenticator))

    assert [told(answer)[0][2] for answer in refused] == [COUNTER_WENT_BACK] * 2
    assert right.status_code == 200
    assert await said(api) == [ADDED, REFUSED]
    assert await events(api) == ["passkey.added", "passkey.refused", "passkey.refused"]


async def test_a_passkey_that_does_not_count_is_taken_again_and_again(
    api: Api, verifier: Headers
) -> None:
    authenticator = Authenticator(counts=False)
    await add(api, verifier, authenticator)

    statuses = [
        (await finish(api, answered((await log_in(api)).json()["data"], authenticator))).status_code
        for _ in range(2)
    ]

    assert statuses == [200, 200]


@pytest.mark.parametrize("flags", [PRESENT, VERIFIED])
async def test_who_holds_it_is_always_asked(api: Api, verifier: Headers, flags: int) -> None:
    refused = await add(api, verifier, Authenticator(flags=flags))

    assert refused.status_code == 400
    assert [place[1] for place in told(refused)] == ["/credential/response/authenticatorData"]


async def test_a_locked_account_does_not_finish(api: Api, verifier: Headers) -> None:
    authenticator = Authenticator()
    await add(api, verifier, authenticator)
    asked = (await log_in(api)).json()["data"]
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == VERIFIER.id).values(locked_at=datetime.now(UTC))
        )

    assert (await finish(api, answered(asked, authenticator))).status_code == 403


async def test_there_are_not_more_than_anybody_needs(api: Api, verifier: Headers) -> None:
    asked = await ask(api, verifier)
    row = {
        "user_id": VERIFIER.id,
        "name": "x",
        "public_key": b"x",
        "sign_count": 0,
        "transports": [],
    }
    async with api.engine.begin() as connection:
        rows = [row | {"id": uuid4(), "credential_id": uuid4().bytes} for _ in range(PASSKEYS_MAX)]
        await connection.execute(passkeys.insert(), rows)

    late = await post(api, verifier, made(asked, Authenticator()))
    full = await api.client.post("/api/v1/me/passkeys/challenge", headers=verifier)

    assert (late.status_code, full.status_code) == (409, 409)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"credential": []}, "/credential"),
        ({"credential": {"x": "y" * 20_000}}, "/credential"),
        ({"credential": {}}, "/credential"),
        ({"challengeId": "x"}, "/challengeId"),
    ],
)
async def test_bodies_of_another_shape_are_refused(
    api: Api, verifier: Headers, change: Json, pointer: str
) -> None:
    body = made(await ask(api, verifier), Authenticator()) | change

    refused = await post(api, verifier, body)

    assert [place[:2] for place in told(refused)] == [("VALIDATION_ERROR", pointer)]


class TestWhereTheRoleDemandsOne:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url, second_factor_demanded_of="administrator, verifier")

    async def test_the_first_passkey_is_added_while_signing_in(
        self, api: Api, verifier: Headers
    ) -> None:
        authenticator = Authenticator()
        asked = (await log_in(api)).json()["data"]
        body = made(asked, authenticator)
        of_another = (await log_in(api)).json()["data"]

        signed_in = await finish(api, body, "/auth/passkey/new")
        # Somebody else who knows the password began before that, and is too late.
        too_late = await finish(
            api, made(of_another, Authenticator("a thief's")), "/auth/passkey/new"
        )

        assert asked["publicKey"]["rp"]["id"] == "registry.example"
        assert signed_in.json()["data"]["user"]["id"] == str(VERIFIER.id)
        assert too_late.status_code == 401
        assert [one["name"] for one in await listed(api, verifier)] == ["Blue key"]
        assert await said(api) == [ADDED]
        assert "allowCredentials" in (await log_in(api)).json()["data"]["publicKey"]

    async def test_other_roles_need_none(self, api: Api) -> None:
        await give_password(api, BUYER)

        assert "accessToken" in (await log_in(api, BUYER)).json()["data"]

    async def test_the_last_one_is_not_given_up(self, api: Api, verifier: Headers) -> None:
        ids = [
            (await add(api, verifier, Authenticator(name))).json()["data"]["id"]
            for name in ("blue", "red")
        ]

        answers = [
            await api.client.delete(f"/api/v1/me/passkeys/{one}", headers=verifier) for one in ids
        ]

        assert [answer.status_code for answer in answers] == [204, 409]
        assert told(answers[1])[0][2] == DEMANDED

    async def test_tokens_are_not_renewed_once_the_role_demands_one(self, api: Api) -> None:
        await give_password(api, BUYER)
        tokens = (await log_in(api, BUYER)).json()["data"]
        async with api.engine.begin() as connection:
            await connection.execute(
                update(users).where(users.c.id == BUYER.id).values(role=ADMINISTRATOR.role.value)
            )

        answer = await api.client.post(
            "/api/v1/auth/refresh", json={"refreshToken": tokens["refreshToken"]}
        )

        assert answer.status_code == 401
        assert "needs a second factor" in told(answer)[0][2]


async def test_an_operator_removes_passkeys_that_are_lost(api: Api, verifier: Headers) -> None:
    for name in ("blue", "red"):
        await add(api, verifier, Authenticator(name))

    removed = await remove_passkeys(PostgresDatabase(api.engine), VERIFIER.id)

    assert removed == 2
    assert await remove_passkeys(PostgresDatabase(api.engine), VERIFIER.id) == 0
    assert "accessToken" in (await log_in(api)).json()["data"]
    assert await said(api) == [ADDED, ADDED, REMOVED, REMOVED]
