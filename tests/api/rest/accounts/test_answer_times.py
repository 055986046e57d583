"""
Whether an e-mail has an account is not told by how long an answer takes (ADR 0064, ADR 0050).

Each call is timed for a known and an unknown e-mail in turn. Other load only ever adds to a time, so that
the lower quartiles are compared. Passwords are hashed in a sixteenth of production's time: what else differs
would stand out the more.
"""

import time
from collections.abc import AsyncIterator, Callable
from statistics import quantiles
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.accounts.sign_in import FAILURES_BEFORE_SLOWING
from tests.api.caller import PUBLIC_URL, Api, running_api, settings_for
from tests.api.pages.browsing import email_of, give_password
from tests.factories import DEVELOPER

pytestmark = pytest.mark.proof

PAIRS = FAILURES_BEFORE_SLOWING - 5
BCRYPT_COST = 8
RATIO_MAX = 1.1
Body = Callable[[str], dict[str, Any]]
CALLS: dict[str, Body] = {
    "login": lambda email: {"email": email, "password": "Kelp-forest-41!"},
    "register": lambda email: {
        "email": email,
        "password": "Kelp-forest-41!",
        "name": "Asha Rao",
        "company": None,
        "role": "buyer",
    },
    "forgot-password": lambda email: {"email": email},
}


@pytest.fixture
async def with_room(database_url: str, engine: AsyncEngine) -> AsyncIterator[Api]:
    plenty = dict.fromkeys(
        (
            "rate_limit_sign_ins_per_address_per_minute",
            "rate_limit_sign_ins_per_source_per_minute",
            "sign_ins_waiting_max",
            "new_passwords_waiting_max",
        ),
        100_000,
    )
    async with running_api(
        settings_for(database_url, bcrypt_cost=BCRYPT_COST, **plenty), engine
    ) as api:
        await give_password(api, DEVELOPER, cost=BCRYPT_COST)
        yield api


async def seconds_of(api: Api, call: str, email: str, turn: int) -> float:
    """From an address of its own, so that no lock answers instead."""
    transport = httpx.ASGITransport(api.app, client=(f"203.0.113.{turn + 1}", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        began = time.perf_counter()
        answer = await client.post(f"/api/v1/auth/{call}", json=CALLS[call](email))
        took = time.perf_counter() - began
    assert answer.status_code in {201, 202, 401}, answer.text
    return took


@pytest.mark.parametrize("call", CALLS)
async def test_known_and_unknown_take_the_same_time(with_room: Api, call: str) -> None:
    known = email_of(DEVELOPER)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(PAIRS):
        unknown = f"nobody{turn}@people.example"
        # Who is first changes from turn to turn: what warms up, warms up for both.
        order = [known, unknown] if turn % 2 else [unknown, known]
        for email in order:
            took = await seconds_of(with_room, call, email, turn)
            seconds[email == known].append(took)

    quick = {is_known: quantiles(took, n=4)[0] for is_known, took in seconds.items()}
    found = quick[True] / quick[False]
    print(f"{call}: known/unknown {found:.3f} of {PAIRS} pairs")
    assert 1 / RATIO_MAX <= found <= RATIO_MAX
