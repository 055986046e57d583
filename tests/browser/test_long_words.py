"""
Whatever people typed, no page is wider than a small phone: one word of 200 wide letters in every field.

The pages alone, over HTTP from this process, on rows that no request could have written so quickly.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser, ViewportSize
from sqlalchemy import text

from devstack.ports import choose_ports
from tests.api.caller import running_api, settings_for
from tests.api.registry_rows import RegistryRows
from tests.databases import Databases, engine_for

SMALL_PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1024, height=800)
WORD = "W" * 200
SERVER_ERROR = 500
TYPED = (
    "UPDATE projects SET location = CAST(:word AS text), description = :word || E'\\n' || :word",
    "UPDATE users SET company = :word",
    "UPDATE verification_events SET message = :word",
    "UPDATE documents SET name = :word",
    "UPDATE retirements SET purpose = CAST(:word AS text), reason = CAST(:word AS text), beneficiary_identifier = left(CAST(:word AS text), 100)",
)
PAGES = (
    *(
        "/",
        "/projects",
        "/retirements",
        "/audit",
        "/chain",
        "/conservation",
        "/open-data",
        "/verify",
    ),
    *("/keys", "/ledger-rules", "/sign-in", "/no-such-page"),
    *("/search?q={word}", "/search?q=WWW", "/projects?q=WWW", "/projects?q={word}x"),
    *("/projects/{project}", "/retirements/{retirement}", "/credits/{serial}", "/units/1"),
)


@pytest.fixture(scope="module")
async def addresses(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[str]]:
    port = choose_ports(tmp_path_factory.mktemp("ports"))["api"]
    async with databases.fresh() as url:
        engine = engine_for(url)
        rows = RegistryRows(engine)
        project = await rows.project(WORD)
        retirement_id = await rows.retirement(
            project, beneficiary=WORD, chain="confirmed", confirmations=8
        )
        async with engine.begin() as connection:
            # What is written stays as it is; here it is written so that every field is full.
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in TYPED:
                await connection.execute(text(statement), {"word": WORD})
        async with running_api(settings_for(url), engine) as api:
            server = uvicorn.Server(
                uvicorn.Config(api.app, port=port, lifespan="off", log_level="error")
            )
            serving = asyncio.create_task(server.serve())
            filled = [
                page.format(
                    word=WORD,
                    project=project.id,
                    retirement=retirement_id,
                    serial=project.serial(2),
                )
                for page in PAGES
            ]
            yield [f"http://127.0.0.1:{port}{page}" for page in filled]
            server.should_exit = True
            await serving
        await engine.dispose()


@pytest.mark.parametrize("size", [SMALL_PHONE, DESK], ids=["phone", "desk"])
async def test_no_page_is_wider_than_the_screen(
    chromium: Browser, addresses: list[str], size: ViewportSize
) -> None:
    context = await chromium.new_context(viewport=size)
    page = await context.new_page()
    widths = {}
    assert len(addresses) == len(PAGES)
    for address in addresses:
        answer = await page.goto(address)
        assert answer is not None
        assert answer.status < SERVER_ERROR, address
        widths[address] = await page.evaluate("document.documentElement.scrollWidth")
    await context.close()

    assert max(widths.values()) <= size["width"], widths
