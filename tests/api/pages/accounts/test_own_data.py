"""My data on its page: a copy, consents, and erasure with a time to think."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, forms_on, give_password, sign_in, words_of
from tests.factories import BUYER

PAGE = "/account/data"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    await give_password(api, BUYER)
    async with browser_of(api) as made:
        await sign_in(made, BUYER)
        yield made


async def press(browser: httpx.AsyncClient, do: str) -> str:
    """What the page says afterwards."""
    (form,) = (form for form in forms_on(await browser.get(PAGE), PAGE) if form.get("do") == do)
    answer = await browser.post(PAGE, data=form)
    assert answer.status_code == 303
    return words_of(await browser.get(answer.headers["location"]))


async def test_each_button_does_what_it_says(browser: httpx.AsyncClient) -> None:
    assert "The copy is being made." in await press(browser, "export")
    assert "You agreed to news by mail" in await press(browser, "consent")
    assert "You get no news by mail; you said so" in await press(browser, "consent")
    assert "Your account will be erased on" in await press(browser, "erase")
    assert "Your account stays." in await press(browser, "withdraw")


async def test_who_is_not_signed_in_is_asked_to(api: Api) -> None:
    async with browser_of(api) as stranger:
        answer = await stranger.get(PAGE)

    assert answer.headers["location"].startswith("/sign-in?")
