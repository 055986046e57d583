"""
The board of staff and a round's page: what stands where, who is offered, and what it costs (ADR 0093).

Temporal is away; that an assignment and a countersignature happen is shown in tests/browser/test_staff_desk.py.
"""

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest

from adapters.postgres.queries import PageRequest
from bench.board_rows import add_rounds
from domain.projects.board import RoundStage, StageDeadlines
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, give_password, sign_in, words_of
from tests.factories import ADMINISTRATOR, DEVELOPER, VERIFIER

DEADLINES = StageDeadlines(timedelta(days=3), timedelta(days=30), timedelta(days=3))
PAGE = PageRequest(50, newest_first=False)


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(api) as made:
        await give_password(api, ADMINISTRATOR)
        assert (await sign_in(made, ADMINISTRATOR)).status_code == 303
        yield made


async def crowd(database_url: str, rounds: int) -> None:
    connection = await asyncpg.connect(database_url)
    await add_rounds(connection, rounds, supplier=DEVELOPER.id, verifier=VERIFIER.id)
    await connection.close()


async def test_x(api: Api, database_url: str, browser: httpx.AsyncClient) -> None:
    await crowd(database_url, 400)
    page = await browser.get("/staff")
    print(page.status_code, len(gzip.compress(page.content)), len(page.content))
    print(words_of(page)[:3000])
    import re

    for stage in RoundStage:
        p = await browser.get(f"/staff?stage={stage}")
        one = re.search(r"/staff/verifications/([0-9a-f-]{36})", p.text)[1]
        q = await browser.get(f"/staff/verifications/{one}")
        print(q.status_code, words_of(q)[:1500])
    o = await api.client.get("/api/v1/admin/overview", headers=await api.signed_in(ADMINISTRATOR))
    print(o.status_code, str(o.json())[:600])


async def test_z(api: Api, database_url: str, browser: httpx.AsyncClient) -> None:
    page = await browser.get("/staff/registry")
    (form,) = forms_on(page, "/staff/registry")
    q = await browser.post("/staff/registry", data=form | {"reason": "A recount."})
    print(q.status_code, words_of(q))
    for p in ("/staff/alerts", "/staff/proposals?status=all", "/staff/proposals"):
        q = await browser.get(p)
        print(q.status_code, words_of(q))
