"""Linking a wallet on its page, and the wallet's signature as a page's second step of signing in."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select

from adapters.postgres.tables import sessions, users
from tests.api.caller import Api
from tests.api.pages.browsing import (
    browser_of,
    forms_on,
    give_password,
    sign_in,
    words_of,
)
from tests.factories import BUYER
from tests.signing_wallet import SigningWallet

PAGE = "/account/wallet"
WALLET = SigningWallet("the buyer's")


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    await give_password(api, BUYER)
    async with browser_of(api) as made:
        await sign_in(made, BUYER)
        yield made


def message_on(page: httpx.Response) -> str:
    return page.text.partition("data-message>")[2].partition("</pre>")[0]


async def press(
    browser: httpx.AsyncClient, page: httpx.Response, do: str, **typed: str
) -> httpx.Response:
    (form,) = (form for form in forms_on(page, PAGE) if form.get("do") == do)
    return await browser.post(PAGE, data=form | typed)


async def link(browser: httpx.AsyncClient, wallet: SigningWallet = WALLET) -> httpx.Response:
    asked = await press(browser, await browser.get(PAGE), "ask", address=wallet.address())
    signature, key = wallet.sign(message_on(asked))
    return await press(browser, asked, "link", signature=signature, key=key)


async def second_step(browser: httpx.AsyncClient, signer: SigningWallet) -> httpx.Response:
    """Signs out, then in again, as far as the wallet's signature and with it."""
    (out,) = forms_on(await browser.get("/"), "/sign-out")
    await browser.post("/sign-out", data=out)
    asked = await sign_in(browser, BUYER, next="/projects")
    (form,) = forms_on(asked, "/sign-in/wallet")
    signature, key = signer.sign(message_on(asked))
    return await browser.post("/sign-in/wallet", data=form | {"signature": signature, "key": key})


async def test_a_wallet_is_linked_and_unlinked_on_its_page(
    api: Api, browser: httpx.AsyncClient
) -> None:
    linked = await link(browser)
    page = await browser.get(linked.headers["location"])
    unlinked = await press(browser, page, "unlink")

    assert (linked.status_code, linked.headers["location"]) == (303, f"{PAGE}?done=link")
    assert "Your wallet is linked." in words_of(page)
    assert WALLET.address() in page.text
    assert unlinked.headers["location"] == f"{PAGE}?done=unlink"
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(users.c.wallet_address).where(users.c.id == BUYER.id)
        )
    assert found.scalar_one() is None


async def test_a_signature_that_is_no_proof_is_refused_on_the_page_and_links_nothing(
    browser: httpx.AsyncClient,
) -> None:
    asked = await press(browser, await browser.get(PAGE), "ask", address=WALLET.address())
    signature, key = SigningWallet("another").sign(message_on(asked))

    refused = await press(browser, asked, "link", signature=signature, key=key)

    assert refused.status_code == 400
    assert "Nothing was changed The signature was made for another address." in words_of(refused)
    assert WALLET.address() not in (await browser.get(PAGE)).text


@pytest.mark.parametrize("challenge", ["", "x", "2b7c1d9e-4f3a-4b5c-8d6e-7f8091a2b3c4"])
async def test_forms_that_name_no_challenge_of_ours_are_refused(
    browser: httpx.AsyncClient, challenge: str
) -> None:
    signature, key = WALLET.sign("x")
    sent = {"address": WALLET.address(), "signature": signature, "key": key, "challenge": challenge}
    token = forms_on(await browser.get(PAGE), PAGE)[0]["form_token"]

    linking = await browser.post(PAGE, data=sent | {"do": "link", "form_token": token})
    signing_in = await browser.post("/sign-in/wallet", data=sent)

    assert (linking.status_code, signing_in.status_code) == (400, 401)


async def test_signing_in_takes_the_signature_too(api: Api, browser: httpx.AsyncClient) -> None:
    await link(browser)

    answer = await second_step(browser, WALLET)

    assert (answer.status_code, answer.headers["location"]) == (303, "/projects")
    assert "Signed in as" in (await browser.get("/projects")).text


async def test_the_password_alone_opens_no_session(api: Api, browser: httpx.AsyncClient) -> None:
    await link(browser)

    answer = await second_step(browser, SigningWallet("another"))

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "Signed in as" not in (await browser.get("/projects")).text
    async with api.engine.connect() as connection:
        open_ones = select(func.count()).where(sessions.c.ended_at.is_(None))
        assert (await connection.execute(open_ones)).scalar_one() == 0


async def test_the_page_is_for_those_who_are_signed_in(api: Api) -> None:
    async with browser_of(api) as stranger:
        answer = await stranger.get(PAGE)

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/account/wallet",
    )


async def test_a_form_from_elsewhere_unlinks_nothing(browser: httpx.AsyncClient) -> None:
    await link(browser)

    forged = await browser.post(
        PAGE, data={"do": "unlink"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert forged.status_code == 403
    assert WALLET.address() in (await browser.get(PAGE)).text
