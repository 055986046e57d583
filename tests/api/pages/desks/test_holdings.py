"""
What holders and buyers see and send on pages; Temporal is away, so that movements are only asked for.

That they happen is walked in tests/browser/test_holdings.py.
"""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert, update

from adapters.postgres import tables
from api.pages.desks.holdings import amounts
from domain.accounts.roles import Account, Role
from tests.api.caller import Api
from tests.api.pages.browsing import (
    PASSWORD,
    browser_of,
    forms_on,
    give_password,
    sign_in,
    words_of,
)
from tests.api.registry_rows import BEGAN, IssuedProject, RegistryRows
from tests.factories import BUYER, DEVELOPER, VERIFIER, account
from tests.ledger_rows import LedgerRows

AWAY = "cannot be reached at the moment. Nothing was lost"


async def offer(api: Api, project: IssuedProject, *, shown: bool) -> UUID:
    offer_id = uuid4()
    async with api.engine.begin() as connection:
        await connection.execute(
            insert(tables.offers).values(
                id=offer_id, holder_id=project.supplier_id, project_id=project.id, vintage=2024,
                name_shown=shown, offered_at=BEGAN,
            )
        )  # fmt: skip
    return offer_id


async def entered(api: Api, browser: httpx.AsyncClient, who: Account) -> None:
    await give_password(api, who)
    assert (await sign_in(browser, who)).status_code == 303


async def enter_as_supplier(api: Api, browser: httpx.AsyncClient, project: IssuedProject) -> None:
    """Of rows that were written as they are, whose people have addresses of another kind."""
    await give_password(api, account("supplier", Role.DEVELOPER, id=project.supplier_id))
    async with api.engine.begin() as connection:
        await connection.execute(
            update(tables.users)
            .where(tables.users.c.id == project.supplier_id)
            .values(email_verified=True)
        )
    form = {"email": f"{project.supplier_id}@karbonica.example", "password": PASSWORD, "next": ""}
    assert (await browser.post("/sign-in", data=form)).status_code == 303


@pytest.mark.parametrize(
    "address", ["/desk/holdings", "/desk/transfer", "/desk/retire", "/credits/{serial}/reserve"]
)
async def test_holdings_are_for_those_who_may_hold(api: Api, address: str) -> None:
    project = await RegistryRows(api.engine).project()
    address = address.format(serial=project.serial(1))

    async with browser_of(api) as stranger:
        asked = await stranger.get(address)
        await entered(api, stranger, VERIFIER)
        refused = await stranger.get(address)

    assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next={address}")
    assert refused.status_code == 403


async def test_page_csv_and_json_show_the_same_offers_with_their_sum(api: Api) -> None:
    rows = RegistryRows(api.engine)
    named, unnamed = await rows.project("Kilns"), await rows.project("Fields")
    offers = {str(await offer(api, named, shown=True)), str(await offer(api, unnamed, shown=False))}

    async with browser_of(api) as browser:
        found: dict[str, tuple[str, list[list[str]], Any]] = {}
        for query in ("", "?country=IND&type=biochar&vintage=2024", "?quantity=5001", "?vintage=x"):
            page = words_of(await browser.get(f"/credits{query}"))
            sheet = (await browser.get(f"/credits.csv{query}")).text
            api_query = query.replace("quantity", "minQuantity").replace("vintage=x", "vintage=1")
            answer = (await browser.get(f"/api/v1/registry/offers{api_query}")).json()
            found[query] = page, list(csv.reader(io.StringIO(sheet)))[1:], answer

    for query in ("", "?country=IND&type=biochar&vintage=2024"):
        page, lines, answer = found[query]
        assert "2 offers, 10,000.00" in page
        assert "Satyapura Producers" in page
        assert "a supplier, through the registry" in page
        assert {(line[0], line[5], line[8]) for line in lines} == {
            (str(named.id), "5000.00", "Satyapura Producers"),
            (str(unnamed.id), "5000.00", ""),
        }
        assert {one["id"] for one in answer["data"]} == offers
        assert (answer["meta"]["offers"], answer["meta"]["available"]) == (2, "10000.00")
    for query in ("?quantity=5001", "?vintage=x"):
        page, lines, answer = found[query]
        assert "No offer fits these filters" in page
        assert (lines, answer["data"]) == ([], [])


async def test_a_request_that_cannot_be_right_says_so_beside_its_fields(api: Api) -> None:
    project = await RegistryRows(api.engine).project()
    address = f"/credits/{project.serial(1)}/reserve"

    async with browser_of(api) as browser:
        await entered(api, browser, BUYER)
        (form,) = forms_on(await browser.get(address), address)
        typed = form | {"quantity": "-1", "until": "soon", "note": "Kept words"}
        refused = await browser.post(address, data=typed)
        right = form | {"quantity": "2.00", "note": "Kept words"}
        away = await browser.post(address, data=right)

    assert refused.status_code == 400
    for name, sentence in (("quantity", "positive number"), ("until", "date such as")):
        fault = refused.text.partition(f'id="{name}-fault"')[2].partition("</p>")[0]
        assert sentence in fault
    assert "Kept words" in refused.text
    assert refused.text.count(" autofocus") == 1
    assert (away.status_code, AWAY in words_of(away)) == (503, True)
    (again,) = forms_on(away, address)
    assert again["operation"] == form["operation"]


async def test_the_last_step_shows_the_chain_record_word_for_word(api: Api) -> None:
    project = await RegistryRows(api.engine).project()
    reason = "Crossings of our ferries in the year 2025, and what else there was to move over water"

    async with browser_of(api) as browser:
        await enter_as_supplier(api, browser, project)
        address = "/desk/retire"
        (first,) = forms_on(await browser.get(address), address)
        amount = first | {"serial": project.serial(1), "quantity": "5000.01", "go": "2"}
        too_much = await browser.post(address, data=amount)
        second = await browser.post(address, data=amount | {"quantity": "5000"})
        (statement,) = forms_on(second, address)
        statement |= {"disclosed": "yes", "purpose": "A claim", "go": "3"}
        unnamed = await browser.post(address, data=statement)
        whole = statement | {"name": "Harbour", "country": "dk", "reason": reason}
        third = await browser.post(address, data=whole)
        back = await browser.post(address, data=whole | {"step": "3", "go": "2"})
        (last,) = forms_on(third, address)
        away = await browser.post(address, data=last | {"go": "retire"})

    assert too_much.status_code == 409
    assert "5000.01 t were asked for" in too_much.text.partition('id="quantity-fault"')[2]
    assert unnamed.status_code == 400
    for name in ("name", "country", "reason"):
        assert f'id="{name}-fault"' in unnamed.text
    for words in (project.serial(1), str(project.id), "5000.00", reason, "Harbour , DK", "A claim"):
        assert words in words_of(third)
    assert 'value="Harbour"' in back.text
    assert (away.status_code, AWAY in words_of(away)) == (503, True)
    assert forms_on(away, address)[0]["operation"] == last["operation"]


async def test_a_quantity_of_a_vintage_is_retired_from_several_entries_as_it_was_shown(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each entry on a page of its own: what is held is more than one page of them.
    monkeypatch.setattr(amounts, "SHOWN", 1)
    ledger = LedgerRows(api.engine)
    issued = await ledger.issue(await ledger.project(), 5_000)
    first, rest = await ledger.transfer(issued, 1_000, DEVELOPER, BUYER)
    second, _ = await ledger.transfer(rest, 2_000, DEVELOPER, BUYER)
    address, vintage = "/desk/retire", f"{first.project_id}/{first.vintage}"
    said = {"disclosed": "no", "purpose": "A claim", "reason": "Travel in 2025"}
    lines = {f"line-{first.serial}": "10.00", f"line-{second.serial}": "2.50"}
    async with browser_of(api) as browser:
        await entered(api, browser, BUYER)
        (form,) = forms_on(await browser.get(address), address)
        second_step = await browser.post(address, data=form | {"serial": vintage, "quantity": "12.5"})  # fmt: skip
        (words,) = forms_on(second_step, address)
        last_step = await browser.post(address, data=words | said)
        (last,) = forms_on(last_step, address)
        away = await browser.post(address, data=last | {"go": "retire"})
        too_much = await browser.post(address, data=form | {"serial": vintage, "quantity": "30.01"})
        both = await browser.post(address, data=form | lines | {"serial": vintage})
        faulty = await browser.post(
            address, data=form | {f"line-{first.serial}": "10.01", f"line-{second.serial}": "x"}
        )
        back = await browser.post(address, data=last | {"go": "1"})

    assert {name: words[name] for name in lines} == lines
    assert {name: last[name] for name in ("serial", "quantity", *lines)} == {"serial": "", "quantity": "", **lines}  # fmt: skip
    shown = words_of(last_step)
    assert shown.count("Travel in 2025") == 2
    for serial, tonnes in ((first.serial, "10.00"), (second.serial, "2.50")):
        assert f"{serial}: {tonnes} t" in shown
    assert "Retire 12.50 t for ever" in shown
    assert "12.50 t of 2 entries" in shown
    assert (away.status_code, AWAY in words_of(away)) == (503, True)
    assert forms_on(away, address)[0]["operation"] == last["operation"]
    assert "Of this 30.00 t are active" in words_of(too_much)
    assert "Choose one way" in words_of(both)
    for serial in (first.serial, second.serial):
        assert f'id="line-{serial}-fault"' in faulty.text
    assert forms_on(back, address)[0][f"line-{second.serial}"] == "2.50"


async def test_the_portfolio_adds_up_and_its_csv_says_the_same(api: Api) -> None:
    rows = RegistryRows(api.engine)
    project = await rows.project()
    await rows.retirement(project)
    await offer(api, project, shown=True)

    async with browser_of(api) as browser:
        await enter_as_supplier(api, browser, project)
        page = await browser.get("/desk/holdings")
        sheet = (await browser.get("/desk/holdings.csv")).text

    (line,) = list(csv.DictReader(io.StringIO(sheet)))
    assert (line["active_tonnes"], line["retired_tonnes"], line["offered"]) == (
        *("4750.00", "250.00"),
        "yes",
    )
    words = words_of(page)
    assert all(part in words for part in ("4,750.00", "250.00", "Yes, with your name"))
