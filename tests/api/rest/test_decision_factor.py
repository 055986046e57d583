"""Decisions wait for the fresh second factor of those who have one; Temporal is away, so 503 is let through."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update
from webauthn.helpers import bytes_to_base64url

from adapters.postgres.tables import users, verification_requests
from domain.accounts.passkeys import CHALLENGE_UNKNOWN
from tests.api.caller import Api, told
from tests.api.registry_rows import RegistryRows
from tests.authenticator import Authenticator
from tests.factories import ADMINISTRATOR, NOW
from tests.signing_wallet import SigningWallet, blake2b

LET_THROUGH = 503
WALLET = SigningWallet("the administrator's")
APPROVAL = {"notes": "Twelve kilns were visited, and their logs match."}
BODIES: dict[str, dict[str, Any] | None] = {
    "approve": APPROVAL,
    "reject": {"reason": "The kilns of two villages do not exist."},
    "countersign": None,
    "countersign/refuse": {"reason": "The report's second annex is missing."},
}
CHALLENGE_ID = "2b7c1d9e-4f3a-4b5c-8d6e-7f8091a2b3c4"


class Decider:
    """One session of staff, which sends one thing again and again under one key."""

    def __init__(self, api: Api, verification_id: str, headers: dict[str, str]) -> None:
        self._api = api
        self.verification_id = verification_id
        self._path = f"/api/v1/verifications/{verification_id}"
        self._headers = headers | {"Idempotency-Key": str(uuid4())}

    def with_another_key(self) -> "Decider":
        return Decider(self._api, self.verification_id, self._headers)

    def with_fresh_key(self) -> dict[str, str]:
        return self._headers | {"Idempotency-Key": str(uuid4())}

    async def send(
        self, act: str = "approve", body: dict[str, Any] | None = None, **more: str
    ) -> httpx.Response:
        headers = self._headers | {name.replace("_", "-"): value for name, value in more.items()}
        return await self._api.client.post(
            f"{self._path}/{act}", json=body or BODIES[act], headers=headers
        )


@pytest.fixture
async def decider(api: Api) -> AsyncIterator[Decider]:
    await RegistryRows(api.engine).project()
    async with api.engine.connect() as connection:
        found = await connection.execute(select(verification_requests.c.id))
        yield Decider(api, str(found.scalar_one()), await api.signed_in(ADMINISTRATOR))


@pytest.fixture
async def authenticator(api: Api, decider: Decider) -> Authenticator:
    made = Authenticator()
    asked = await api.client.post("/api/v1/me/passkeys/challenge", headers=decider.with_fresh_key())
    data = asked.json()["data"]
    added = await api.client.post(
        "/api/v1/me/passkeys",
        json={
            "challengeId": data["challengeId"],
            "name": "Blue key",
            "credential": made.create(data["publicKey"]),
        },
        headers=decider.with_fresh_key(),
    )
    assert added.status_code == 201
    return made


def confirmed(answer: httpx.Response, authenticator: Authenticator) -> str:
    challenge = answer.json()["meta"]["passkeyChallenge"]
    credential = json.dumps(authenticator.get(challenge["publicKey"])).encode()
    return f"{challenge['challengeId']}.{bytes_to_base64url(credential)}"


async def test_who_has_no_second_factor_is_asked_for_none(decider: Decider) -> None:
    assert (await decider.send()).status_code == LET_THROUGH


@pytest.mark.parametrize("act", BODIES)
async def test_each_decision_is_sent_again_with_the_passkeys_answer(
    decider: Decider, authenticator: Authenticator, act: str
) -> None:
    asked = await decider.send(act)
    answer = await decider.send(act, Passkey_Assertion=confirmed(asked, authenticator))

    assert asked.status_code == 401
    assert set(asked.json()["meta"]["passkeyChallenge"]) == {
        "challengeId",
        "publicKey",
        "expiresAt",
    }
    assert "walletChallenge" not in asked.json()["meta"]
    assert answer.status_code == LET_THROUGH


async def test_a_confirmation_is_of_one_decision_one_session_and_one_try(
    api: Api, decider: Decider, authenticator: Authenticator
) -> None:
    once = confirmed(await decider.send(), authenticator)
    other = Decider(api, decider.verification_id, await api.signed_in(ADMINISTRATOR))

    elsewhere = await other.send(Passkey_Assertion=once)
    of_another = await decider.with_another_key().send("reject", Passkey_Assertion=once)
    used_up = await decider.send(Passkey_Assertion=once)
    with_more = await decider.with_another_key().send(
        body=APPROVAL | {"vintage": 2025}, Passkey_Assertion=confirmed(used_up, authenticator)
    )

    assert CHALLENGE_UNKNOWN in told(elsewhere)[0][2]
    assert "What was signed is another decision." in told(of_another)[0][2]
    assert CHALLENGE_UNKNOWN in told(used_up)[0][2]
    assert "What was signed is another decision." in told(with_more)[0][2]


async def test_a_linked_wallet_confirms_too(
    api: Api, decider: Decider, authenticator: Authenticator
) -> None:
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users)
            .where(users.c.id == ADMINISTRATOR.id)
            .values(
                wallet_address=WALLET.address(),
                wallet_key_hash=blake2b(bytes(WALLET.stake.verify_key)).hex(),
                wallet_linked_at=NOW,
                wallet_verified_at=NOW,
            )
        )
    asked = await decider.send()
    challenge = asked.json()["meta"]["walletChallenge"]
    signature, key = WALLET.sign(challenge["message"])
    answer = await decider.send(Wallet_Signature=f"{challenge['challengeId']}.{signature}.{key}")

    assert "to approve the verification" in challenge["message"]
    assert "passkeyChallenge" in asked.json()["meta"]
    assert answer.status_code == LET_THROUGH


@pytest.mark.parametrize(
    "header", ["", "x", f"{CHALLENGE_ID}.", f"{CHALLENGE_ID}.~", f"{CHALLENGE_ID}.MQ", "x.e30"]
)
async def test_a_header_of_another_shape_is_refused(decider: Decider, header: str) -> None:
    answer = await decider.send(Passkey_Assertion=header)

    assert [place[:2] for place in told(answer)] == [("VALIDATION_ERROR", "Passkey-Assertion")]
