"""The desk for the audit log: who may look, what it shows, and what is no filter."""

from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.postgres.database import PostgresDatabase
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, give_password, sign_in, words_of
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Of somebody on staff; before that a buyer was refused."""
    refused = await api.client.get("/api/v1/users", headers=await api.signed_in(BUYER))
    assert refused.status_code == 403
    async with PostgresDatabase(api.engine).transaction() as work:
        assert await work.audit.chain_queued(100) == 1
    await give_password(api, ADMINISTRATOR)
    async with browser_of(api) as made:
        assert (await sign_in(made, ADMINISTRATOR)).status_code == 303
        yield made


async def test_it_shows_who_did_what_and_from_where(browser: httpx.AsyncClient) -> None:
    whole = words_of(await browser.get("/staff/audit"))
    filtered = words_of(await browser.get(f"/staff/audit?user={BUYER.id}&eventType=access"))
    none = words_of(await browser.get(f"/staff/audit?resource={DEVELOPER.id}"))

    assert "session.begun" in whole
    for page in (whole, filtered):
        assert "access.refused" in page
        assert str(BUYER.id) in page
        assert "127.0.0.0/24" in page
    assert "session.begun" not in filtered
    assert "No entry is like that." in none


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("user=x", "Account must be an id"),
        ("resource=1", "Resource must be an id"),
        ("from=yesterday", "From must be a day"),
        ("to=2026-02-30", "To must be a day"),
        ("to=9999-12-31", "To must be a day"),
        ("from=0001-01-01", "From must be a day"),
    ],
)
async def test_what_is_no_filter_is_said(browser: httpx.AsyncClient, query: str, said: str) -> None:
    for path in ("/staff/audit", "/staff/audit/download"):
        page = await browser.get(f"{path}?{query}")

        assert page.status_code == 400
        assert said in words_of(page)


async def test_what_is_shown_can_be_taken_away(browser: httpx.AsyncClient) -> None:
    file = await browser.get(f"/staff/audit/download?format=csv&user={BUYER.id}")

    assert file.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert [line.split(",")[2] for line in file.text.splitlines()] == [
        "eventType",
        "access.refused",
    ]


async def test_it_is_for_staff_alone_and_others_leave_an_entry(api: Api) -> None:
    await give_password(api, BUYER)
    async with browser_of(api) as browser:
        await sign_in(browser, BUYER)
        refused = await browser.get("/staff/audit")
    async with PostgresDatabase(api.engine).transaction() as work:
        noted = await work.audit.chain_queued(100)
    async with browser_of(api) as nobody:
        asked = await nobody.get("/staff/audit")

    assert (refused.status_code, noted) == (403, 1)
    assert asked.headers["Location"] == "/sign-in?next=/staff/audit"
