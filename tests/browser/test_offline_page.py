"""The page that checks certificates by itself, opened from a disk: nothing is asked but what its reader names."""

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Request, expect

from api.pages.public.offline_check import offline_page
from devstack.stack import Stack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file's address on this machine's disk."""
    file = tmp_path_factory.mktemp("saved") / "check.html"
    file.write_bytes(offline_page().body)
    return file.as_uri()


@pytest.fixture
async def certificate(http: httpx.AsyncClient, finished_story: Any) -> bytes:
    found = await http.get(
        f"/api/v1/registry/retirements/{finished_story.retirement_id}/certificate.json"
    )
    return found.content


async def check(page: Page, saved: str, raw: bytes, **fields: str) -> list[str]:
    """Gives the addresses that were asked for, the page's own left out."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    await page.goto(saved)
    page.on("request", note)
    await page.get_by_label("The certificate").set_input_files(
        {"name": "certificate.json", "mimeType": "application/json", "buffer": raw}
    )
    for name, value in fields.items():
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_role("button", name="Check it").press("Enter")
    await expect(page.get_by_role("heading", level=2).first).to_be_focused()
    page.remove_listener("request", note)
    return asked


async def test_the_registry_hands_the_file_out(
    http: httpx.AsyncClient, page: Page, finished_story: Any
) -> None:
    await page.goto(f"{finished_story.url}/verify")
    address = await page.get_by_role("link", name="save this check").get_attribute("href")

    answer = await http.get(str(address))

    assert answer.content == offline_page().body
    assert answer.headers["content-disposition"].startswith("attachment")
    digest = hashlib.sha256(answer.content).hexdigest()
    await expect(page.get_by_text(digest)).to_be_visible()


async def test_from_a_disk_it_asks_the_named_servers_alone_and_holds(
    page: Page, saved: str, stack: Stack, finished_story: Any, certificate: bytes
) -> None:
    chain = f"{stack.devnet_url}/api/v0"
    asked = await check(page, saved, certificate, chain=chain, registry=finished_story.url)

    await expect(page.get_by_role("heading", name="It holds")).to_be_visible()
    assert await page.locator(".check .badge").all_inner_texts() == ["Passed"] * 14
    named = (f"{chain}/", f"{finished_story.url}/.well-known/")
    assert asked
    assert [one for one in asked if not one.startswith(named)] == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_what_was_changed_is_refused_without_asking_anybody(
    page: Page, saved: str, certificate: bytes
) -> None:
    asked = await check(page, saved, certificate.replace(b'"purpose":"', b'"purpose":"x', 1))

    await expect(page.get_by_role("heading", name="Do not rely on it")).to_be_visible()
    said = await page.locator(".check .badge").all_inner_texts()
    assert (said.count("Failed"), said.count("Not checked")) == (2, 6)
    assert asked == []


async def test_a_browser_without_ed25519_says_so_and_refuses_nothing(
    page: Page, saved: str, certificate: bytes
) -> None:
    await page.add_init_script(
        "crypto.subtle.importKey = () => { throw new DOMException('', 'NotSupportedError') }"
    )

    await check(page, saved, certificate)

    signature = page.locator(".check").filter(has_text="Signature")
    await expect(signature.locator(".badge")).to_have_text("Not checked")
    await expect(signature).to_contain_text("knows no Ed25519")
    await expect(page.get_by_role("heading", name="could not be checked whole")).to_be_visible()


async def test_faults_stand_beside_their_fields_and_the_first_has_the_focus(
    page: Page, saved: str
) -> None:
    await page.goto(saved)
    await page.get_by_label("A Cardano server").fill("somewhere")
    await page.locator("[name=registryKey]").fill("short")

    await page.get_by_role("button", name="Check it").press("Enter")

    await expect(page.get_by_label("The certificate")).to_be_focused()
    await expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    assert await page.get_by_label("A Cardano server").input_value() == "somewhere"


async def test_a_script_that_is_not_the_files_own_does_not_run(
    chromium: Browser, tmp_path: Path
) -> None:
    added = b"<script>document.title = 'added'</script></body>"
    file = tmp_path / "changed.html"
    file.write_bytes(offline_page().body.replace(b"</body>", added))
    page = await chromium.new_page()

    await page.goto(file.as_uri())

    assert await page.title() == "Check a retirement certificate"
    await page.close()
