"""
Somebody with a wallet in their browser links it, and signs in with it.

The API runs by itself, on a database of the test's own: nothing here needs the rest of the registry.
The wallet is injected as extensions do it; its signatures are made by a real key, in this process.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.api.caller import Api, running_api, settings_for
from tests.api.pages.browsing import PASSWORD, email_of, give_password
from tests.browser.serving import served_on
from tests.browser.test_desk import is_readable
from tests.databases import engine_for, save_people
from tests.factories import BUYER
from tests.signing_wallet import SigningWallet

# The address first, so that it outlives the page: a page still loading would complain of it.
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("address")]

WALLET = SigningWallet("the buyer's")
INJECTED = """
window.cardano = {
  told: {},
  test: {
    name: "Testwallet",
    apiVersion: "1",
    icon: "data:image/svg+xml,",
    supportedExtensions: [],
    enable: async () => ({
      getNetworkId: async () => (await window.walletState()).network,
      getRewardAddresses: async () => [(await window.walletState()).address],
      getChangeAddress: async () => { throw { code: -2, info: "not asked for" }; },
      signData: async (address, payload) => {
        const answer = await window.walletSigns(address, payload);
        if (answer.code) throw answer;
        return answer;
      },
    }),
  },
};
"""


class InjectedWallet:
    """What the browser's wallet says; a test changes it as its owner would."""

    def __init__(self) -> None:
        self.network = 0
        self.declines = False
        self.signs: bytes | None = None
        self.hash_bytes: int | None = None

    def state(self) -> dict[str, object]:
        return {"network": self.network, "address": WALLET.raw_address().hex()}

    def sign(self, address: str, payload: str) -> dict[str, object]:
        if self.declines:
            return {"code": 3, "info": "declined"}
        assert address == WALLET.raw_address().hex()
        message = self.signs or bytes.fromhex(payload)
        signature, key = WALLET.sign(message, hash_bytes=self.hash_bytes)
        return {"signature": signature, "key": key}


@pytest.fixture
async def address(database_url: str) -> AsyncIterator[str]:
    engine = engine_for(database_url)
    await save_people(engine)
    settings = settings_for(database_url, public_url="http://127.0.0.1")
    async with running_api(settings, engine) as api:
        await give_password(api, BUYER)
        async with served(api) as url:
            yield url
    await engine.dispose()


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    async with served_on(api, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
async def wallet(page: Page) -> InjectedWallet:
    made = InjectedWallet()
    await page.expose_function("walletState", made.state)
    await page.expose_function("walletSigns", made.sign)
    await page.add_init_script(INJECTED)
    return made


async def sign_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/sign-in?next=/account/wallet")
    await page.get_by_label("E-mail address").fill(email_of(BUYER))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def test_a_wallet_is_linked_and_is_the_second_step_from_then_on(
    page: Page, address: str, wallet: InjectedWallet
) -> None:
    await sign_in(page, address)
    await expect(page.get_by_role("button", name="Use Testwallet")).to_be_visible()
    await is_readable(page, "wallet")
    await page.get_by_role("button", name="Use Testwallet").click()
    await expect(page.get_by_text("to link it to your account.")).to_be_visible()
    await is_readable(page, "wallet-asked")
    await page.get_by_role("button", name="Sign with Testwallet").click()
    await expect(page.get_by_role("heading", name="Linked")).to_be_visible()
    await is_readable(page, "wallet-linked")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("banner")).not_to_contain_text("Signed in")
    await sign_in(page, address)
    await expect(page.get_by_text("to sign you in.")).to_be_visible()
    await is_readable(page, "sign-in-wallet")
    await page.get_by_role("button", name="Sign with Testwallet").click()

    await expect(page.get_by_role("heading", name="Linked")).to_be_visible()
    await page.get_by_role("button", name="Unlink it").click()
    await expect(page.get_by_text("The wallet is unlinked.")).to_be_visible()


async def test_what_a_wallet_or_its_owner_does_not_do_is_said_and_nothing_is_sent(
    page: Page, address: str, wallet: InjectedWallet
) -> None:
    await sign_in(page, address)
    said = page.get_by_role("status")

    wallet.network = 1
    await page.get_by_role("button", name="Use Testwallet").click()
    await expect(said).to_have_text(
        "Your wallet is on mainnet, and this registry is on a test network. Switch it, and try again."
    )
    wallet.network = 0
    await page.get_by_role("button", name="Use Testwallet").click()
    sign = page.get_by_role("button", name="Sign with Testwallet")
    wallet.declines = True
    await sign.click()
    await expect(said).to_have_text("You declined in your wallet. Nothing was sent.")
    wallet.declines, wallet.signs = False, b"something else"
    await sign.click()
    await expect(said).to_have_text(
        "The wallet signed something else than this text. Nothing was sent."
    )
    wallet.signs, wallet.hash_bytes = None, 28
    await sign.click()

    # A hardware wallet's: it signs the hash of the text.
    await expect(page.get_by_text("Your wallet is linked.")).to_be_visible()


async def test_without_a_wallet_the_page_says_so_and_takes_what_is_signed_elsewhere(
    page: Page, address: str
) -> None:
    await sign_in(page, address)
    await expect(page.get_by_role("status")).to_contain_text("has no Cardano wallet")
    await page.get_by_text("Type its address instead").click()
    await page.get_by_label("Stake or base address").fill(WALLET.address())
    await page.get_by_role("button", name="Ask what to sign").click()
    signature, key = WALLET.sign(await page.locator("[data-message]").inner_text())
    await page.get_by_text("Sign it elsewhere").click()
    await page.get_by_label("Signature, in hexadecimal digits").fill(signature)
    await page.get_by_label("Key, in hexadecimal digits").fill(key)
    await page.get_by_role("button", name="Send the signature").click()

    await expect(page.get_by_text("Your wallet is linked.")).to_be_visible()
