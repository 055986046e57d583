"""
`make screenshots`: a picture of every page, as each of the people sees it, for whoever works on the pages.

On a telephone's width and a desk's, light and dark, into a folder with an index page. It tells the demo's
story on a registry of its own first, unless `--url` names one that has told it.
"""

import argparse
import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from devstack import demo
from devstack.chromium import find_chromium
from devstack.pages import EVERYBODY, PEOPLE, FoundPage, signed_in, walk
from devstack.processes import CannotStart
from devstack.stack import StackOptions, running_stack

FOLDER = Path(".data") / "screenshots"
WIDTHS = (360, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BLOCK_SECONDS = 0.4
_HEIGHT = 900
# Chromium draws no picture that is higher, and nobody looks at one.
_HEIGHT_MAX = 8_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m devstack.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: %(default)s")
    parser.add_argument("--url", help="of a registry whose demo has been told")
    options = parser.parse_args()
    try:
        count = asyncio.run(_take(options.folder, options.url))
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{count} pictures; look at {options.folder / 'index.html'}")
    return 0


async def take_all(browser: Browser, url: str, folder: Path) -> int:
    """Gives how many pictures there are; those of a folder's earlier run are written over."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[FoundPage, list[str]] = defaultdict(list)
    open_to_all: set[str] = set()
    for who in (EVERYBODY, *PEOPLE):
        context = await signed_in(browser, url, who)
        async for found, page in walk(context, url, who, skip=open_to_all):
            taken[found] = [name async for name in _pictures(page, found, folder)]
        await context.close()
        if who == EVERYBODY:
            open_to_all = {found.kind for found in taken}
    (folder / "index.html").write_text(_index(taken), encoding="utf-8")
    return sum(map(len, taken.values()))


async def _pictures(page: Page, found: FoundPage, folder: Path) -> AsyncIterator[str]:
    for width in WIDTHS:
        await page.set_viewport_size(ViewportSize(width=width, height=_HEIGHT))
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            height = min(await page.evaluate("document.documentElement.scrollHeight"), _HEIGHT_MAX)
            name = f"{found.name}-{width}-{scheme}.png"
            await page.screenshot(
                path=folder / name,
                full_page=True,
                clip={"x": 0, "y": 0, "width": width, "height": height},
            )
            yield name


def _index(taken: dict[FoundPage, list[str]]) -> str:
    parts: list[str] = []
    for found, names in taken.items():
        images = "".join(
            f'<a href="{name}"><img src="{name}" alt="{escape(name)}" height="320" loading="lazy"></a>'
            for name in names
        )
        parts.append(f"<h2>{escape(found.who)}: {escape(found.path)}</h2><p>{images}</p>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title>'
        f"<h1>{len(taken)} pages</h1>{''.join(parts)}</html>"
    )


async def _take(folder: Path, url: str | None) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    found = await find_chromium(
        folder / "npm.log",
        lambda: print("Fetching a Chromium (68 MB, once)."),
        browser=os.environ.get("BROWSER"),
    )
    if found is None:
        raise CannotStart("BROWSER=none: there is nothing to take pictures with.")
    async with _registry(url) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.executable,
            args=["--no-sandbox"],
            env={**os.environ, **found.environment},
        )
        count = await take_all(browser, address, folder)
        await browser.close()
    return count


@asynccontextmanager
async def _registry(url: str | None) -> AsyncIterator[str]:
    if url is not None:
        yield url.rstrip("/")
        return
    with TemporaryDirectory(prefix="karbonica-screenshots-") as folder:
        async with running_stack(Path(folder), StackOptions(block_seconds=BLOCK_SECONDS)) as stack:
            await demo.tell(stack, json_path=None)
            yield stack.api_url


if __name__ == "__main__":
    sys.exit(main())
