"""A verifier with a browser: opens a review, reads its documents, and signs what they have looked at."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, Page, expect
from pypdf import PdfWriter

from devstack.seed import ACCOUNTS
from devstack.stack import Stack
from tests.browser.test_desk import is_readable, sign_in
from tests.browser.test_every_page import RULES, RUN_AXE, SIZES
from tests.conftest import People
from tests.journeys.project_life import announcement, assign, register

pytestmark = pytest.mark.browser

SUPPLIER, VERIFIER = ACCOUNTS[1:3]
SERIES = "time,pH of the bay,dosed t\n" + "".join(
    f"2025-{month:02}-01,{8.0 + month / 40:.3f},{'' if month == 5 else month * 3}\n"
    for month in range(1, 13)
)


def pdf(title: str) -> bytes:
    """Of one page."""
    file, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": title})
    writer.write(file)
    return file.getvalue()


async def add_evidence(people: People, project: Any, name: str, kind: str, content: bytes) -> Any:
    media_type = {"pdf": "application/pdf", "csv": "text/csv"}[name.rpartition(".")[2]]
    sent = announcement(content, name=name, documentType=kind, mimeType=media_type)
    return await people.supplier.upload(f"/projects/{project['id']}/documents", sent, content)


async def is_accessible(page: Page, axe: Path, name: str) -> None:
    await is_readable(page, name)
    await page.evaluate(axe.read_text())
    assert await page.evaluate(RUN_AXE, RULES) == [], name


@pytest.mark.parametrize("scheme", SIZES)
async def test_a_verifier_reads_signs_and_is_told_what_changed(
    chromium: Browser, axe: Path, stack: Stack, people: People, scheme: Any
) -> None:
    project = await register(people, title=f"Alkalinity of the bay {uuid4().hex[:6]}")
    description = pdf(project["title"])
    await assign(people, project)
    await add_evidence(people, project, "Description.pdf", "project_description", description)
    await add_evidence(people, project, "Plan.pdf", "monitoring_plan", pdf("Plan"))
    await add_evidence(people, project, "Series.csv", "monitoring_report", SERIES.encode())
    context = await chromium.new_context(
        base_url=stack.api_url, viewport=SIZES[scheme], color_scheme=scheme
    )
    page = await context.new_page()

    await page.goto("/desk/reviews")
    await sign_in(page, VERIFIER)
    review = page.get_by_role("listitem").filter(
        has=page.get_by_role("link", name=project["title"], exact=True)
    )
    await expect(review).to_contain_text("Declare whether you have a conflict of interest.")
    await is_accessible(page, axe, f"verifier-queue-{scheme}")
    await review.get_by_role("button", name="I have no conflict of interest").click()
    await expect(page.get_by_role("status")).to_contain_text("no conflict of interest")
    await expect(page.get_by_role("main")).to_contain_text("Upload your verification report.")
    await is_accessible(page, axe, f"verifier-workspace-{scheme}")

    # Documents in their place: a series drawn with its gap, and a PDF from the storage's own origin.
    await page.get_by_role("link", name="Series.csv", exact=True).click()
    await expect(page.get_by_text("11 values, 3 to 36; 1 gap, 1 without a value")).to_be_visible()
    await is_accessible(page, axe, f"verifier-table-{scheme}")
    await page.go_back()
    await page.get_by_role("link", name="Description.pdf", exact=True).click()
    source = await page.locator("iframe.viewer").get_attribute("src")
    async with httpx.AsyncClient() as storage:
        framed = await storage.get(source or "")
    assert (framed.headers["content-type"], framed.content) == ("application/pdf", description)
    assert "content-disposition" not in framed.headers or framed.headers[
        "content-disposition"
    ].startswith("inline")
    await is_accessible(page, axe, f"verifier-pdf-{scheme}")

    # A finding about the document in its place, answered by the supplier with a file, and closed.
    await page.get_by_label("What you found").fill("The second kiln is not on the map.")
    await page.get_by_role("textbox", name="Page").fill("7")
    await page.get_by_role("button", name="Raise the finding").click()
    await expect(page.get_by_role("alert")).to_contain_text("there is no page 7")
    await is_accessible(page, axe, f"verifier-finding-fault-{scheme}")
    await page.get_by_role("textbox", name="Page").fill("1")
    await page.get_by_role("button", name="Raise the finding").click()
    await expect(page.get_by_role("status")).to_contain_text("The finding is raised")
    thread = page.url.partition("?")[0]
    theirs = await chromium.new_context(
        base_url=stack.api_url, viewport=SIZES[scheme], color_scheme=scheme
    )
    supplier = await theirs.new_page()
    await supplier.goto(thread)
    await sign_in(supplier, SUPPLIER)
    await expect(supplier.get_by_role("button", name="Close the finding")).to_have_count(0)
    await is_accessible(supplier, axe, f"supplier-finding-{scheme}")
    await supplier.get_by_label("Your answer").fill("It is on the new map.")
    await supplier.get_by_label("Add a document").set_input_files(
        {"name": "Map.md", "mimeType": "text/markdown", "buffer": b"# Both kilns\n"}
    )
    await supplier.get_by_role("button", name="Send the answer").click()
    await expect(supplier.get_by_role("status")).to_contain_text("Your reply stands in the thread")
    await theirs.close()
    await page.goto(f"/desk/reviews/{project['verificationId']}")
    await expect(page.get_by_role("main")).to_contain_text("Look at 1 answered finding.")
    changed = page.get_by_role("region", name="What changed since you looked")
    await expect(changed.get_by_role("link", name="Finding answered")).to_be_visible()
    await is_accessible(page, axe, f"verifier-answered-{scheme}")
    await changed.get_by_role("button", name="I have looked at all of it").click()
    await expect(changed).to_contain_text("Nothing, since")
    await page.get_by_role("link", name="1 · The second kiln").click()
    await expect(page.get_by_role("link", name="Map.md")).to_be_visible()
    await is_accessible(page, axe, f"verifier-thread-{scheme}")
    await page.get_by_label("Why it is settled").fill("Seen on the map.")
    await page.get_by_role("button", name="Close the finding").click()
    await expect(page.get_by_role("status")).to_contain_text("The finding is closed")
    await page.get_by_role("link", name="Findings of round 1").click()
    await is_accessible(page, axe, f"verifier-findings-{scheme}")

    await page.goto(f"/desk/reviews/{project['verificationId']}")
    await page.get_by_label("File", exact=True).set_input_files(
        {"name": "Report.md", "mimeType": "text/markdown", "buffer": b"# What was looked at\n"}
    )
    await page.get_by_role("button", name="Add it").click()
    await expect(page.get_by_role("status")).to_contain_text("counted as evidence")
    await expect(page.get_by_role("main")).to_contain_text("Approve or reject.")
    await page.get_by_label("What you write").fill("The dosing pump was seen.")
    await page.get_by_role("button", name="Write it").click()
    await expect(page.get_by_role("main")).to_contain_text("The dosing pump was seen.")

    await page.get_by_role("link", name="Verification statement").click()
    await page.wait_for_url("**/statement")
    await is_accessible(page, axe, f"verifier-statement-{scheme}")
    await page.get_by_role("button", name="Write the statement").evaluate(
        "button => { button.form.noValidate = true; button.click() }"
    )
    await expect(page.get_by_role("alert")).to_contain_text("Scope must not be empty")
    await is_accessible(page, axe, f"verifier-statement-faults-{scheme}")

    second_tab = await context.new_page()
    for one in (page, second_tab):
        await one.goto(f"/desk/reviews/{project['verificationId']}/approve")
        await one.get_by_label("2025", exact=True).fill("12.5")
        await one.get_by_label("Notes").fill("Pumps, samples and model agree.")
        duplicates = one.get_by_label("Why it is none of the projects")
        if await duplicates.count():
            await duplicates.fill("Each journey has its own bay.")
    await is_accessible(page, axe, f"verifier-approve-{scheme}")
    await page.get_by_role("button", name="Go on to what you sign").click()
    await expect(page.get_by_text("SHA-256 that you sign")).to_be_visible()
    await is_accessible(page, axe, f"verifier-sign-{scheme}")
    await add_evidence(people, project, "Late annex.pdf", "other", pdf(str(uuid4())))
    await page.get_by_role("button", name="Sign and approve").click()
    await expect(page.get_by_role("alert")).to_contain_text("Changed since you looked")
    await expect(page.get_by_role("alert")).to_contain_text("Late annex.pdf")
    await expect(page.get_by_label("Notes")).to_have_value("Pumps, samples and model agree.")
    await is_accessible(page, axe, f"verifier-changed-{scheme}")
    await page.get_by_role("button", name="Go on to what you sign").click()
    digest = await page.locator(".hash-whole").first.get_attribute("data-copy")
    await page.get_by_role("button", name="Sign and approve").click()
    await expect(page.get_by_role("heading", name="Approved")).to_be_visible()
    await is_accessible(page, axe, f"verifier-approved-{scheme}")

    await second_tab.get_by_role("button", name="Go on to what you sign").click()
    await expect(second_tab.get_by_role("heading", level=1)).to_have_text("Already approved")
    await expect(second_tab.get_by_role("main")).to_contain_text("You have approved round 1")
    found = await people.verifier.get(f"/verifications/{project['verificationId']}")
    assert (found["signOffDigest"], found["verifiedQuantity"]) == (digest, "12.50")
    await context.close()
