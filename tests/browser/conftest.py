"""
Chromium on the pages of a finished story.

`finished_story` comes from tests/conftest.py: a registry that runs, with one project whose
retirement was confirmed and sealed. It has `url`, `project_id`, `retirement_id` and `serial`
(the retired entry's).
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, ViewportSize, async_playwright

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)
_KNOWN_PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def _installed() -> str | None:
    named = shutil.which("chromium") or shutil.which("google-chrome")
    return named or next((place for place in _KNOWN_PLACES if Path(place).exists()), None)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The machine's Chromium, or the one Playwright brought."""
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=_installed(), args=["--no-sandbox"]
            )
        except Error as error:
            if "Executable doesn't exist" not in str(error) or os.environ.get("CI"):
                raise
            pytest.skip(
                "There is no Chromium here: install it, or run `playwright install chromium`."
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
