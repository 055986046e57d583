"""A stranger with a browser reads what became of one project, from the front page to the certificate."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser


async def test_the_keyboard_reaches_the_content_first(page: Page, finished_story: Any) -> None:
    await page.goto(finished_story.url + "/projects")

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    assert await page.evaluate("document.activeElement.id") == "content"


async def test_a_serial_leads_to_its_certificate(page: Page, finished_story: Any) -> None:
    await page.goto(finished_story.url)

    await page.get_by_role("main").get_by_role("searchbox").fill(finished_story.serial)
    await page.get_by_role("main").get_by_role("button", name="Search").click()

    await expect(page).to_have_url(re.compile(f"/retirements/{finished_story.retirement_id}$"))
    await expect(page.get_by_role("main")).to_contain_text(finished_story.serial)


async def test_a_stranger_follows_the_certificate_to_the_evidence(
    page: Page, finished_story: Any
) -> None:
    await page.goto(f"{finished_story.url}/retirements/{finished_story.retirement_id}")
    await expect(page.locator(".step-done", has_text="Confirmed")).to_be_visible()
    await expect(page.locator("#record")).to_contain_text(finished_story.serial)
    await expect(page.get_by_text("Different", exact=True)).to_have_count(0)

    await page.locator(f'a[href="/projects/{finished_story.project_id}"]').click()

    await expect(page.locator("#evidence")).to_contain_text("SHA-256")
    await expect(page.get_by_role("listitem").filter(has_text="Credits issued")).to_be_visible()


async def test_the_certificate_can_be_downloaded_both_ways(page: Page, finished_story: Any) -> None:
    await page.goto(f"{finished_story.url}/retirements/{finished_story.retirement_id}")

    types = []
    for name in ("Certificate as PDF", "Certificate as JSON"):
        address = await page.get_by_role("link", name=name).get_attribute("href")
        answer = await page.request.get(f"{finished_story.url}{address}")
        types.append((answer.status, answer.headers["content-type"].split(";")[0]))

    assert types == [(200, "application/pdf"), (200, "application/json")]


async def test_the_front_page_shows_that_the_sum_holds(page: Page, finished_story: Any) -> None:
    await page.goto(finished_story.url)

    await expect(page.get_by_text("The sum holds")).to_be_visible()


async def test_everything_can_be_read_without_scripts(
    page_without_scripts: Page, finished_story: Any
) -> None:
    page = page_without_scripts
    await page.goto(f"{finished_story.url}/retirements/{finished_story.retirement_id}")

    await expect(page.get_by_role("heading", level=1)).to_contain_text("retired for ever")
    await expect(page.locator("#chain")).to_contain_text("Confirmed")
    await expect(page.locator("#record")).to_be_visible()
