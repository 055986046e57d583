"""
Somebody adds a passkey in their browser and signs in with it; Chromium's virtual authenticator has it.

The API runs by itself, on a database of the test's own, at `localhost`: an address of numbers has no passkeys.
"""

import socket
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.api.caller import running_api, settings_for
from tests.api.pages.browsing import PASSWORD, email_of, give_password
from tests.browser.serving import served_on
from tests.browser.test_desk import is_readable
from tests.databases import engine_for, save_people
from tests.factories import VERIFIER

# The address first, so that it outlives the page: a page still loading would complain of it.
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("address")]


@pytest.fixture
async def address(database_url: str) -> AsyncIterator[str]:
    engine = engine_for(database_url)
    await save_people(engine)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listening.getsockname()[1]}"
    settings = settings_for(database_url, public_url=url, second_factor_demanded_of=["verifier"])
    async with running_api(settings, engine) as api:
        await give_password(api, VERIFIER)
        async with served_on(api, listening):
            yield url
    await engine.dispose()


async def add_authenticator(page: Page, *, verified: bool = True) -> None:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": verified,
                "automaticPresenceSimulation": True,
            }
        },
    )


async def sign_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/sign-in?next=/account/passkeys")
    await page.get_by_label("E-mail address").fill(email_of(VERIFIER))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_passkey_is_added_while_signing_in_and_asked_for_from_then_on(
    page: Page, address: str
) -> None:
    await add_authenticator(page)
    await sign_in(page, address)
    await expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    await is_readable(page, "passkey-enrolment")
    await page.get_by_label("What you call it").fill("This laptop")
    await page.get_by_role("button", name="Make the passkey").click()
    await expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    await is_readable(page, "passkeys")

    # The authenticator has one of this account, and makes no second.
    await page.get_by_role("button", name="Add another passkey").click()
    await expect(page.get_by_role("heading", name="A new passkey")).to_be_visible()
    await is_readable(page, "passkey-asked")
    await page.get_by_label("What you call it").fill("Again")
    await page.get_by_role("button", name="Make the passkey").click()
    await expect(page.get_by_role("status")).to_contain_text("already holds a passkey")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("banner")).not_to_contain_text("Signed in")
    await sign_in(page, address)
    await expect(page.get_by_role("heading", name="Your passkey", exact=True)).to_be_visible()
    await is_readable(page, "sign-in-passkey")
    await page.get_by_role("button", name="Use a passkey").click()

    await expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    await expect(page.get_by_text("not yet")).to_have_count(0)


async def test_whoever_the_device_does_not_know_is_not_let_in(page: Page, address: str) -> None:
    await add_authenticator(page, verified=False)
    await sign_in(page, address)
    await page.get_by_label("What you call it").fill("This laptop")
    await page.get_by_role("button", name="Make the passkey").click()

    await expect(page.get_by_role("status")).to_contain_text("Nothing was sent; try again.")
