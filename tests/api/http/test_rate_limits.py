"""How many requests a minute are taken, from one account and from one address."""

import re

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.caller import errors, running_api, settings_for
from tests.factories import BUYER, DEVELOPER


async def test_an_account_is_limited_on_its_own(database_url: str, engine: AsyncEngine) -> None:
    settings = settings_for(database_url, rate_limit_per_user_per_minute=2)
    async with running_api(settings, engine) as api:
        headers = await api.signed_in(DEVELOPER)
        statuses = [
            (await api.client.get("/api/v1/me", headers=headers)).status_code for _ in range(3)
        ]
        other = await api.client.get("/api/v1/me", headers=await api.signed_in(BUYER))
        refused = await api.client.get("/api/v1/me", headers=headers)

    assert statuses == [200, 200, 429]
    assert other.status_code == 200
    assert errors(refused)[0]["code"] == "RATE_LIMITED"
    assert 0 < int(refused.headers["Retry-After"]) <= 60


async def test_an_address_is_limited_but_never_its_health_checks(
    database_url: str, engine: AsyncEngine
) -> None:
    settings = settings_for(database_url, rate_limit_per_address_per_minute=2)
    async with running_api(settings, engine) as api:
        statuses = [
            (await api.client.get(path)).status_code
            for path in ("/api/v1/registry/stats", "/api/v1/registry/stats", "/", "/healthz")
        ]
        refused = await api.client.get("/api/v1/registry/stats")

    assert statuses == [200, 200, 429, 200]
    assert errors(refused)[0]["code"] == "RATE_LIMITED"
    assert refused.headers["X-Request-Id"]
    assert refused.headers["RateLimit"].startswith('"address";r=0;t=')


async def test_answers_say_how_far_each_limit_is_used_up(
    database_url: str, engine: AsyncEngine
) -> None:
    settings = settings_for(
        database_url, rate_limit_per_user_per_minute=2, rate_limit_per_address_per_minute=50
    )
    async with running_api(settings, engine) as api:
        headers = await api.signed_in(DEVELOPER)
        answers = [await api.client.get("/api/v1/me", headers=headers) for _ in range(3)]
        login = await api.client.post(
            "/api/v1/auth/login", json={"email": "nobody@people.example", "password": "wrong"}
        )
        never = await api.client.get("/healthz")

    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {
        '"address";q=50;w=60, "account";q=2;w=60'
    }
    assert [re.sub(r"t=\d+", "t=60", answer.headers["RateLimit"]) for answer in answers] == [
        '"address";r=49;t=60, "account";r=1;t=60',
        '"address";r=48;t=60, "account";r=0;t=60',
        '"address";r=47;t=60, "account";r=0;t=60',
    ]
    assert '"sign-ins";q=60;w=60, "sign-ins-per-account";q=20' in login.headers["RateLimit-Policy"]
    assert "RateLimit" not in never.headers


async def test_nobody_notices_that_redis_is_away_but_readiness_says_so(
    database_url: str, engine: AsyncEngine
) -> None:
    settings = settings_for(
        database_url,
        redis_url=SecretStr("redis://127.0.0.1:1"),
        rate_limit_per_address_per_minute=2,
    )
    async with running_api(settings, engine) as api:
        statuses = [(await api.client.get("/api/v1/registry/stats")).status_code for _ in range(3)]
        ready = await api.client.get("/readyz")

    assert statuses == [200, 200, 429]
    assert ready.json()["checks"]["limits"].startswith("Requests are counted by each process")
