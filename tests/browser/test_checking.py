"""A stranger with a browser and a certificate.json finds out whether it is true."""

from itertools import pairwise
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
async def certificate(http: httpx.AsyncClient, finished_story: Any) -> bytes:
    answer = await http.get(
        f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate.json"
    )
    return answer.content


async def check(page: Page, url: str, raw: bytes) -> None:
    """By keyboard alone but for the choice of the file, which the system's own dialogue makes."""
    await page.goto(f"{url}/verify")
    await page.get_by_label("The file").set_input_files(
        {"name": "certificate.json", "mimeType": "application/json", "buffer": raw}
    )
    await page.get_by_role("button", name="Check it").press("Enter")
    await expect(page.get_by_role("heading", name="checks, one by one")).to_be_visible()


async def states(page: Page) -> list[str]:
    """What each check says in words; the mark beside it says the same again."""
    return await page.locator(".check .badge").all_inner_texts()


async def is_readable(page: Page) -> None:
    """No wider than the screen, headings in order, every field named, no state by colour alone."""
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    levels = await page.eval_on_selector_all(
        "h1, h2, h3", "found => found.map(heading => Number(heading.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    unnamed = await page.eval_on_selector_all(
        "main input, main textarea", "found => found.filter(one => !one.labels.length).length"
    )
    assert unnamed == 0
    marks = await page.eval_on_selector_all(
        ".check, .verdict", "found => found.map(one => getComputedStyle(one, '::before').content)"
    )
    signs = ("✓", "✕", "\N{EN DASH}", "?")
    assert all(mark.strip('"').startswith(signs) for mark in marks)


async def test_a_true_certificate_holds_with_every_check_named(
    page: Page, finished_story: Any, certificate: bytes
) -> None:
    await check(page, finished_story.url, certificate)

    await expect(page.get_by_role("heading", name="It holds")).to_be_visible()
    assert await states(page) == ["Passed"] * 14
    await expect(page.get_by_text("No reversal touches it.")).to_be_visible()
    await is_readable(page)


async def test_a_certificate_that_was_changed_is_refused_with_the_reason(
    page: Page, finished_story: Any, certificate: bytes
) -> None:
    await check(page, finished_story.url, certificate.replace(b'"purpose":"', b'"purpose":"x', 1))

    await expect(page.get_by_role("heading", name="Do not rely on it")).to_be_visible()
    said = await states(page)
    assert (said.count("Failed"), said.count("Not checked")) == (2, 4)
    await expect(page.locator(".verdict")).to_contain_text(
        "The contents do not have the SHA-256 that the proof states."
    )
    await is_readable(page)


async def test_the_certificates_page_leads_to_its_check(page: Page, finished_story: Any) -> None:
    await page.goto(f"{finished_story.url}/retirements/{finished_story.retirement_id}")

    await page.get_by_role("link", name="Check this certificate").click()
    await page.get_by_role("button", name="Check it").click()

    await expect(page.get_by_role("heading", name="It holds")).to_be_visible()


async def test_a_certificate_can_be_checked_without_scripts(
    page_without_scripts: Page, finished_story: Any, certificate: bytes
) -> None:
    page = page_without_scripts

    await check(page, finished_story.url, certificate)
    await expect(page.get_by_role("heading", name="It holds")).to_be_visible()
    await page.get_by_label("Or its text").fill("no certificate")
    await page.get_by_role("button", name="Check it").click()

    await expect(page.locator(".verdict")).to_contain_text("It is not JSON")
