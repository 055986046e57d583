"""Opening an account on pages: what scanners of mail do, what is given back, what needs no session."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from adapters.postgres.tables import users
from tests.api.caller import Api
from tests.api.mailbox import Mailbox
from tests.api.pages.browsing import browser_of, words_of

EMAIL = "asha.rao@supplier.example"
PASSWORD = "Kelp-forest-41!"
TYPED = {
    "email": EMAIL,
    "password": PASSWORD,
    "name": "李 雷 <b>Müller</b>",
    "company": "O'Neil & Söhne",
    "role": "developer",
    "terms": "2026-01-01",
}


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(api) as made:
        yield made


async def is_confirmed(api: Api) -> bool:
    async with api.engine.connect() as connection:
        found = await connection.execute(
            select(users.c.email_verified).where(users.c.email == EMAIL)
        )
        return bool(found.scalar_one())


async def test_a_link_that_a_scanner_opens_confirms_nothing_and_its_button_does(
    api: Api, browser: httpx.AsyncClient
) -> None:
    registered = await browser.post("/register", data=TYPED)
    token = await Mailbox(api).token()

    scanned = [await browser.get(f"/verify-email?token={token}") for _ in range(2)]
    still_open = await is_confirmed(api)
    confirmed = await browser.post("/verify-email", data={"token": token})

    assert registered.headers["location"] == "/verify-email?sent=1"
    assert [page.status_code for page in scanned] == [200, 200]
    assert not still_open
    assert "李 雷 <b>Müller</b>" in words_of(scanned[0])
    # The address holds the token, and no page that is gone to is told of it.
    assert scanned[0].headers["referrer-policy"] == "no-referrer"
    assert scanned[0].headers["cache-control"] == "no-store"
    assert confirmed.headers["location"] == "/sign-in?done=confirmed"
    assert await is_confirmed(api)
    signed_in = await browser.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    desk = await browser.get((await browser.get(signed_in.headers["location"])).headers["location"])
    assert "My desk You act for O'Neil & Söhne" in words_of(desk)
    assert "My account" in desk.text


async def test_what_was_typed_comes_back_with_all_faults_but_never_the_password(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.post("/register", data=TYPED | {"password": "kelp", "email": "asha@"})

    assert page.status_code == 400
    words = words_of(page)
    assert "Email must be an e-mail address" in words
    assert "Password must have a digit" in words
    assert 'value="O&#39;Neil &amp; Söhne"' in page.text
    assert 'value="kelp"' not in page.text


@pytest.mark.parametrize("role", ["verifier", "administrator"])
async def test_a_form_that_was_tampered_with_makes_no_staff(
    browser: httpx.AsyncClient, role: str
) -> None:
    page = await browser.post("/register", data=TYPED | {"role": role})

    assert page.status_code == 403
    assert f"Nobody registers as {role} by themselves" in words_of(page)


@pytest.mark.parametrize(
    "path", ["/register", "/verify-email", "/verify-email/resend", "/forgot-password", "/reset-password"]
)  # fmt: skip
async def test_forms_from_elsewhere_are_turned_away(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.post(path, data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 403
    assert "was not sent from a page of this registry" in words_of(page)


async def test_a_dead_link_says_so_and_leads_to_another(browser: httpx.AsyncClient) -> None:
    verify = await browser.get("/verify-email?token=x")
    reset = await browser.get("/reset-password?token=x")

    assert (verify.status_code, reset.status_code) == (400, 400)
    for page in (verify, reset):
        assert "was used or has expired" in words_of(page)
    assert 'action="/verify-email/resend"' in verify.text
    assert 'href="/forgot-password"' in reset.text


async def test_a_password_is_chosen_by_mail_and_everybody_reads_the_same_of_it(
    api: Api, browser: httpx.AsyncClient
) -> None:
    mailbox = Mailbox(api)
    await browser.post("/register", data=TYPED)
    await browser.post("/verify-email", data={"token": await mailbox.token()})

    asked = [
        await browser.post("/forgot-password", data={"email": email})
        for email in (EMAIL, "nobody@people.example")
    ]
    token = await mailbox.token()
    early = await browser.post("/reset-password", data={"token": token, "password": "short"})
    changed = await browser.post(
        "/reset-password", data={"token": token, "password": "Other-kelp-42!"}
    )

    assert {answer.headers["location"] for answer in asked} == {"/forgot-password?sent=1"}
    assert (early.status_code, f'value="{token}"' in early.text) == (400, True)
    assert changed.headers["location"] == "/sign-in?done=password"
    assert "Your new password counts" in words_of(await browser.get("/sign-in?done=password"))


async def test_only_sentences_of_ours_stand_above_the_sign_in(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/sign-in?done=Call+0900-EVIL")

    assert page.status_code == 200
    assert "EVIL" not in page.text
