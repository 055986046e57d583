"""Staff at the board: a round is assigned in one step, given to another one, and decided; two tabs meet."""

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from devstack.stack import Stack
from tests.browser.conftest import PHONE
from tests.browser.test_desk import is_readable, sign_in
from tests.browser.test_every_page import RULES, RUN_AXE
from tests.conftest import People
from tests.journeys.project_life import register

pytestmark = pytest.mark.browser

WHY = "The verifier is ill, and the deadline has passed."


async def is_fit(page: Page, name: str, axe: Path) -> None:
    """Readable, and without a fault that axe finds."""
    await is_readable(page, name)
    await page.evaluate(axe.read_text())
    assert await page.evaluate(RUN_AXE, RULES) == [], name


async def test_staff_assign_and_decide_a_round_and_a_second_tab_is_told_who_was_first(
    chromium: Browser, stack: Stack, people: People, axe: Path
) -> None:
    title = f"Biochar of {uuid4().hex[:8]}"
    project = await register(people, title=title)
    address = f"{stack.api_url}/staff/verifications/{project['verificationId']}"
    context = await chromium.new_context(viewport=PHONE)
    first, second = await context.new_page(), await context.new_page()
    await first.goto(f"{stack.api_url}/sign-in?next=/staff")
    await sign_in(first)
    await second.goto(address)

    await first.get_by_label("Project", exact=True).fill(title)
    await first.get_by_role("button", name="Show").click()
    await first.wait_for_url("**/staff?*project=*")
    row = first.get_by_role("row").filter(has_text=title)
    await expect(row.get_by_label("Give it to")).to_be_visible()
    await is_fit(first, "board", axe)
    await row.get_by_label("Give it to").select_option(people.verifier.user["id"])
    await row.get_by_role("button", name="Assign").click()
    await expect(first.get_by_role("status")).to_contain_text("The verifier has it")
    # The filter is as it was.
    await expect(first.get_by_label("Project", exact=True)).to_have_value(title)
    await expect(row).to_contain_text("In review")

    await second.get_by_role("combobox", name="Verifier").select_option(people.verifier.user["id"])
    await second.get_by_role("button", name="Assign").click()
    told = second.get_by_role("alert")
    await expect(told).to_contain_text("with that verifier already")
    await expect(told).to_contain_text("The newest step: Verifier assigned, by")
    await is_fit(second, "round-two-tabs", axe)

    await first.goto(address)
    await first.get_by_text("Approve or reject it yourself").click()
    reject = first.locator("form").filter(has=first.get_by_role("button", name="Reject"))
    await reject.get_by_label("Why you decide").fill(WHY)
    await reject.get_by_label("Why it is rejected").fill("The kilns do not exist.")
    await reject.get_by_role("button").click()
    await expect(first.get_by_role("status")).to_contain_text("It is rejected")
    await expect(first.get_by_text(WHY)).to_be_visible()
    history = await first.get_by_role("link", name="history").get_attribute("href")
    for path in ("proposals?status=all", "alerts", "registry"):
        await first.goto(f"{stack.api_url}/staff/{path}")
        await is_fit(first, f"staff-{path.partition('?')[0]}", axe)
    await context.close()

    rejected = await people.supplier.get(f"/verifications/{project['verificationId']}")
    assert (rejected["status"], rejected["steadReason"]) == ("rejected", WHY)
    assert history == (
        f"{stack.temporal_ui_url}/namespaces/default/workflows/"
        f"verification%2F{project['verificationId']}"
    )
    places = [one["link"] for one in await people.verifier.get("/me/notifications")]
    assert f"/desk/reviews/{project['verificationId']}" in places
