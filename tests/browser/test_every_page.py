"""
Every page that somebody can open, and what all of them owe their readers.

Each is visited once for each of the people (`devstack/pages.py` finds them); what is then asked of all
pages is asserted by one test each, WCAG 2.2 AA by axe-core among it. Everybody's pages are looked at here,
at 360 pixels and in the light scheme; those of the four accounts, and all at 1440 pixels in the dark one,
among the long proofs. Colours are the same at every width.
"""

import gzip
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from devstack.pages import EVERYBODY, PEOPLE, FoundPage, signed_in, walk

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
SIZES: dict[Scheme, ViewportSize] = {
    "light": ViewportSize(width=360, height=800),
    "dark": ViewportSize(width=1440, height=900),
}
GZIPPED_BYTES_MAX = 60_000
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {
    "runOnly": {"type": "tag", "values": STANDARDS},
    "rules": {"target-size": {"enabled": True}},
}
RUN_AXE = """
async options => (await axe.run(document, {...options, resultTypes: ["violations"]})).violations
  .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.target.join(" ")).join(" | ")}`)
"""
"""What is wrong, in one line for each rule: its name, and three of the places."""

LOOK = """
() => {
  const shown = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(one => one.checkVisibility() && one.type !== "hidden" && !one.disabled);
  const without = shown.filter(one => {
    one.focus({preventScroll: true});
    const style = getComputedStyle(one);
    return document.activeElement === one && (style.outlineStyle === "none" || style.outlineWidth === "0px");
  });
  document.activeElement?.blur();
  return {
    wider: document.documentElement.scrollWidth - innerWidth,
    unseen: without.map(one => one.outerHTML.slice(0, 80)),
    outOfOrder: [...document.querySelectorAll("[tabindex]")].filter(one => one.tabIndex > 0).length,
  };
}
"""


@dataclass(frozen=True)
class Looked:
    """`first_stop` is where the first press of Tab leads."""

    page: FoundPage
    gzipped_bytes: int
    wider_by: int
    first_stop: str
    unseen_focus: list[str]
    out_of_order: int
    violations: list[str]


async def look(page: Page, found: FoundPage, axe: Path) -> Looked:
    await page.keyboard.press("Tab")
    first_stop = await page.evaluate("document.activeElement?.getAttribute('href') ?? ''")
    looked = await page.evaluate(LOOK)
    await page.evaluate(axe.read_text())
    return Looked(
        found,
        len(gzip.compress((await page.content()).encode())),
        looked["wider"],
        first_stop,
        looked["unseen"],
        looked["outOfOrder"],
        await page.evaluate(RUN_AXE, RULES),
    )


async def look_at_all(
    chromium: Browser, story: Any, axe: Path, scheme: Scheme, people: Iterable[str]
) -> list[Looked]:
    found: list[Looked] = []
    for who in people:
        open_to_all = {one.page.kind for one in found if one.page.who == EVERYBODY}
        context = await signed_in(chromium, story.url, who)
        pages = walk(
            context,
            story.url,
            who,
            first=first_pages(story),
            skip=open_to_all,
            of_one_kind_max=1,
        )
        async for page, shown in pages:
            await shown.set_viewport_size(SIZES[scheme])
            await shown.emulate_media(color_scheme=scheme)
            found.append(await look(shown, page, axe))
        await context.close()
    return found


def first_pages(story: Any) -> list[str]:
    """Those that no link leads to, or that differ by what was asked."""
    return [
        f"/projects/{story.project_id}",
        f"/retirements/{story.retirement_id}",
        f"/credits/{story.serial}",
        f"/verify?retirement={story.retirement_id}",
        "/projects/00000000-0000-4000-8000-000000000000",
        "/search?q=nobody-is-called-this",
        "/retirements?beneficiary=nobody",
        "/units/1",
    ]


@pytest.fixture(scope="module")
async def looked_at(chromium: Browser, axe: Path, finished_story: Any) -> list[Looked]:
    return await look_at_all(chromium, finished_story, axe, "light", [EVERYBODY])


def said(looked_at: list[Looked], fault: Callable[[Looked], Any]) -> dict[str, Any]:
    assert len(looked_at) > 25
    return {f"{one.page.who} {one.page.path}": fault(one) for one in looked_at if fault(one)}


async def test_no_page_violates_wcag(looked_at: list[Looked]) -> None:
    assert said(looked_at, lambda one: one.violations) == {}


async def test_every_page_is_small(looked_at: list[Looked]) -> None:
    too_large = said(
        looked_at, lambda one: one.gzipped_bytes if one.gzipped_bytes > GZIPPED_BYTES_MAX else 0
    )
    assert too_large == {}


async def test_no_page_is_wider_than_a_small_phone(looked_at: list[Looked]) -> None:
    assert said(looked_at, lambda one: max(one.wider_by, 0)) == {}


async def test_by_keyboard_the_skip_link_is_first_and_what_has_the_focus_is_seen(
    looked_at: list[Looked],
) -> None:
    # A form that was opened to be filled in has its first field under the cursor already.
    assert said(looked_at, lambda one: one.first_stop != "#content" and one.first_stop) == {}
    assert said(looked_at, lambda one: one.unseen_focus) == {}
    assert said(looked_at, lambda one: one.out_of_order) == {}


@pytest.mark.proof
@pytest.mark.parametrize("scheme", SIZES)
async def test_no_page_of_anybody_violates_wcag(
    chromium: Browser, axe: Path, finished_story: Any, scheme: Scheme
) -> None:
    people = (EVERYBODY, *PEOPLE)

    looked_at = await look_at_all(chromium, finished_story, axe, scheme, people)

    assert {one.page.who for one in looked_at} == set(people)
    assert said(looked_at, lambda one: one.violations) == {}
    assert said(looked_at, lambda one: max(one.wider_by, 0)) == {}
    assert said(looked_at, lambda one: one.unseen_focus) == {}
    assert said(looked_at, lambda one: max(one.gzipped_bytes - GZIPPED_BYTES_MAX, 0)) == {}


async def send(page: Page, path: str, button: str, fields: dict[str, str]) -> None:
    await page.goto(path)
    for label, value in fields.items():
        await page.get_by_label(label, exact=True).fill(value)
    # What the browser itself would refuse is what a browser of another kind sends.
    await page.eval_on_selector_all("form", "all => all.forEach(one => { one.noValidate = true })")
    # A click does not wait for the page that it leads to, and the form itself is no refusal.
    async with page.expect_event("load"):
        await page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


FAULTS: dict[str, Callable[[Page], Awaitable[None]]] = {
    "a wrong password": lambda page: send(
        page, "/sign-in", "Sign in", {"E-mail address": "a@b.example", "Password": "wrong"}
    ),
    "an account without anything": lambda page: send(page, "/register", "Open the account", {}),
    "a certificate that is none": lambda page: send(
        page, "/verify", "Check it", {"Or its text": "{}"}
    ),
    "a mail that is no address": lambda page: send(
        page, "/forgot-password", "Send me the link", {"E-mail address": "nobody"}
    ),
}


@pytest.mark.parametrize("state", FAULTS)
async def test_no_refusal_violates_wcag(
    chromium: Browser, axe: Path, finished_story: Any, state: str
) -> None:
    context = await chromium.new_context(base_url=finished_story.url, viewport=SIZES["light"])
    page = await context.new_page()
    await FAULTS[state](page)

    looked = await look(page, FoundPage(EVERYBODY, state, page.url), axe)

    assert looked.violations == []
    await context.close()
