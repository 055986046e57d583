"""What fits a list's filters, as a page, a sum and a file; and what crawlers and chats are told."""

import csv
import io
import re

import httpx
import pytest

from api.http.downloads.csv_lines import csv_lines
from tests.api.pages.public.test_pages import browser, engine, rows, words_of
from tests.api.registry_rows import RegistryRows

__all__ = ["browser", "engine", "rows"]


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ("", {"Nordlys Shipping AS", "Nordlys Shipping", None}),
        ("q=nord+ship", {"Nordlys Shipping AS", "Nordlys Shipping"}),
        ("beneficiary=Nordlys+Shipping", {"Nordlys Shipping"}),
        ("country=IND&vintage=2024", {"Nordlys Shipping AS", "Nordlys Shipping", None}),
        ("country=NOR", set()),
        ("vintage=2023", set()),
        ("vintage=soon", set()),
        ("project=none", set()),
    ],
)
async def test_page_and_file_have_what_fits(
    rows: RegistryRows, browser: httpx.AsyncClient, filters: str, fits: set[str | None]
) -> None:
    for name in ("Nordlys Shipping AS", "Nordlys Shipping", None):
        await rows.retirement(await rows.project(), 100, beneficiary=name)

    page = await words_of(browser, f"/retirements?{filters}")
    file = (await browser.get(f"/retirements.csv?{filters}")).text

    lines = list(csv.DictReader(io.StringIO(file)))
    assert {line["beneficiary"] or None for line in lines} == fits
    assert page.count('"rowheader"') == len(lines) == len(fits)
    assert (f">{len(fits)}.00</data>" in page) == bool(filters and fits)


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    assert csv_lines([["=1+1", "a,b", None, -1]]) == '\'=1+1,"a,b",,-1\r\n'


async def test_a_chat_is_told_what_a_certificate_says(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    retirement_id = await rows.retirement(await rows.project("Kilns & Fields"), 1_250)

    page = (await browser.get(f"/retirements/{retirement_id}")).text

    told = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    assert "12.50 t" in told["title"]
    assert "Nordlys Shipping AS" in told["title"]
    assert "Kilns &amp; Fields" in told["description"]
    assert told["url"] == f"https://registry.example/retirements/{retirement_id}"
    picture = await browser.get(told["image"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


async def test_crawlers_find_every_public_page(
    rows: RegistryRows, browser: httpx.AsyncClient
) -> None:
    project = await rows.project()
    retirement_id = await rows.retirement(project)

    robots = (await browser.get("/robots.txt")).text
    (index,) = re.findall(r"Sitemap: (.*)", robots)
    found = []
    for sitemap in re.findall("<loc>(.*?)</loc>", (await browser.get(index)).text):
        found += re.findall("<loc>(.*?)</loc>", (await browser.get(sitemap)).text)

    assert {f"https://registry.example/{path}" for path in ("", "about", "terms", "privacy")} < {
        *found
    }
    assert f"https://registry.example/projects/{project.id}" in found
    assert f"https://registry.example/retirements/{retirement_id}" in found
    # The status asks all parts of the registry, and only one is here.
    asked = [address for address in found if not address.endswith("/status")]
    assert [(await browser.get(address)).status_code for address in asked] == [200] * len(asked)


@pytest.mark.parametrize("name", ["2024-13-1", "2024-01-0", "2024-01-999999999", "x-y-z"])
async def test_a_sitemap_that_cannot_be_is_a_404(browser: httpx.AsyncClient, name: str) -> None:
    assert (await browser.get(f"/sitemaps/retirements-{name}.xml")).status_code == 404


async def test_a_hole_can_be_reported(browser: httpx.AsyncClient) -> None:
    told = (await browser.get("/.well-known/security.txt")).text

    fields = dict(re.findall(r"^([\w-]+): (.*)$", told, re.MULTILINE))
    assert fields["Contact"].startswith("mailto:")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", fields["Expires"])
    assert fields["Canonical"] == "https://registry.example/.well-known/security.txt"


async def test_a_browser_that_asks_for_an_icon_gets_one(browser: httpx.AsyncClient) -> None:
    icon = await browser.get("/favicon.ico", follow_redirects=True)

    assert icon.headers["content-type"] == "image/svg+xml"
