"""The API's documentation in a browser: from here alone, and under its own strict policy."""

import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.api.caller import running_api, settings_for
from tests.browser.serving import served_on
from tests.databases import engine_for

pytestmark = pytest.mark.browser


@pytest.fixture
async def address(database_url: str) -> AsyncIterator[str]:
    engine = engine_for(database_url)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with (
        running_api(settings_for(database_url, public_url=url), engine) as api,
        served_on(api, listening),
    ):
        yield url
    await engine.dispose()


async def test_the_documentation_shows_operations_and_asks_no_other_host(
    page: Page, address: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto(f"{address}/api/docs")
    # Swagger UI draws further operations as one comes near them.
    await expect(page.locator(".opblock").first).to_be_visible(timeout=60_000)
    await page.get_by_text("/api/v1/auth/login", exact=True).click()
    await expect(page.get_by_text("correct horse battery staple").first).to_be_visible()

    # Images within the style sheet are no requests to anybody.
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    assert hosts == {urlsplit(address).netloc}
