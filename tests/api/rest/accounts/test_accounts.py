"""Signing in: tokens, their rotation, and what an attacker learns."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

import bcrypt
import httpx
import pytest
from sqlalchemy import select, update

from adapters.postgres.tables import sessions, sign_in_failures, users
from api.commands.accounts.sign_in import WRONG_LOGIN
from tests.api.caller import Api, errors, running_api, settings_for, told
from tests.factories import BUYER, DEVELOPER

PASSWORD = "correct horse battery staple"
EMAIL = f"{DEVELOPER.id}@people.example"


@pytest.fixture
async def guarded(api: Api) -> Api:
    """The developer has a password."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == DEVELOPER.id).values(password_hash=hashed)
        )
    return api


async def log_in(api: Api, password: str = PASSWORD, email: str = EMAIL) -> httpx.Response:
    return await api.client.post("/api/v1/auth/login", json={"email": email, "password": password})


async def refresh(api: Api, token: str) -> httpx.Response:
    return await api.client.post("/api/v1/auth/refresh", json={"refreshToken": token})


async def me(api: Api, token: str) -> httpx.Response:
    return await api.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


async def test_a_log_in_gives_tokens_and_the_profile(guarded: Api) -> None:
    answer = await log_in(guarded, email=EMAIL.upper())

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["expiresIn"] == 900
    assert (await me(guarded, data["accessToken"])).json()["data"] == data["user"]
    assert data["user"] | {"createdAt": None} == {
        "id": str(DEVELOPER.id),
        "email": EMAIL,
        "name": "A developer",
        "company": "Developer & Co.",
        "role": "developer",
        "walletAddress": None,
        "emailVerified": True,
        "pendingEmail": None,
        "preferences": {"mailNotifications": True},
        "createdAt": None,
    }


async def test_only_hashes_of_tokens_are_stored(guarded: Api) -> None:
    data = (await log_in(guarded)).json()["data"]

    async with guarded.engine.connect() as connection:
        (row,) = (await connection.execute(select(sessions))).mappings()

    stored = {str(value) for value in row.values()}
    assert data["accessToken"] not in stored
    assert data["refreshToken"] not in stored
    assert PASSWORD not in stored


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        ("nobody@people.example", PASSWORD),
        (EMAIL, PASSWORD + "\x00"),
        (EMAIL, "é" * 40),
        (EMAIL, PASSWORD + " " * 72),
    ],
    ids=["wrong", "unknown", "with NUL", "over 72 bytes", "right, and on over 72 bytes"],
)
async def test_wrong_and_unknown_are_answered_with_one_sentence(
    guarded: Api, email: str, password: str
) -> None:
    answer = await log_in(guarded, password, email)

    assert answer.status_code == 401
    assert told(answer) == [("AUTHENTICATION_ERROR", None, WRONG_LOGIN)]


async def test_four_failures_and_a_log_in_begin_the_count_again(guarded: Api) -> None:
    for _ in range(2):
        for _ in range(4):
            await log_in(guarded, "wrong")
        assert (await log_in(guarded)).status_code == 200


async def test_after_the_lock_the_account_opens_again(guarded: Api) -> None:
    for _ in range(5):
        await log_in(guarded, "wrong")
    async with guarded.engine.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await connection.execute(update(sign_in_failures).values(locked_until=past))

    assert (await log_in(guarded)).status_code == 200


async def test_an_account_that_is_locked_for_everybody_opens_for_nobody(guarded: Api) -> None:
    async with guarded.engine.begin() as connection:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        await connection.execute(
            update(users).where(users.c.id == DEVELOPER.id).values(locked_until=tomorrow)
        )

    assert told(await log_in(guarded)) == [("AUTHENTICATION_ERROR", None, WRONG_LOGIN)]


async def test_unknown_addresses_take_as_long_as_wrong_passwords(
    database_url: str, guarded: Api
) -> None:
    """With a cost at which hashing dwarfs everything else."""
    cost = 10
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
    async with guarded.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == DEVELOPER.id).values(password_hash=hashed)
        )

    async def seconds(api: Api, email: str) -> float:
        began = perf_counter()
        await log_in(api, "wrong", email)
        return perf_counter() - began

    settings = settings_for(database_url, bcrypt_cost=cost)
    async with running_api(settings, guarded.engine) as api:
        await seconds(api, "first@people.example")
        unknown = median([await seconds(api, f"{n}@people.example") for n in range(3)])
        wrong = median([await seconds(api, EMAIL) for _ in range(3)])

    assert unknown > wrong / 2


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family(guarded: Api) -> None:
    first = (await log_in(guarded)).json()["data"]
    second = (await refresh(guarded, first["refreshToken"])).json()["data"]
    assert (await me(guarded, second["accessToken"])).status_code == 200
    # An access token ends with its rotation.
    assert (await me(guarded, first["accessToken"])).status_code == 401

    reused = await refresh(guarded, first["refreshToken"])

    assert reused.status_code == 401
    assert (await me(guarded, second["accessToken"])).status_code == 401
    assert (await refresh(guarded, second["refreshToken"])).status_code == 401


async def test_the_end_of_one_log_in_is_not_the_end_of_another(guarded: Api) -> None:
    first = (await log_in(guarded)).json()["data"]
    other = (await log_in(guarded)).json()["data"]

    out = await guarded.client.post(
        "/api/v1/auth/logout", json={"refreshToken": first["refreshToken"]}
    )

    assert out.status_code == 204
    assert (await me(guarded, first["accessToken"])).status_code == 401
    assert (await refresh(guarded, first["refreshToken"])).status_code == 401
    assert (await me(guarded, other["accessToken"])).status_code == 200


@pytest.mark.parametrize(
    "column", ["access_expires_at", "refresh_expires_at"], ids=["access token", "refresh token"]
)
async def test_expired_tokens_are_good_for_nothing(guarded: Api, column: str) -> None:
    data = (await log_in(guarded)).json()["data"]
    async with guarded.engine.begin() as connection:
        await connection.execute(
            update(sessions).values({column: datetime.now(UTC) - timedelta(seconds=1)})
        )

    if column == "access_expires_at":
        answer = await me(guarded, data["accessToken"])
    else:
        answer = await refresh(guarded, data["refreshToken"])

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x y", "Basic dTpw", "Bearer \xe9"]
)
async def test_without_a_good_token_the_answer_is_401(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = await api.client.get("/api/v1/me", headers=httpx.Headers(headers, encoding="latin-1"))

    assert answer.status_code == 401
    assert errors(answer)[0]["code"] == "AUTHENTICATION_ERROR"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body",
    [
        {"email": "a\x00b", "password": "x"},
        {"email": 1, "password": ["x"]},
        {"email": "", "password": ""},
        {},
    ],
)
async def test_a_log_in_of_another_shape_is_a_validation_error(
    api: Api, body: dict[str, Any]
) -> None:
    answer = await api.client.post("/api/v1/auth/login", json=body)

    assert answer.status_code == 400


async def test_a_password_of_half_a_character_is_a_validation_error(api: Api) -> None:
    content = b'{"email": "\\ud800", "password": "\\ud800"}'

    answer = await api.client.post(
        "/api/v1/auth/login", content=content, headers={"Content-Type": "application/json"}
    )

    assert [place for _, place, _ in told(answer)] == ["/email", "/password"]


async def test_the_profile_is_ones_own(api: Api) -> None:
    answer = await api.client.get("/api/v1/me", headers=await api.signed_in(BUYER))

    assert answer.json()["data"]["id"] == str(BUYER.id)
