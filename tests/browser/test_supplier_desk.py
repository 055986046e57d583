"""A supplier, with a browser: registers a project in steps, and an upload that broke off goes on."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, expect

from devstack.seed import ACCOUNTS
from devstack.stack import Stack
from domain.projects.uploads import LARGE_BYTES_MIN
from tests.browser.test_desk import is_readable, sign_in
from tests.browser.test_every_page import RULES, RUN_AXE, SIZES, Scheme
from tests.conftest import People

pytestmark = pytest.mark.browser

SUPPLIER = ACCOUNTS[1]
PARTS = 5
DESCRIPTION = "Terraces keep the soil where it is.\nTrees hold them."


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport=SIZES["light"])
    yield await context.new_page()
    await context.close()


async def looks_right(page: Page, name: str, axe: Path) -> None:
    """By axe, on a phone in the light and at a desk in the dark."""
    await page.wait_for_load_state("networkidle")
    before = page.viewport_size
    for scheme, size in SIZES.items():
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=scheme)
        await is_readable(page, f"supplier-{name}-{scheme}")
        await page.evaluate(axe.read_text())
        assert await page.evaluate(RUN_AXE, RULES) == [], (name, scheme)
    light: Scheme = "light"
    await page.emulate_media(color_scheme=light)
    if before:
        await page.set_viewport_size(before)


async def test_a_project_is_registered_in_steps_and_an_upload_that_broke_off_goes_on(
    page: Page, stack: Stack, people: People, axe: Path, tmp_path: Path
) -> None:
    await page.goto(f"{stack.api_url}/desk/projects/new")
    await sign_in(page, SUPPLIER)
    title = f"Terraces at Tafi {os.urandom(4).hex()}"
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Type").select_option("soil_carbon")
    await page.get_by_label("Description").fill(DESCRIPTION)
    # The browser crashes here: what was typed is kept a moment after it was.
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await page.goto(f"{stack.api_url}/desk/projects/new")
    await expect(page.get_by_label("Description")).to_have_value(DESCRIPTION)
    await page.get_by_role("button", name="Save and go on").click()

    await page.get_by_label("Location").fill("Tucumán")
    await page.get_by_label("Latitude").fill("south")
    await page.get_by_label("Longitude").fill("200.5")
    await page.get_by_role("button", name="Save and go on").click()
    faults = page.locator(".fault")
    await expect(faults).to_have_text(
        [
            "Country is required.",
            "Latitude must be a number.",
            "Longitude must be between -180 and 180.",
        ]
    )
    await expect(page.get_by_label("Country")).to_be_focused()
    await expect(page.get_by_label("Location")).to_have_value("Tucumán")
    await looks_right(page, "faults", axe)
    await page.get_by_label("Country").select_option("ARG")
    await page.get_by_label("Latitude").fill("-26.8528")
    await page.get_by_label("Longitude").fill("-65.7094")
    await page.get_by_role("button", name="Save and go on").click()

    await page.get_by_label("Announced quantity").fill("1000")
    await page.get_by_label("Start date").fill("2025-11-27")
    await page.get_by_role("button", name="Save and go on").click()
    await looks_right(page, "check", axe)
    await page.get_by_role("button", name="Register the project").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)

    await upload_breaks_off_and_goes_on(page, tmp_path)
    await looks_right(page, "project", axe)
    project_id = urlsplit(page.url).path.rpartition("/")[2]
    (document,) = await people.supplier.get(f"/projects/{project_id}/documents")
    assert (document["status"], document["disclosure"]) == ("completed", "public")
    await facts_and_a_document_are_replaced(page, tmp_path, title, axe)
    await page.goto(f"{stack.api_url}/desk/projects?waits=me")
    line = page.get_by_role("row").filter(has_text=title)
    await expect(line).to_contain_text("Upload a project description and a methodology")
    await looks_right(page, "projects", axe)
    await page.goto(f"{stack.api_url}/desk")
    await expect(page.get_by_role("region", name="Waits for me")).to_contain_text(title)
    await looks_right(page, "desk", axe)
    await page.get_by_role("link", name=title).first.click()
    await page.get_by_text("Take it back before it is decided").click()
    await page.get_by_label("Why you withdraw it").fill("The series was measured anew.")
    await page.get_by_role("button", name="Withdraw the round").click()
    await expect(page.get_by_role("status").first).to_contain_text("The round is withdrawn.")
    await expect(page.get_by_role("heading", name="Resubmit round 1")).to_be_visible()
    await looks_right(page, "withdrawn", axe)


async def upload_breaks_off_and_goes_on(page: Page, folder: Path) -> None:
    """Three of five parts are there when the page goes; the same file sends the other two alone."""
    file = folder / "series.csv"
    file.write_bytes(os.urandom(LARGE_BYTES_MIN) * (PARTS - 1) + b"the end")
    small = folder / "methods.txt"
    small.write_text("Terraces, measured.")
    sent: list[int] = []
    hangs, seen = asyncio.Event(), asyncio.Event()

    async def storage(route: Route) -> None:
        if route.request.method == "PUT":
            number = parse_qs(urlsplit(route.request.url).query).get("partNumber", ["0"])
            sent.append(int(number[0]))
            if sent[-1] == PARTS - 1 and not hangs.is_set():
                hangs.set()
                return
            # What is said on going on stands there until the next part is sent.
            if sent[-1] == PARTS - 1:
                await seen.wait()
        await route.continue_()

    await page.route("**/uploads/**", storage)
    await choose(page, [file])
    await asyncio.wait_for(hangs.wait(), 60)
    await expect(page.get_by_text("Uploading, 74 %")).to_be_visible()
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.goto(page.url.partition("?")[0])
    await expect(page.get_by_role("list").filter(has_text="goes on where it was")).to_be_visible()
    first, sent[:] = sent[:], []
    said = page.locator("[data-upload-list]")
    await choose(page, [file])
    await expect(said).to_contain_text("Goes on at 74 %", timeout=60_000)
    seen.set()
    await expect(page.get_by_role("status").first).to_contain_text("counts", timeout=60_000)
    assert (first, sent) == ([1, 2, 3, 4], [4, 5])


async def facts_and_a_document_are_replaced(
    page: Page, folder: Path, title: str, axe: Path
) -> None:
    address = page.url.partition("?")[0]
    await page.get_by_role("link", name="Change its facts").click()
    await looks_right(page, "edit", axe)
    await page.get_by_label("Title").fill(f"{title}, Tucumán")
    await page.get_by_role("button", name="Save the changes").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"{title}, Tucumán")
    await page.get_by_role("link", name="New version").click()
    await looks_right(page, "version", axe)
    newer = folder / "newer.csv"
    newer.write_text(f"measured anew, {title}")
    await page.get_by_label("File", exact=True).set_input_files(newer)
    await page.get_by_role("button", name="Upload").click()
    newest = page.get_by_role("row").filter(has_text="newer.csv").first
    await expect(newest.get_by_role("cell").last).to_contain_text("2")
    await expect(page.get_by_role("row").filter(has_text="series.csv")).to_contain_text(
        "superseded"
    )
    assert page.url.startswith(address)


async def choose(page: Page, files: list[Any]) -> None:
    await page.get_by_label("What it is", exact=True).select_option("monitoring_report")
    await page.get_by_label("File", exact=True).set_input_files(files)
    await page.get_by_role("button", name="Upload").click()
