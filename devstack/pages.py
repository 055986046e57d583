"""
Every page of a running registry, found as people find it: at its fixed address, or by a link.

For `make screenshots` and for the tests that look at all pages. Of pages of one kind (one route) a few
are enough; which ones is decided by the order in which links stand on the pages before.
"""

import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Container, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from fastapi.routing import APIRoute
from playwright.async_api import APIResponse, Browser, BrowserContext, Page

from api.pages.mount import ROUTERS
from devstack.seed import ACCOUNTS, PASSWORD

EVERYBODY = "everybody"
PEOPLE = {role.value: email for email, _, _, role in ACCOUNTS}
_FORBIDDEN = 403
_ADDRESSES = "all => all.map(one => new URL(one.getAttribute('href'), location.href).href)"
_REFUSED = "refused"


@dataclass(frozen=True)
class FoundPage:
    """`who` is a role, or everybody; `kind` the route, as `/projects/{project_id}`; `path` has the query."""

    who: str
    kind: str
    path: str

    @property
    def name(self) -> str:
        """Fit for a file."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.path.lower()).strip("-")
        return f"{self.who}-{plain[:80] or 'home'}"


def page_routes() -> Iterator[APIRoute]:
    """The routes that answer to GET; some are files and no pages."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield route


def fixed_addresses() -> list[str]:
    return [route.path for route in page_routes() if "{" not in route.path]


async def signed_in(browser: Browser, url: str, who: str) -> BrowserContext:
    """A browser's window in which somebody has signed in; for everybody, a fresh one."""
    context = await browser.new_context(base_url=url)
    if who != EVERYBODY:
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.get_by_label("E-mail address").fill(PEOPLE[who])
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await page.close()
    return context


async def walk(
    context: BrowserContext,
    url: str,
    who: str,
    *,
    first: Sequence[str] = (),
    skip: Container[str] = (),
    of_one_kind_max: int = 2,
) -> AsyncIterator[tuple[FoundPage, Page]]:
    """
    Every page with the browser on it: `first`, those at fixed addresses, and those that they lead to.

    `skip` are kinds to be left out. Of the pages that say "not for you" one is enough.
    """
    waiting = deque([*first, *fixed_addresses()])
    seen: set[str] = set(waiting)
    shown: Counter[str] = Counter()
    page = await context.new_page()
    while waiting:
        path = waiting.popleft()
        kind = _kind_of(path)
        if kind is None or kind in skip or shown[kind] >= of_one_kind_max:
            continue
        answer = await context.request.get(urljoin(url, path), max_redirects=0)
        if not _is_page(answer) or (answer.status == _FORBIDDEN and shown[_REFUSED]):
            continue
        shown[_REFUSED if answer.status == _FORBIDDEN else kind] += 1
        await page.goto(path)
        yield FoundPage(who, kind, path), page
        for link in await page.eval_on_selector_all("a[href]", _ADDRESSES):
            address = urlsplit(link)
            found = address.path + (f"?{address.query}" if address.query else "")
            if link.startswith(f"{url}/") and found not in seen:
                seen.add(found)
                waiting.append(found)
    await page.close()


def _is_page(answer: APIResponse) -> bool:
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    return is_html and "content-disposition" not in answer.headers


def _kind_of(path: str) -> str | None:
    plain, question, _ = path.partition("?")
    for route in page_routes():
        if route.path_regex.match(plain):
            return route.path + question
    return None
