"""The public pages of an entry, a unit and the conservation sum: what the rows say, and no persons."""

from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import ledger_checks
from adapters.settings import Settings
from api.http.resources import Reading
from api.http.single_flight import counted_in
from api.pages.mount import mount_pages
from tests.factories import BUYER, DEVELOPER, NOW, OTHER_BUYER, PEOPLE
from tests.ledger_rows import LedgerRows

URL = "https://registry.example"
SETTINGS = Settings(public_url=URL)


@pytest.fixture
def ledger(engine: AsyncEngine) -> LedgerRows:
    return LedgerRows(engine)


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.resources, app.state.settings = Reading(engine), SETTINGS
    app.state.counted = counted_in(engine)
    mount_pages(app, SETTINGS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as made:
        yield made


async def words_of(browser: httpx.AsyncClient, address: str) -> str:
    """What a page says, without its markup's line breaks; it must answer 200."""
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(answer.text).split())


class Nesting(HTMLParser):
    """The serials that a tree links or names, each with how many lists it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.found: list[tuple[int, str]] = []
        self._in_serial = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = dict(attrs).get("class") or ""
        if tag == "ul" and (classes == "tree" or self.depth):
            self.depth += 1
        self._in_serial = classes == "serial" and bool(self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "ul" and self.depth > 0

    def handle_data(self, data: str) -> None:
        if self._in_serial:
            self.found.append((self.depth, data))
            self._in_serial = False


async def tree_of(browser: httpx.AsyncClient, address: str) -> list[tuple[int, str]]:
    parser = Nesting()
    parser.feed((await browser.get(address)).text)
    assert parser.depth == 0
    return parser.found


async def test_a_tree_is_nested_as_its_entries_are(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    root = await ledger.issue(await ledger.project(), 1_000)
    sold, kept = await ledger.transfer(root, 400, DEVELOPER, BUYER)
    retired, rest = await ledger.retire(sold, 100, BUYER)
    (handed_on,) = await ledger.transfer(rest, 300, BUYER, OTHER_BUYER)

    tree = await tree_of(browser, f"/credits/{rest.serial}")

    nested = [(1, root), (2, sold), (3, retired), (3, rest), (4, handed_on), (2, kept)]
    assert tree == [(depth, str(entry.serial)) for depth, entry in nested]


async def test_an_entrys_page_says_what_became_of_it_and_names_nobody(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    root = await ledger.issue(await ledger.project(), 1_000)
    gone, left = await ledger.retire(root, 400, DEVELOPER)
    cancelled, _ = await ledger.cancel(left, 100, "Counted <b>twice</b>.")

    page = await words_of(browser, f"/credits/{cancelled.serial}")

    for said in (
        "Retired <time",
        f'certificate<span class="hidden"> of {gone.serial}',
        "What was left when a part was cancelled",
        "“<bdi>Counted <b>twice</b>.</bdi>”",
    ):
        assert said in page
    assert "<b>twice</b>" not in (await browser.get(f"/credits/{cancelled.serial}")).text
    assert not [p for p in PEOPLE if str(p.id) in page or f"A {p.role}" in page]


async def test_a_tall_tree_is_cut_and_its_page_says_so(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    rest = await ledger.issue(await ledger.project(), 100_000)
    for _ in range(90):
        _, rest = await ledger.cancel(rest, 1, "Thinned out.")

    page = await words_of(browser, f"/credits/{rest.serial}")
    tree = await tree_of(browser, f"/credits/{rest.serial}")

    assert "This tree has more entries than fit here" in page
    assert "Some generations are left out here" in page
    assert 50 < len(tree) <= 151
    assert str(rest.serial) in {serial for _, serial in tree}


async def test_a_units_page_says_where_it_is_and_has_been(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    project = await ledger.project()
    root = await ledger.issue(project, 1_000)
    sold, _ = await ledger.transfer(root, 400, DEVELOPER, BUYER)
    retired, _ = await ledger.retire(sold, 100, BUYER)
    buffer = await ledger.contribute(project, 50)

    pages = [await words_of(browser, f"/units/{n}") for n in (1, 101, 401, buffer.units.first)]

    assert "Retired for ever on behalf of <strong><bdi>Société Générale</bdi>" in pages[0]
    assert all(str(entry.serial) in pages[0] for entry in (root, sold, retired))
    assert "Held by a buyer" in pages[1]
    assert "Held by a supplier" in pages[2]
    assert "Held back in the registry’s buffer" in pages[3]  # noqa: RUF001 — as it is printed
    assert not [p for p in PEOPLE for page in pages if str(p.id) in page]


@pytest.mark.parametrize(
    "address",
    [
        "/credits/KRB-2024-999-000001",
        "/credits/nothing",
        "/credits/krb-0-0-0",
        "/units/0",
        "/units/-1",
        "/units/one",
        "/units/²",
        "/units/999999999999999999999999",
        "/units/9223372036854775807",
    ],
)
async def test_what_was_never_issued_is_a_404_page(
    ledger: LedgerRows, browser: httpx.AsyncClient, address: str
) -> None:
    answer = await browser.get(address)

    assert (answer.status_code, "<h1>No such" in answer.text) == (404, True)


async def test_a_serial_in_small_letters_leads_to_its_page(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    root = await ledger.issue(await ledger.project(), 1)

    answer = await browser.get(f"/credits/{str(root.serial).lower()}")

    assert (answer.status_code, answer.headers["location"]) == (301, f"/credits/{root.serial}")


async def test_conservation_is_counted_in_total_by_vintage_and_by_project(
    ledger: LedgerRows, browser: httpx.AsyncClient
) -> None:
    forest, kilns = await ledger.project(), await ledger.project(title="Kilns")
    root = await ledger.issue(forest, 100_000)
    await ledger.issue(kilns, 500, vintage=2023)
    await ledger.contribute(await ledger.project(), 700)
    _, rest = await ledger.retire(root, 30_000, DEVELOPER)
    await ledger.cancel(rest, 1_000, "Counted twice.")

    page = await words_of(browser, "/conservation")

    for value in ("1012.00", "695.00", "300.00", "10.00", "7.00", "1007.00"):
        assert f'<data value="{value}">' in page
    assert "The sum holds" in page
    assert page.count(">Yes<") == 2 + 3
    assert "The first check has not been made yet" in page


async def test_conservation_shows_where_it_does_not_hold_and_what_the_last_check_found(
    ledger: LedgerRows, engine: AsyncEngine, browser: httpx.AsyncClient
) -> None:
    await ledger.issue(await ledger.project(), 100)
    await ledger.by_hand("UPDATE credit_entries SET status = 'split'")
    async with engine.begin() as connection:
        found = ["Units 1 to 100 were issued and are in no entry."]
        await connection.execute(
            insert(ledger_checks).values(
                id=uuid4(), checked_at=NOW + timedelta(hours=1), holds=False, totals={},
                differences=found,
            )
        )  # fmt: skip

    page = await words_of(browser, "/conservation")

    assert "The sum does not hold" in page
    assert page.count(">No<") == 2
    assert "It found 1 difference</strong>" in page
    assert found[0] in page
