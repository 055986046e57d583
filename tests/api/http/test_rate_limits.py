"""How many requests a minute are taken, from one account and from one address."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.http.errors.error_mapping import TooManyRequests
from api.http.middleware.rate_limits import RateLimit
from tests.api.caller import errors, running_api, settings_for
from tests.factories import BUYER, DEVELOPER


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_one_more_than_the_limit_has_to_wait_until_the_minute_is_over() -> None:
    clock = Clock()
    limit = RateLimit(3, now=clock)
    for _ in range(3):
        limit.count("a")
        clock.seconds += 10

    with pytest.raises(TooManyRequests) as refused:
        limit.count("a")

    assert refused.value.retry_after_seconds == 30
    limit.count("b")
    clock.seconds += 30
    limit.count("a")


def test_keys_that_are_done_are_forgotten() -> None:
    clock = Clock()
    limit = RateLimit(1, now=clock)
    for n in range(10_000):
        limit.count(str(n))
    assert limit.keys_remembered == 10_000
    clock.seconds += 60

    limit.count("one more")

    assert limit.keys_remembered == 1


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
