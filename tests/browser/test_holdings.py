"""A buyer and a supplier trade on pages alone, and the buyer retires what they got."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from devstack.pages import signed_in

pytestmark = pytest.mark.browser


async def press(page: Page, button: str) -> None:
    await page.get_by_role("main").get_by_role("button", name=button).first.click()


async def test_credits_are_offered_asked_for_handed_over_and_retired(
    chromium: Browser, finished_story: Any
) -> None:
    supplier = await signed_in(chromium, finished_story.url, "developer")
    buyer = await signed_in(chromium, finished_story.url, "buyer")
    selling, buying = await supplier.new_page(), await buyer.new_page()

    # The demo left an offer and a request for some of it.
    await selling.goto("/desk/holdings")
    told = selling.get_by_role("status")
    project = selling.locator(f'a[href="/projects/{finished_story.project_id}"]')
    held = selling.get_by_role("row").filter(has=project).filter(has_text="Yes, with your name")
    await held.get_by_role("button", name="Withdraw").click()
    await expect(told).to_have_text("These credits are listed no more.")
    held = selling.get_by_role("row").filter(has=project).filter(has_text="Show our name")
    await held.get_by_label("Show our name").first.check()
    await held.get_by_role("button", name="Offer").first.click()
    await expect(told).to_have_text("These credits are listed for everybody now.")
    await buying.goto(f"/credits?project={finished_story.project_id}")
    await buying.get_by_role("link", name="Ask").first.click()
    await buying.get_by_label("Note to the holder").fill("For 2025")
    await buying.get_by_label("Tonnes of CO2e").fill("99999999")
    await press(buying, "Ask the holder")
    assert "99999999.00 t were asked for" in await buying.locator("#quantity-fault").inner_text()
    assert await buying.evaluate("document.activeElement.id") == "quantity"
    assert await buying.get_by_label("Note to the holder").input_value() == "For 2025"
    await buying.get_by_label("Tonnes of CO2e").fill("3.00")
    await press(buying, "Ask the holder")
    assert "You hear from us when they answer" in await buying.get_by_role("status").inner_text()

    await selling.reload()
    request = selling.get_by_role("row").filter(has_text="For 2025")
    await request.get_by_role("button", name="Accept 3.00 t").click()
    await request.get_by_role("link", name="Hand over").click()
    await press(selling, "Hand over")
    await expect(told).to_contain_text("handed over")

    await buying.goto("/desk/holdings")
    assert await buying.get_by_text("Handed over", exact=True).count() >= 1
    row = buying.get_by_role("row").filter(has_text="3.00").filter(has_text="Retire")
    await row.get_by_role("link", name="Retire").first.click()
    await buying.get_by_label("Tonnes of CO2e").fill("3.00")
    await press(buying, "Go on")
    await buying.get_by_label("Name nobody").check()
    await buying.get_by_label("Purpose").fill("Voluntary claim")
    await buying.get_by_label("Reason").fill("Crossings in 2025")
    await press(buying, "Go on")
    shown = await buying.get_by_role("main").inner_text()
    assert "Crossings in 2025" in shown
    assert "Karbonica Carbon Credit Retirement" in shown
    await press(buying, "Retire 3.00 t for ever")
    await buying.wait_for_url("**/retirements/*")
    badge = await buyer.request.get(f"{buying.url}/badge.svg")
    assert "3.00 t CO2e retired" in await badge.text()
    await supplier.close()
    await buyer.close()
