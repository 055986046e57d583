"""
The whole story on pages alone: four people, from the first form to a certificate that is shared, and what goes wrong.

Nobody calls the API. What is told: a project is registered; two findings are raised, one of them by a form whose
session ran out meanwhile; both are answered; the round is rejected with a public reason and resubmitted; it is
approved on a statement for more than was announced, so that staff tick and countersign; a second tab is told that it
came too late. Of what is issued a buyer asks for three parts: one request they take back, two are handed over, and
they retire a quantity of both, while the chain is away. A second monitoring period is opened; staff cancel, and record a loss.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from api.http.identity.sessions import token_hash
from devstack.pages import signed_in
from devstack.seed import ACCOUNTS
from devstack.stack import Stack
from tests.browser.test_desk import is_readable, sign_in
from tests.browser.test_every_page import RULES, RUN_AXE

pytestmark = pytest.mark.browser

VERIFIER = ACCOUNTS[2]
TITLE = f"Terraces at Tafi {uuid4().hex[:8]}"
PUBLIC_REASON = "The series of the lower terraces is missing."
YEAR = str(datetime.now(UTC).year)
SEALED_SECONDS = 90
LAST_YEAR = str(datetime.now(UTC).year - 1)


@dataclass
class Desks:
    """A page of each of the four; addresses are relative."""

    supplier: Page
    verifier: Page
    staff: Page
    buyer: Page
    axe: Path
    tables: asyncpg.Connection
    chain: httpx.AsyncClient
    """The devnet's own switches."""

    async def look(self, page: Page, name: str) -> None:
        """Readable, and without a fault that axe finds."""
        await is_readable(page, f"story-{name}")
        await page.evaluate(self.axe.read_text())
        assert await page.evaluate(RUN_AXE, RULES) == [], name

    async def end_session(self, page: Page) -> None:
        """It runs out, as after a quarter of an hour without anything pressed."""
        cookies = await page.context.cookies()
        token = next(one["value"] for one in cookies if one["name"].endswith("session"))
        await self.tables.execute(
            "UPDATE sessions SET access_expires_at = now() - interval '1 minute' WHERE access_token_hash = $1",
            token_hash(token),
        )


@pytest.fixture
async def desks(chromium: Browser, stack: Stack, axe: Path) -> AsyncIterator[Desks]:
    contexts: list[BrowserContext] = [
        await signed_in(chromium, stack.api_url, who)
        for who in ("developer", "verifier", "administrator", "buyer")
    ]
    tables = await asyncpg.connect(stack.database_url)
    supplier, verifier, staff, buyer = [await context.new_page() for context in contexts]
    async with httpx.AsyncClient(base_url=stack.devnet_url, trust_env=False) as chain:
        yield Desks(supplier, verifier, staff, buyer, axe, tables, chain)
        await chain.post("/devnet/fault", json={"clear": True})
    await tables.close()
    for context in contexts:
        await context.close()


async def press(page: Page, button: str | re.Pattern[str]) -> None:
    await page.get_by_role("main").get_by_role("button", name=button).first.click()


async def told(page: Page, sentence: str) -> None:
    await expect(page.get_by_role("status").first).to_contain_text(sentence)


async def test_the_whole_story_on_pages_alone(desks: Desks) -> None:
    project = await register(desks)
    await assign(desks)
    first = await findings_are_raised_and_answered(desks, project)
    await rejected_in_public_and_resubmitted(desks, project, first)
    await assign(desks)
    await approve_and_countersign(desks)
    await trade(desks, project)
    certificate = await retire_and_share_while_the_chain_is_away(desks)
    await second_period(desks, project)
    await staff_act_on_the_ledger(desks, project)
    await sealed_once_the_chain_is_back(desks, certificate)


async def register(desks: Desks) -> str:
    page = desks.supplier
    await page.goto("/desk/projects/new?step=project")
    await page.get_by_label("Title").fill(TITLE)
    await page.get_by_label("Type").select_option("soil_carbon")
    await page.get_by_label("Description").fill("Terraces keep the soil where it is.")
    await press(page, "Save and go on")
    await page.get_by_label("Location").fill("Tucumán")
    await page.get_by_label("Country").select_option("ARG")
    await page.get_by_label("Latitude").fill(f"-{uuid4().int % 8_000_000 / 100_000:.5f}")
    await page.get_by_label("Longitude").fill(f"-{uuid4().int % 17_000_000 / 100_000:.5f}")
    await press(page, "Save and go on")
    await page.get_by_label("Announced quantity").fill("100")
    await page.get_by_label("Start date").fill(f"{LAST_YEAR}-01-01")
    await press(page, "Save and go on")
    await press(page, "Register the project")
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    return page.url.partition("/desk/projects/")[2].partition("?")[0]


async def upload(page: Page, kind: str, name: str, button: str, sentence: str) -> None:
    await page.locator("#document_type").select_option(kind)
    await page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "text/markdown", "buffer": f"# {name} {uuid4()}\n".encode()}
    )
    await press(page, button)
    await page.wait_for_url("**done=document**")
    await told(page, sentence)


async def assign(desks: Desks) -> None:
    """The board is where it waits; whoever is in scope is offered."""
    page = desks.staff
    await page.goto(f"/staff?project={TITLE.replace(' ', '+')}&stage=assignment")
    row = page.get_by_role("row").filter(has_text=TITLE)
    offered = row.get_by_role("option").filter(has_text=VERIFIER[1])
    await row.get_by_label("Give it to").select_option(await offered.first.get_attribute("value"))
    await row.get_by_role("button", name="Assign").click()
    await told(page, "The verifier has it")


async def review(desks: Desks) -> str:
    """From the queue to the newest round; its address."""
    page = desks.verifier
    await page.goto("/desk/reviews")
    item = page.get_by_role("listitem").filter(has_text=TITLE).first
    await item.get_by_role("button", name="I have no conflict of interest").click()
    await told(page, "no conflict of interest")
    return page.url.partition("?")[0]


async def findings_are_raised_and_answered(desks: Desks, project: str) -> str:
    supplier, verifier = desks.supplier, desks.verifier
    await upload(supplier, "project_description", "Terraces.md", "Upload", "document")
    address = await review(desks)
    await verifier.get_by_role("link", name="Terraces.md", exact=True).click()
    await verifier.get_by_label("What you found").fill("The lower terraces are not on the map.")
    await press(verifier, "Raise the finding")
    await told(verifier, "The finding is raised")
    one = verifier.url.partition("?")[0]

    # The session runs out while the second one is written; signed in again, it is as it was.
    await verifier.get_by_role("link", name=re.compile("Findings of round")).click()
    await verifier.get_by_label("What you found").fill("Which scale was used?")
    await verifier.get_by_label("Kind").select_option("clarification")
    await desks.end_session(verifier)
    await press(verifier, "Raise the finding")
    await sign_in(verifier, VERIFIER)
    await expect(verifier.get_by_label("What you found")).to_have_value("Which scale was used?")
    await expect(verifier.get_by_label("Kind")).to_have_value("clarification")
    await expect(verifier.get_by_text("nothing of it was sent")).to_be_visible()
    await desks.look(verifier, "kept-finding")
    await press(verifier, "Raise the finding")
    await told(verifier, "The finding is raised")

    for finding in (one, verifier.url.partition("?")[0]):
        await supplier.goto(finding)
        await supplier.get_by_label("Your answer").fill(
            "It is on the new map, and so is the scale."
        )
        await press(supplier, "Send the answer")
        await told(supplier, "Your reply stands in the thread")
    await supplier.goto(f"/desk/projects/{project}")
    return address


async def rejected_in_public_and_resubmitted(desks: Desks, project: str, address: str) -> None:
    supplier, verifier = desks.supplier, desks.verifier
    second_tab = await verifier.context.new_page()
    for page in (verifier, second_tab):
        await page.goto(f"{address}/reject")
    for page in (verifier, second_tab):
        await page.get_by_label("Reason", exact=True).fill("The series is not there.")
        await page.get_by_label("What everybody is told").fill(PUBLIC_REASON)
        await press(page, "Go on to what you sign")
    await press(verifier, "Sign and reject")
    await expect(verifier.get_by_role("heading", name="Rejected")).to_be_visible()
    # The other tab is told who was first, and nothing is decided twice.
    await press(second_tab, "Sign and reject")
    await expect(second_tab.get_by_role("heading", level=1)).to_have_text("Already rejected")
    await desks.look(second_tab, "second-tab")
    await second_tab.goto(f"/projects/{project}")
    await expect(second_tab.get_by_text(PUBLIC_REASON)).to_be_visible()
    await second_tab.close()

    await supplier.goto(f"/desk/projects/{project}")
    await supplier.get_by_label("What changed since").first.fill(
        "The lower terraces were measured."
    )
    await press(supplier, "Resubmit")
    await told(supplier, "round")
    for kind, name in (
        ("project_description", "Terraces, new.md"),
        ("monitoring_plan", "Plan.md"),
        ("monitoring_report", "Series.md"),
    ):
        await upload(supplier, kind, name, "Upload", "document")


async def approve_and_countersign(desks: Desks) -> None:
    verifier, staff = desks.verifier, desks.staff
    address = await review(desks)
    await upload(verifier, "verification_report", "Report.md", "Add it", "counted as evidence")
    await verifier.get_by_role("link", name="Verification statement").click()
    await verifier.get_by_label("Scope").fill("Both terraces.")
    await verifier.get_by_label("Criteria").fill("ISO 14064-2.")
    await verifier.get_by_label("Materiality").fill("5")
    await verifier.get_by_label("Uncertainty").fill("2")
    await verifier.get_by_label(f"{LAST_YEAR}, stated").fill("120")
    await verifier.get_by_label("Independence").fill("We never worked for them.")
    await press(verifier, "Write the statement")
    await told(verifier, "The statement is written")
    await verifier.goto(f"{address}/approve")
    # It begins with what was stated.
    await expect(verifier.get_by_label(LAST_YEAR, exact=True)).to_have_value("120.00")
    await verifier.get_by_label("Notes").fill("Maps, scale and series agree.")
    duplicates = verifier.get_by_label("Why it is none of the projects")
    if await duplicates.count():
        await duplicates.fill("It has terraces of its own.")
    await press(verifier, "Go on to what you sign")
    await press(verifier, "Sign and approve")
    await expect(verifier.get_by_role("heading", name="Approved")).to_be_visible()

    # More than the 100 t that were announced: another pair of eyes.
    await staff.goto(f"/staff?project={TITLE.replace(' ', '+')}&stage=countersignature")
    await staff.get_by_role("row").filter(has_text=TITLE).get_by_role("link").first.click()
    for box in await staff.get_by_role("checkbox").all():
        await box.check()
    await press(staff, "Keep the checklist")
    await told(staff, "The checklist is kept")
    await press(staff, "Countersign")
    await told(staff, "It is countersigned")


async def trade(desks: Desks, project: str) -> None:
    """Three parts are asked for: one is taken back, two are accepted and handed over."""
    selling, buying = desks.supplier, desks.buyer
    await selling.goto("/desk/holdings")
    of_project = selling.locator(f'a[href="/projects/{project}"]')
    held = selling.get_by_role("row").filter(has=of_project).filter(has_text="Show our name")
    # Issuance follows the countersignature, a moment later.
    while not await held.count():
        await selling.reload()
    await held.get_by_role("button", name="Offer").click()
    await told(selling, "listed for everybody now")
    for tonnes, note in (("7", "For nobody"), ("5", "For the ferries"), ("4", "For the harbour")):
        await buying.goto(f"/credits?project={project}")
        await buying.get_by_role("link", name="Ask").first.click()
        await buying.get_by_label("Note to the holder").fill(note)
        await buying.get_by_label("Tonnes of CO2e").fill(tonnes)
        await press(buying, "Ask the holder")
        await told(buying, "You hear from us when they answer")
        if note == "For nobody":
            mine = buying.get_by_role("row").filter(has_text="7.00").filter(has_text=TITLE)
            await mine.get_by_role("button", name="Cancel").click()
            await told(buying, "The reservation is cancelled")
            continue
        await selling.goto("/desk/holdings")
        if note == "For the ferries":
            taken_back = selling.get_by_role("row").filter(has_text="For nobody")
            await expect(taken_back.get_by_role("button")).to_have_count(0)
        asked = selling.get_by_role("row").filter(has_text=note)
        await asked.get_by_role("button", name="Accept").click()
        await asked.get_by_role("link", name="Hand over").click()
        await press(selling, "Hand over")
        await told(selling, "handed over")


async def retire_and_share_while_the_chain_is_away(desks: Desks) -> str:
    """A quantity of the vintage: one certificate of two entries, with a record for each; its address."""
    page = desks.buyer
    (
        await desks.chain.post("/devnet/fault", json={"status": 503, "times": 100_000})
    ).raise_for_status()
    await page.goto("/desk/retire")
    pool = (
        await page.locator("option")
        .filter(has_text=f"{TITLE}, {LAST_YEAR}")
        .first.get_attribute("value")
    )
    await page.get_by_label("Credits", exact=True).select_option(pool)
    await page.get_by_label("Tonnes of CO2e").fill("9.5")
    await press(page, "Go on")
    await expect(page.locator("#quantity-fault")).to_contain_text("9.00 t are active")
    await desks.look(page, "retire-too-much")
    await page.get_by_label("Tonnes of CO2e").fill("6.5")
    await press(page, "Go on")
    await page.get_by_label("Legal name").fill("Harbour Ferries AB")
    await page.get_by_label("Country").fill("SE")
    await page.get_by_label("Purpose").fill("Voluntary claim")
    await page.get_by_label("Reason").fill("Crossings in the year of the terraces")
    await press(page, "Go on")
    await expect(page.get_by_text("Crossings in the year of the terraces")).to_have_count(2)
    await expect(page.get_by_text("6.50 t of 2 entries")).to_be_visible()
    await desks.look(page, "retire-last-look")
    await press(page, "Retire 6.50 t for ever")
    await page.wait_for_url("**/retirements/*")
    await desks.look(page, "certificate")
    assert "6.50" in await page.title() or "6.50" in await page.locator("h1").inner_text()
    preview = page.locator('meta[property="og:title"]')
    assert "6.50" in (await preview.get_attribute("content") or "")
    # Shared: whoever has the link needs no account.
    stranger = await (await page.context.browser.new_context()).new_page()  # type: ignore[union-attr]
    await stranger.goto(page.url)
    await expect(stranger.get_by_text("Harbour Ferries AB").first).to_be_visible()
    await expect(stranger.get_by_text("valid now; it is sealed when")).to_be_visible()
    await stranger.context.close()
    (await desks.chain.post("/devnet/fault", json={"clear": True})).raise_for_status()
    return page.url


async def sealed_once_the_chain_is_back(desks: Desks, certificate: str) -> None:
    page, sealed = desks.buyer, desks.buyer.get_by_text(re.compile("^sealed "))
    async with asyncio.timeout(SEALED_SECONDS):
        while not await sealed.count():
            await asyncio.sleep(1)
            await page.goto(certificate)


async def second_period(desks: Desks, project: str) -> None:
    page = desks.supplier
    await page.goto(f"/desk/projects/{project}")
    await page.get_by_label("First day").fill(f"{YEAR}-01-01")
    await page.get_by_label("Last day").fill(f"{YEAR}-03-31")
    await press(page, "Open the round")
    await told(page, "round")
    await expect(page.get_by_role("region", name="Rounds")).to_contain_text(f"31 March {YEAR}")
    await assign(desks)


async def staff_act_on_the_ledger(desks: Desks, project: str) -> None:
    """Each first says what it would do."""
    page = desks.staff
    await page.goto("/staff/registry")
    await page.get_by_label("Project, for its losses").fill(TITLE)
    await press(page, "Find")
    await page.get_by_role("link", name=TITLE).click()
    await desks.look(page, "staff-project")
    entry = page.get_by_role("row").filter(has_text="Active").get_by_role("link").first
    serial = await entry.inner_text()
    await entry.click()
    await desks.look(page, "staff-entry")
    cancel = page.get_by_role("region", name="Cancel it")
    await cancel.get_by_label("How much").fill("0.5")
    await cancel.get_by_label("Why it is cancelled").fill("It was counted twice.")
    await cancel.get_by_role("button").click()
    await expect(page.get_by_role("region", name="What happens")).to_contain_text(serial)
    await desks.look(page, "staff-cancel")
    await press(page, "Cancel it for ever")
    await told(page, "It is cancelled for ever")
    await expect(page.get_by_text("there is nothing to cancel or release")).to_be_visible()

    await page.goto(f"/staff/projects/{project}")
    loss = page.get_by_role("region", name="A loss")
    await loss.get_by_label("Lost").fill("1")
    await loss.get_by_label("No, as a storm").check()
    await loss.get_by_label("What happened").fill("A storm took the wall.")
    await press(page, "Go on to what happens")
    await desks.look(page, "staff-loss")
    await press(page, "Record the loss")
    await told(page, "The loss is recorded")
    await page.goto(f"/projects/{project}")
    lost = page.get_by_text("1.00 t CO2e were lost; the buffer covers 1.00 t")
    await expect(lost.first).to_be_visible()

    await page.goto("/staff/registry")
    await press(page, "Publish it now")
    await desks.look(page, "staff-publish")
    await press(page, "Publish it")
    await told(page, "The open data is published")
