"""Passkeys on their page, as a page's second step of signing in, and what a session is before and after."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from adapters.postgres.tables import sessions
from adapters.settings import Settings
from tests.api.caller import Api, settings_for
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.authenticator import Authenticator
from tests.factories import BUYER, VERIFIER

PAGE = "/account/passkeys"
COOKIE = "__Host-session"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    for person in (BUYER, VERIFIER):
        await give_password(api, person)
    async with browser_of(api) as made:
        yield made


def asked_on(page: httpx.Response) -> Any:
    (options,) = re.findall(r'data-options="([^"]*)"', page.text)
    return json.loads(unescape(options))


def with_credential(page: httpx.Response, action: str, credential: Any, **typed: str) -> Any:
    (form,) = (form for form in forms_on(page, action) if "challenge" in form)
    return form | {"credential": json.dumps(credential)} | typed


async def add(browser: httpx.AsyncClient, authenticator: Authenticator) -> httpx.Response:
    (form,) = forms_on(await browser.get(PAGE), f"{PAGE}/new")
    asked = await browser.post(f"{PAGE}/new", data=form)
    credential = authenticator.create(asked_on(asked))
    return await browser.post(
        PAGE, data=with_credential(asked, PAGE, credential, name="Blue & green")
    )


async def press(browser: httpx.AsyncClient, do: str, **typed: str) -> httpx.Response:
    (form,) = (form for form in forms_on(await browser.get(PAGE), PAGE) if form.get("do") == do)
    return await browser.post(PAGE, data=form | typed)


async def finish(browser: httpx.AsyncClient, authenticator: Authenticator) -> httpx.Response:
    asked = await sign_in(browser, BUYER, next="/projects")
    credential = authenticator.get(asked_on(asked))
    return await browser.post(
        "/sign-in/passkey", data=with_credential(asked, "/sign-in/passkey", credential)
    )


async def test_a_passkey_is_added_renamed_and_removed_on_its_page(
    browser: httpx.AsyncClient,
) -> None:
    await sign_in(browser, BUYER)
    added = await add(browser, Authenticator())
    page = await browser.get(added.headers["location"])
    nameless = await press(browser, "rename", name=" ")
    await press(browser, "rename", name="Red")
    renamed = await browser.get(PAGE)
    await press(browser, "remove")

    assert "The passkey is added." in words_of(page)
    assert "Blue &amp; green" in page.text
    assert nameless.status_code == 400
    assert 'value="Red"' in renamed.text
    assert "You have no passkey yet." in words_of(await browser.get(PAGE))


async def test_signing_in_asks_for_the_passkey(api: Api, browser: httpx.AsyncClient) -> None:
    authenticator = Authenticator()
    await sign_in(browser, BUYER)
    await add(browser, authenticator)
    async with browser_of(api) as other:
        answer = await finish(other, authenticator)
        refused = await finish(other, Authenticator("another"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/projects")
    assert refused.status_code == 401
    assert "Begin again with the password" in words_of(refused)


async def test_a_session_is_another_one_after_each_step(
    api: Api, browser: httpx.AsyncClient
) -> None:
    """Nobody signs somebody else in to a session that they know (session fixation)."""
    authenticator = Authenticator()
    planted = "page.planted-by-somebody"
    browser.cookies.set(COOKIE, planted, domain="registry.example")
    await sign_in(browser, BUYER)
    after_password = browser.cookies[COOKIE]
    await add(browser, authenticator)

    # With the session of before in the cookie: the password alone opens none, the second step another.
    asked = await sign_in(browser, BUYER)
    between = browser.cookies[COOKIE]
    await finish(browser, authenticator)
    after_second = browser.cookies[COOKIE]

    assert "set-cookie" not in asked.headers
    assert between == after_password
    assert len({planted, after_password, after_second}) == 3
    async with browser_of(api) as thief:
        for token in (planted, after_password):
            thief.cookies.set(COOKIE, token, domain="registry.example")
            assert (await thief.get("/account")).status_code == 303
    async with api.engine.connect() as connection:
        still = select(func.count()).where(sessions.c.ended_at.is_(None))
        assert (await connection.execute(still)).scalar_one() == 1


@pytest.mark.parametrize("credential", ["", "x", "[]", "7", "[" * 5_000, "x" * 20_000])
async def test_forms_without_an_answer_change_nothing(
    browser: httpx.AsyncClient, credential: str
) -> None:
    await sign_in(browser, BUYER)
    (form,) = forms_on(await browser.get(PAGE), f"{PAGE}/new")
    asked = await browser.post(f"{PAGE}/new", data=form)

    refused = await browser.post(
        PAGE, data=with_credential(asked, PAGE, {}, name="Blue") | {"credential": credential}
    )

    assert refused.status_code == 400
    assert "The form holds no answer of a passkey" in words_of(refused)


async def test_the_page_is_for_those_who_are_signed_in(browser: httpx.AsyncClient) -> None:
    answers = [await browser.get(PAGE), await browser.post(f"{PAGE}/new")]

    assert [answer.headers["location"] for answer in answers] == [
        "/sign-in?next=/account/passkeys",
        "/sign-in?next=/account/passkeys/new",
    ]


class TestWhereTheRoleDemandsOne:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return settings_for(database_url, second_factor_demanded_of=["verifier"])

    async def test_the_first_is_added_while_signing_in(self, browser: httpx.AsyncClient) -> None:
        asked = await sign_in(browser, VERIFIER, next="/account/passkeys")
        credential = Authenticator().create(asked_on(asked))
        answer = await browser.post(
            "/sign-in/passkey/new",
            data=with_credential(asked, "/sign-in/passkey/new", credential, name="Blue"),
        )
        kept = await press(browser, "remove")

        assert "Your role needs a second factor" in words_of(asked)
        assert answer.headers["location"] == "/account/passkeys"
        assert kept.status_code == 409
        assert "Your role needs a second factor" in words_of(kept)
