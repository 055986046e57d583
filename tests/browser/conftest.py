"""
Chromium on the pages of a finished story.

`finished_story` comes from tests/conftest.py: a registry that runs, with one project whose
retirement was confirmed and sealed. It has `url`, `project_id`, `retirement_id` and `serial`
(the retired entry's).
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from devstack.chromium import find_chromium
from devstack.npm import find_node, install

AXE = Path(__file__).with_name("axe")
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)


@pytest.fixture(scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """The machine's Chromium, else the one from npm; without any, every test that asks fails."""
    log = Path(tmp_path_factory.mktemp("chromium")) / "npm.log"
    found = await find_chromium(log, lambda: None, browser=os.environ.get("BROWSER"))
    if found is None:
        pytest.skip("BROWSER=none: no page was opened in a browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.executable,
            args=["--no-sandbox"],
            env={**os.environ, **found.environment},
        )
        yield browser
        await browser.close()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page, on a phone and at a desk; anything the browser complains about fails the test."""
    complaints: list[str] = []
    context = await chromium.new_context(viewport=request.param)
    made = await context.new_page()
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    yield made
    await context.close()
    assert complaints == []


@pytest.fixture
async def page_without_scripts(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


@pytest.fixture(scope="session")
async def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    await install(find_node(), AXE, tmp_path_factory.mktemp("axe") / "npm.log", lambda: None)
    return AXE / "node_modules" / "axe-core" / "axe.min.js"
