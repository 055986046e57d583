"""One's own desk and organisation, and the verification bodies of staff, on pages."""

from collections.abc import AsyncIterator

import httpx
import pytest

from domain.accounts.roles import Account
from tests.api.caller import Api
from tests.api.pages.browsing import browser_of, email_of, give_password, sign_in, words_of
from tests.api.pages.desks.test_account import press
from tests.factories import ADMINISTRATOR, BUYER, DEVELOPER, OTHER_BUYER, VERIFIER

ORGANISATION = "/account/organisation"


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    for person in (ADMINISTRATOR, BUYER, OTHER_BUYER, DEVELOPER, VERIFIER):
        await give_password(api, person)
    async with browser_of(api) as made:
        yield made


@pytest.mark.parametrize(
    ("person", "headings"),
    [
        (DEVELOPER, ["Projects", "Credits held", "Retirements"]),
        (BUYER, ["Credits held", "Retirements"]),
        (VERIFIER, ["In review with me"]),
    ],
    ids=lambda value: getattr(value, "role", ""),
)
async def test_everybody_has_a_desk_with_what_concerns_them(
    browser: httpx.AsyncClient, person: Account, headings: list[str]
) -> None:
    await sign_in(browser, person)
    led = await browser.get("/staff")
    page = await browser.get(led.headers["location"])

    assert page.status_code == 200
    shown = [
        one
        for one in ("In review with me", "Projects", "Credits held", "Retirements")
        if f">{one}</h2>" in page.text
    ]
    assert shown == headings


async def test_an_owner_invites_and_a_colleague_accepts(browser: httpx.AsyncClient) -> None:
    await sign_in(browser, BUYER)
    email = email_of(OTHER_BUYER)
    sent = await press(
        browser, "invite", ORGANISATION, name="A colleague", email=email, role="member"
    )
    waiting = await browser.get(ORGANISATION)
    await browser.post("/sign-out", data={"form_token": _token(waiting)})
    await sign_in(browser, OTHER_BUYER)
    asked = await browser.get("/desk")
    accepted = await press(browser, "accept", ORGANISATION)
    page = await browser.get(accepted.headers["location"])

    assert (sent.status_code, email in waiting.text) == (303, True)
    assert "invites you to act for it" in words_of(asked)
    assert "You act for this organisation from now on." in words_of(page)
    assert "Buyer & Co." in words_of(page)
    assert "Invite somebody" not in words_of(page)


def _token(page: httpx.Response) -> str:
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


async def test_staff_record_a_body_its_accreditation_and_a_verifier(
    browser: httpx.AsyncClient,
) -> None:
    bodies = "/staff/verification-bodies"
    await sign_in(browser, ADMINISTRATOR)
    added = await press(browser, "add", bodies, legal_name="350Solutions", country="us", number="")
    listed = await browser.get(bodies)
    path = next(
        part.partition('"')[0]
        for part in listed.text.split('href="')
        if part.startswith(f"{bodies}/") and "350Solutions" in part
    )
    wrong = await press(
        browser, "accredit", path, scheme="ISO 14065", number="1", scope="perpetual motion",
        valid_from="2020-01-01", valid_until="2098-01-01",
    )  # fmt: skip
    right = await press(
        browser, "accredit", path, scheme="ISO 14065", number="1", scope="biochar, cookstoves",
        valid_from="2020-01-01", valid_until="2098-01-01",
    )  # fmt: skip
    verifier = await press(browser, "verifier", path, verifier=str(VERIFIER.id))
    page = words_of(await browser.get(path))
    public = words_of(await browser.get("/verification-bodies"))

    assert [one.status_code for one in (added, wrong, right, verifier)] == [303, 400, 303, 303]
    assert "Biochar, Cookstoves" in page
    assert "A verifier" in page
    assert "350Solutions" in public
    assert "A verifier" not in public
