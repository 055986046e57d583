"""Large transfers and retirements wait for the holder's wallet; Temporal is away, so 503 is let through."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from adapters.postgres.tables import users
from adapters.settings import Settings
from domain.accounts.wallet_proofs import CHALLENGE_UNKNOWN
from domain.credits.ledger import CreditEntry
from tests.api.bodies import RETIREMENT
from tests.api.caller import Api, errors, settings_for, told
from tests.factories import BUYER, DEVELOPER, NOW, named
from tests.ledger_rows import LedgerRows
from tests.signing_wallet import SigningWallet, blake2b

WALLET = SigningWallet("the developer's")
LET_THROUGH = 503
LARGE = {"quantity": "10.01", "recipientId": str(BUYER.id)}

CHALLENGE_ID = named("challenge")


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url, wallet_signature_above_tonnes="10")


@pytest.fixture
async def entry(api: Api) -> CreditEntry:
    ledger = LedgerRows(api.engine)
    return await ledger.issue(await ledger.project(), 10_000)


@pytest.fixture
async def linked(api: Api) -> None:
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


class Holder:
    """One session of the developer's, that sends one thing again and again under one key."""

    def __init__(self, api: Api, entry: CreditEntry, headers: dict[str, str]) -> None:
        self._api = api
        self._entry = entry
        self._headers = headers | {"Idempotency-Key": str(uuid4())}

    def with_another_key(self) -> "Holder":
        return Holder(self._api, self._entry, self._headers)

    async def send(
        self, body: dict[str, Any], *, call: str = "transfer", **more: str
    ) -> httpx.Response:
        headers = self._headers | {name.replace("_", "-"): value for name, value in more.items()}
        path = f"/credits/{self._entry.serial}/{call}" if call != "retirements" else "/retirements"
        return await self._api.client.post(f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
async def holder(api: Api, entry: CreditEntry) -> Holder:
    return Holder(api, entry, await api.signed_in(DEVELOPER))


def signed(answer: httpx.Response, wallet: SigningWallet = WALLET) -> str:
    challenge = answer.json()["meta"]["walletChallenge"]
    signature, key = wallet.sign(challenge["message"])
    return f"{challenge['challengeId']}.{signature}.{key}"


@pytest.mark.usefixtures("linked")
async def test_up_to_the_limit_nothing_is_asked(holder: Holder) -> None:
    assert (await holder.send(LARGE | {"quantity": "10.00"})).status_code == LET_THROUGH


@pytest.mark.usefixtures("linked")
async def test_above_it_the_same_request_is_sent_again_with_the_signature(
    holder: Holder, entry: CreditEntry
) -> None:
    asked = await holder.send(LARGE)
    challenge = asked.json()["meta"]["walletChallenge"]
    answer = await holder.send(LARGE, Wallet_Signature=signed(asked))

    assert asked.status_code == 401
    assert "To move more than 10 t your wallet must sign." in errors(asked)[0]["detail"]
    assert set(challenge) == {"challengeId", "message", "walletAddress", "expiresAt"}
    assert f"to transfer 10.01 t of {entry.serial} to {BUYER.id}." in challenge["message"]
    assert answer.status_code == LET_THROUGH


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(("call", "quantity"), [("retire", "10.01"), ("retirements", None)])
async def test_retirements_are_signed_too(
    holder: Holder, entry: CreditEntry, call: str, quantity: str | None
) -> None:
    body = RETIREMENT | {"quantity": quantity}
    if quantity is None:
        body = {name: value for name, value in RETIREMENT.items() if name != "quantity"}
        body["lines"] = [{"serial": str(entry.serial), "quantity": "10.01"}]

    asked = await holder.send(body, call=call)
    answer = await holder.send(body, call=call, Wallet_Signature=signed(asked))

    assert (
        f"to retire 10.01 t of {entry.serial}."
        in asked.json()["meta"]["walletChallenge"]["message"]
    )
    assert (asked.status_code, answer.status_code) == (401, LET_THROUGH)


@pytest.mark.usefixtures("linked")
async def test_a_signature_is_of_one_movement_one_session_and_one_try(
    api: Api, holder: Holder, entry: CreditEntry
) -> None:
    once = signed(await holder.send(LARGE))
    other_session = Holder(api, entry, await api.signed_in(DEVELOPER))
    another = holder.with_another_key()

    elsewhere = await other_session.send(LARGE, Wallet_Signature=once)
    of_another = await another.send(LARGE | {"quantity": "10.02"}, Wallet_Signature=once)
    used_up = await holder.send(LARGE, Wallet_Signature=once)

    assert CHALLENGE_UNKNOWN in told(elsewhere)[0][2]
    assert "What was signed is another movement." in told(of_another)[0][2]
    assert CHALLENGE_UNKNOWN in told(used_up)[0][2]
    # Each says what to sign instead.
    assert (await holder.send(LARGE, Wallet_Signature=signed(used_up))).status_code == LET_THROUGH


@pytest.mark.usefixtures("linked")
async def test_another_wallets_signature_moves_nothing(holder: Holder) -> None:
    answer = await holder.send(
        LARGE, Wallet_Signature=signed(await holder.send(LARGE), SigningWallet("another"))
    )

    assert "The signature was made for another address." in told(answer)[0][2]


async def test_without_a_wallet_it_is_said_how_to_link_one(holder: Holder) -> None:
    answer = await holder.send(LARGE)

    assert answer.status_code == 401
    assert "Link one first: POST /me/wallet/challenge." in told(answer)[0][2]
    assert "walletChallenge" not in answer.json()["meta"]


@pytest.mark.parametrize(
    "header", ["", "x", "a.b.c", f"{CHALLENGE_ID}.00", f"{CHALLENGE_ID}.zz.00"]
)
async def test_a_header_of_another_shape_is_refused(holder: Holder, header: str) -> None:
    answer = await holder.send(LARGE, Wallet_Signature=header)

    assert [place[:2] for place in told(answer)] == [("VALIDATION_ERROR", "Wallet-Signature")]
