"""Guessing stops, and neither the owner nor those who read are held up by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import bcrypt
import httpx
import pytest
from sqlalchemy import func, select, update

from adapters.postgres.tables import notifications, sessions, sign_in_failures, users
from api.commands.accounts.sign_in import LOCK_NOTICE
from api.http.errors.error_mapping import TooManyRequests
from api.http.identity.password_checks import PasswordChecks
from domain.accounts.sign_in import FAILURES_BEFORE_SLOWING
from tests.api.caller import PUBLIC_URL, Api, running_api, settings_for
from tests.factories import DEVELOPER

PASSWORD = "correct horse battery staple"
EMAIL = f"{DEVELOPER.id}@people.example"
UNKNOWN = "nobody@people.example"
HOME, ELSEWHERE = "203.0.113.5", "198.51.100.9"


@pytest.fixture
async def guarded(api: Api) -> Api:
    """The developer has a password."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).where(users.c.id == DEVELOPER.id).values(password_hash=hashed)
        )
    return api


@asynccontextmanager
async def device_at(api: Api, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Something with cookies of its own, which calls from an address."""
    transport = httpx.ASGITransport(api.app, raise_app_exceptions=False, client=(address, 50_000))
    async with httpx.AsyncClient(
        transport=transport, base_url=PUBLIC_URL, headers={"User-Agent": "Firefox/140.0"}
    ) as client:
        yield client


async def status(client: httpx.AsyncClient, password: str = PASSWORD, email: str = EMAIL) -> int:
    answer = await client.post("/api/v1/auth/login", json={"email": email, "password": password})
    return answer.status_code


async def guess(client: httpx.AsyncClient, times: int, email: str = EMAIL) -> list[int]:
    return [await status(client, "wrong", email) for _ in range(times)]


async def notices(api: Api) -> list[tuple[str, str]]:
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(notifications.c.kind, notifications.c.message).where(
                notifications.c.user_id == DEVELOPER.id
            )
        )
    return [(row.kind, row.message) for row in found]


async def failed_elsewhere(api: Api, email: str) -> None:
    """So many failures of other sources that the account is being guessed from everywhere."""
    async with device_at(api, ELSEWHERE) as stranger:
        await guess(stranger, 1, email)
    async with api.engine.begin() as connection:
        await connection.execute(update(sign_in_failures).values(failed=FAILURES_BEFORE_SLOWING))


async def test_a_lock_holds_up_only_whom_the_failures_came_from(guarded: Api) -> None:
    async with device_at(guarded, HOME) as owner, device_at(guarded, ELSEWHERE) as stranger:
        assert await guess(stranger, 5) == [401] * 5

        locked_out = await status(stranger)
        owner_gets_in = await status(owner)

    assert (locked_out, owner_gets_in) == (401, 200)


async def test_a_known_device_gets_in_from_the_address_that_is_locked(guarded: Api) -> None:
    """In one office, or behind one gateway of a network's customers."""
    async with device_at(guarded, HOME) as owner, device_at(guarded, HOME) as stranger:
        assert await status(owner) == 200
        await guess(stranger, 5)

        assert (await status(stranger), await status(owner)) == (401, 200)
        # What is known is a device for an account, and its failures are counted too.
        assert await guess(owner, 6) == [401] * 6
        assert await status(owner) == 401


async def test_a_device_of_somebody_else_is_not_known(guarded: Api) -> None:
    async with device_at(guarded, HOME) as stranger:
        stranger.cookies.set("__Host-device", "made-up", domain="registry.example", path="/")
        await guess(stranger, 5)
        stranger.cookies.clear()

        assert await status(stranger) == 401


async def test_the_owner_is_told_once_and_nobody_of_an_unknown_address(guarded: Api) -> None:
    async with device_at(guarded, ELSEWHERE) as stranger:
        await guess(stranger, 8)
        await guess(stranger, 8, UNKNOWN)

    assert await notices(guarded) == [("sign_in_locked", LOCK_NOTICE)]


@pytest.mark.parametrize("email", [EMAIL, UNKNOWN])
async def test_an_account_guessed_from_everywhere_is_slowed_and_never_locked(
    guarded: Api, email: str
) -> None:
    """An unknown address is answered alike, so that nobody learns from it."""
    async with device_at(guarded, HOME) as owner:
        await status(owner)
        owner.cookies.clear()
        await failed_elsewhere(guarded, email)
        answers = []
        for n in range(3):
            async with device_at(guarded, f"192.0.2.{n}") as another:
                answers += await guess(another, 1, email)

        assert answers == [401, 401, 429]
        assert await status(owner) == 200


@pytest.mark.parametrize(
    ("limit", "other"),
    [
        ("rate_limit_sign_ins_per_address_per_minute", UNKNOWN),
        ("rate_limit_sign_ins_per_source_per_minute", EMAIL),
    ],
)
async def test_sign_in_has_limits_of_its_own(
    guarded: Api, database_url: str, limit: str, other: str
) -> None:
    settings = settings_for(database_url, **{limit: 2})
    async with running_api(settings, guarded.engine) as limited, device_at(limited, HOME) as one:
        statuses = await guess(one, 2) + await guess(one, 1, other)
        answer = await one.post("/api/v1/auth/login", json={"email": other, "password": "x"})

    assert statuses == [401, 401, 429]
    assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_beyond_a_few_passwords_at_once_the_rest_is_turned_away_at_once() -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(6)).decode()
    checks = PasswordChecks(threads=1, waiting_max=3)

    async def check() -> bool | int:
        try:
            return await checks.is_right(PASSWORD, hashed)
        except TooManyRequests as refused:
            return refused.retry_after_seconds

    answers = await asyncio.gather(*(check() for _ in range(40)))
    later = await check()
    checks.close()

    assert sorted(answers, key=lambda answer: answer is True) == [2] * 36 + [True] * 4
    assert later is True


async def test_whoever_is_turned_away_in_a_crowd_asks_the_database_nothing(
    guarded: Api, database_url: str
) -> None:
    settings = settings_for(database_url, sign_in_threads=1, sign_ins_waiting_max=0)
    slow = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(12)).decode()
    async with running_api(settings, guarded.engine) as full, device_at(full, HOME) as one:
        passwords = full.app.state.resources.sign_ins.passwords
        under_way = asyncio.create_task(passwords.is_right(PASSWORD, slow))
        await asyncio.sleep(0)
        async with full.counting_queries() as asked, full.counting_queries(writing=True) as written:
            assert (await status(one), asked, written) == (429, [], [])
        assert await under_way


async def test_who_leaves_while_a_password_waits_leaves_room(guarded: Api) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(6)).decode()
    checks = PasswordChecks(threads=1, waiting_max=1)
    leaving = [asyncio.create_task(checks.is_right("wrong", hashed)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    await asyncio.sleep(0.1)

    assert await checks.is_right(PASSWORD, hashed)
    checks.close()


async def test_a_session_remembers_a_network_and_a_family_of_browsers(guarded: Api) -> None:
    async with device_at(guarded, HOME) as owner:
        await status(owner)
        device = owner.cookies["__Host-device"]
        await status(owner)
        again = owner.cookies["__Host-device"]

    async with guarded.engine.connect() as connection:
        rows = (await connection.execute(select(sessions))).mappings().all()
        left = await connection.execute(select(func.count()).select_from(sign_in_failures))
    assert {(row["ip_address"], row["user_agent"]) for row in rows} == {
        ("203.0.113.0/24", "Firefox")
    }
    assert device == again
    assert device not in {value for row in rows for value in row.values()}
    assert left.scalar_one() == 0
