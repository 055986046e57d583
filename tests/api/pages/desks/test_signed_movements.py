"""What a wallet must sign is asked for on pages too; Temporal is away, so 503 is let through."""

import re
from html import unescape

import httpx
import pytest
from sqlalchemy import update

from adapters.postgres.tables import users
from adapters.settings import Settings
from tests.api.caller import Api, settings_for
from tests.api.pages.browsing import browser_of, email_of, forms_on, give_password, sign_in
from tests.factories import BUYER, DEVELOPER, NOW
from tests.ledger_rows import LedgerRows
from tests.signing_wallet import SigningWallet, blake2b

WALLET = SigningWallet("the developer's")
STATEMENT = {"disclosed": "no", "purpose": "A claim", "reason": "Travel in 2025", "step": "3"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url, wallet_signature_above_tonnes="10")


def message_on(page: httpx.Response) -> str:
    """What the wallet is to sign."""
    found = re.search(r"data-message>(.*?)</pre>", page.text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize(
    ("address", "typed", "said"),
    [
        ("/desk/transfer", {"recipientEmail": email_of(BUYER)}, "to transfer 10.01 t of"),
        ("/desk/retire", STATEMENT, "to retire 10.01 t of"),
    ],
)
async def test_a_large_movement_is_sent_again_with_the_signature(
    api: Api, address: str, typed: dict[str, str], said: str
) -> None:
    ledger = LedgerRows(api.engine)
    entry = await ledger.issue(await ledger.project(), 10_000)
    await give_password(api, DEVELOPER)

    async with browser_of(api) as browser:
        assert (await sign_in(browser, DEVELOPER)).status_code == 303
        (form,) = forms_on(await browser.get(address), address)
        sent = form | typed | {"serial": str(entry.serial), "quantity": "10.01"}
        without_wallet = await browser.post(address, data=sent)
        async with api.engine.begin() as connection:
            await connection.execute(
                update(users)
                .where(users.c.id == DEVELOPER.id)
                .values(
                    wallet_address=WALLET.address(),
                    wallet_key_hash=blake2b(bytes(WALLET.stake.verify_key)).hex(),
                    wallet_linked_at=NOW,
                    wallet_verified_at=NOW,
                )
            )
        asked = await browser.post(address, data=sent)
        (again,) = forms_on(asked, address)
        _, key = WALLET.sign(message_on(asked))
        # A challenge is good for one try.
        forged = await browser.post(address, data=again | {"signature": "00", "key": key})
        (fresh,) = forms_on(forged, address)
        signature, key = WALLET.sign(message_on(forged))
        let_through = await browser.post(address, data=fresh | {"signature": signature, "key": key})

    assert (without_wallet.status_code, "Link one first" in without_wallet.text) == (403, True)
    assert said in message_on(asked)
    assert fresh["operation"] == again["operation"]
    assert (forged.status_code, let_through.status_code) == (200, 503)
