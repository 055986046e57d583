"""Somebody on staff, with a browser: signs in, sends a parked record on, freezes and opens the registry."""

import os
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from playwright.async_api import Page, expect

from devstack.seed import ACCOUNTS, PASSWORD
from devstack.stack import Stack
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue

pytestmark = pytest.mark.browser

STAFF, BUYER = ACCOUNTS[0], ACCOUNTS[3]
WHY_PARKED = "The provider turned its transaction away five times."
PICTURES = os.environ.get("PICTURES")
"""A folder to keep pictures of what a test sees in, for whoever works on the pages."""
PRESSED = "main button:not(.copy), .account button, .account a"
TOO_LOW = """
found => {
  // Chromium lays out what is folded away when it likes: sizes are those of unfolded pages.
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
  const low = found.filter(one => one.getBoundingClientRect().height < 44);
  for (const one of folded) one.open = false;
  return low.map(one => one.textContent);
}
"""


@pytest.fixture(autouse=True)
async def left_as_it_was(people: People) -> AsyncIterator[None]:
    """Other tests share this registry; it is neither frozen nor is its wallet, whatever happened."""
    yield
    if (await people.admin.get("/registry/state"))["frozen"]:
        await people.admin.post("/registry/unfreeze", {})
    if (await people.admin.get("/chain/wallet"))["frozen"]:
        await people.admin.post("/chain/wallet/resume", {})


@pytest.fixture
async def tables(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def failed_delivery(people: People, tables: asyncpg.Connection) -> AsyncIterator[str]:
    """Given up a while ago; the webhook leads nowhere, and is switched off afterwards."""
    webhook = await people.admin.post("/webhooks", {"url": "http://127.0.0.1:1/hook", "events": []})
    event_id, delivery_id = uuid4(), uuid4()
    await tables.execute(
        "INSERT INTO outbox_events (id, name, payload, occurred_at, dispatched_at)"
        " VALUES ($1, 'retirement.accepted', '{}', now(), now())",
        event_id,
    )
    await tables.execute(
        "INSERT INTO webhook_deliveries (id, webhook_id, event_id, status, attempts,"
        " last_status_code, created_at, last_attempt_at, taken_at)"
        " VALUES ($1, $2, $3, 'failed', 31, 502, now(), now(), now())",
        delivery_id, webhook["id"], event_id,
    )  # fmt: skip
    yield str(delivery_id)
    await tables.execute("UPDATE webhooks SET active = false WHERE id = $1", webhook["id"])


async def sign_in(page: Page, who: Any = STAFF, *, password: str = PASSWORD) -> None:
    await page.get_by_label("E-mail address").fill(who[0])
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def a_parked_retirement(people: People, tables: asyncpg.Connection) -> tuple[str, str]:
    """A retirement and its record, which waits for a person; the wallet must be frozen already."""
    serial = await issue(people)
    retired = await people.supplier.post(
        f"/credits/{serial}/retire", RETIREMENT | {"quantity": "1.00"}
    )
    record_id = await tables.fetchval(
        """
        UPDATE chain_records r SET status = 'parked', park_reason = $2 FROM credit_transactions t
         WHERE t.id = r.transaction_id AND t.retirement_id = $1 RETURNING r.id
        """,
        retired["id"],
        WHY_PARKED,
    )
    return retired["id"], str(record_id)


async def is_readable(page: Page, name: str) -> None:
    """No wider than the screen, headings in order, every field named, what is pressed is large enough."""
    # What was pressed may be on its way still, and between two pages there is none to measure.
    while not await page.evaluate("document.body !== null"):
        await page.wait_for_timeout(50)
    await page.wait_for_load_state()
    if PICTURES:
        width = await page.evaluate("innerWidth")
        await page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    levels = await page.eval_on_selector_all(
        "h1, h2, h3", "found => found.map(heading => Number(heading.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    unnamed = await page.eval_on_selector_all(
        "input:not([type=hidden]), textarea",
        "found => found.filter(one => !one.labels.length).length",
    )
    assert unnamed == 0
    low = await page.eval_on_selector_all(PRESSED, TOO_LOW)
    assert low == [], name


async def test_staff_send_a_parked_record_on_and_resume_the_wallet(
    page: Page, stack: Stack, people: People, tables: asyncpg.Connection
) -> None:
    await page.goto(f"{stack.api_url}/staff/chain")
    await is_readable(page, "sign-in")
    await sign_in(page)
    await page.get_by_label("Why freeze it").fill("A record is looked at.")
    await page.get_by_role("button", name="Freeze the wallet platform").click()
    await expect(page.get_by_role("status")).to_contain_text("The wallet is frozen.")
    retirement_id, record_id = await a_parked_retirement(people, tables)

    await page.goto(f"{stack.api_url}/staff/chain")
    # The watch may have raised an alert in the same words meanwhile, which stands in another part.
    parked = page.get_by_role("region", name="Parked records")
    await expect(parked.get_by_text(WHY_PARKED)).to_be_visible()
    await is_readable(page, "chain")
    record = parked.get_by_role("listitem").filter(has_text=record_id)
    await record.get_by_label("What was mended").fill("The provider is back.")
    await record.get_by_role("button", name="Send again").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("back in the queue")
    await expect(parked.get_by_text(WHY_PARKED)).to_have_count(0)
    await page.get_by_role("button", name="Resume the wallet platform").click()
    await expect(page.get_by_role("status")).to_contain_text("The wallet signs again")
    await is_readable(page, "chain-done")

    written = await people.supplier.wait_for(
        f"/retirements/{retirement_id}",
        lambda found: found["certificateStatus"] == "sealed",
        seconds=60,
    )
    said = await tables.fetchval(
        "SELECT changes -> 'after' ->> 'reason' FROM audit_logs WHERE resource_id = $1", record_id
    )
    assert written["certificateStatus"] == "sealed"
    assert said == "The provider is back."


async def test_staff_freeze_the_registry_and_open_it_again(
    page: Page, stack: Stack, http: httpx.AsyncClient
) -> None:
    await page.goto(f"{stack.api_url}/sign-in?next=/staff/registry")
    await sign_in(page)
    await expect(page.get_by_role("heading", name="The registry is open")).to_be_visible()
    await is_readable(page, "registry-open")
    await page.get_by_label("Why it has to be frozen").fill("Units of one project are recounted.")
    await page.get_by_role("button", name="Freeze the registry").click()
    await expect(page.get_by_role("heading", name="Freeze the registry?")).to_be_visible()
    await expect(page.get_by_role("region", name="What stops")).to_contain_text("Transfers, ret")
    await is_readable(page, "registry-confirm")
    assert (await http.get("/api/v1/registry/state")).json()["data"]["frozen"] is False
    await page.get_by_role("button", name="Freeze it now").click()
    await expect(page.get_by_role("heading", name="The registry is frozen")).to_be_visible()
    await is_readable(page, "registry-frozen")
    during = (await http.get("/api/v1/registry/state")).json()["data"]

    await page.get_by_label("Why it can be opened again").fill("The count is right.")
    await page.get_by_role("button", name="Open the registry").click()
    await expect(page.get_by_role("heading", name="The registry is open")).to_be_visible()
    await expect(page.locator(".freeze")).to_have_count(0)

    after = (await http.get("/api/v1/registry/state")).json()["data"]
    assert (during["frozen"], during["reason"]) == (True, "Units of one project are recounted.")
    assert (after["frozen"], after["reason"]) == (False, "The count is right.")


async def test_staff_send_a_failed_delivery_once_more(
    page: Page, stack: Stack, tables: asyncpg.Connection, failed_delivery: str
) -> None:
    await page.goto(f"{stack.api_url}/staff/webhooks")
    await sign_in(page)
    again = page.get_by_role("button", name=failed_delivery)
    job = page.get_by_role("listitem").filter(has=again)
    await expect(job).to_contain_text("It answered 502.")
    await expect(job).to_contain_text("127.0.0.1:1/hook")
    await is_readable(page, "webhooks-failed")

    await again.click()

    await expect(page.get_by_role("status")).to_contain_text("on its way once more")
    await is_readable(page, "webhooks-sent")
    replays = await tables.fetchval(
        "SELECT replays FROM webhook_deliveries WHERE id = $1", failed_delivery
    )
    assert replays == 1


async def test_the_desk_works_without_scripts_and_signing_out_ends_it(
    page_without_scripts: Page, stack: Stack
) -> None:
    page = page_without_scripts
    await page.goto(f"{stack.api_url}/staff/webhooks")
    await sign_in(page, password="wrong")
    await expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
    await expect(page.get_by_label("E-mail address")).to_have_value(STAFF[0])
    await is_readable(page, "sign-in-wrong")
    await sign_in(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")
    await is_readable(page, "webhooks")

    await page.goto(stack.api_url)
    await expect(page.get_by_role("banner")).to_contain_text(f"Signed in as {STAFF[1]}")
    await is_readable(page, "home")
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("banner")).not_to_contain_text("Signed in")
    await page.goto(f"{stack.api_url}/staff/webhooks")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_a_buyer_is_told_that_the_desk_is_not_theirs(
    page_without_scripts: Page, stack: Stack
) -> None:
    page = page_without_scripts
    await page.goto(f"{stack.api_url}/staff/chain")
    await sign_in(page, BUYER)

    await expect(page.get_by_role("main")).to_contain_text("Your role (buyer) may not")
    await expect(page.get_by_role("banner")).to_contain_text(f"Signed in as {BUYER[1]}")
    await is_readable(page, "buyer")
