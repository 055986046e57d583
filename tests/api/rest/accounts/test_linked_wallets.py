"""Linking a wallet, and its signature as the second step of signing in."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update

from activities.accounts.linked_wallets import LINKED, UNLINKED
from adapters.postgres.database import PostgresDatabase
from adapters.postgres.tables import (
    audit_logs,
    audit_queue,
    notifications,
    users,
    wallet_challenges,
)
from domain.accounts.wallet_proofs import CHALLENGE_EXPIRED, CHALLENGE_UNKNOWN
from domain.errors import NotFound
from tests.api.caller import Api, told
from tests.api.pages.browsing import PASSWORD, email_of, give_password
from tests.factories import BUYER, DEVELOPER
from tests.signing_wallet import AddressKind, SigningWallet
from tools.unlink_wallet import unlink_wallet

Headers = dict[str, str]
WALLET = SigningWallet("the developer's")
MAINNET = SigningWallet("the developer's", mainnet=True)


@pytest.fixture
async def developer(api: Api) -> Headers:
    await give_password(api, DEVELOPER)
    return await api.signed_in(DEVELOPER)


async def ask(api: Api, headers: Headers, address: str) -> httpx.Response:
    return await api.client.post(
        "/api/v1/me/wallet/challenge", json={"address": address}, headers=headers
    )


def proof(
    challenge: dict[str, Any], wallet: SigningWallet, kind: AddressKind = "stake", **how: Any
) -> dict[str, Any]:
    signature, key = wallet.sign(challenge["message"], kind, **how)
    return {
        "challengeId": challenge["challengeId"],
        "address": wallet.address(kind),
        "signature": signature,
        "key": key,
    }


async def put(api: Api, headers: Headers, body: dict[str, Any]) -> httpx.Response:
    return await api.client.put("/api/v1/me/wallet", json=body, headers=headers)


async def link(
    api: Api,
    headers: Headers,
    wallet: SigningWallet = WALLET,
    kind: AddressKind = "stake",
    **how: Any,
) -> httpx.Response:
    challenge = (await ask(api, headers, wallet.address(kind))).json()["data"]
    return await put(api, headers, proof(challenge, wallet, kind, **how))


async def log_in(api: Api) -> httpx.Response:
    body = {"email": email_of(DEVELOPER), "password": PASSWORD}
    return await api.client.post("/api/v1/auth/login", json=body)


async def finish(api: Api, body: dict[str, Any]) -> httpx.Response:
    return await api.client.post("/api/v1/auth/wallet", json=body)


async def wallet_of(api: Api, headers: Headers) -> str | None:
    found: str | None = (await api.client.get("/api/v1/me", headers=headers)).json()["data"][
        "walletAddress"
    ]
    return found


async def test_the_message_says_who_asks_for_what_and_until_when(
    api: Api, developer: Headers
) -> None:
    answer = await ask(api, developer, WALLET.raw_address().hex())

    data = answer.json()["data"]
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert data["walletAddress"] == WALLET.address()
    lines = data["message"].splitlines()
    assert lines[:6] == [
        "Karbonica Registry asks for the signature of your wallet,",
        "to link it to your account.",
        "Site: registry.example",
        f"Account: {DEVELOPER.id}",
        f"Address: {WALLET.address()}",
        "Network: devnet",
    ]
    assert [line.partition(":")[0] for line in lines[6:9]] == ["Nonce", "Issued", "Expires"]
    assert lines[9:] == ["Signing this moves no funds and costs nothing."]
    left = datetime.fromisoformat(data["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


async def test_the_message_is_kept_as_hashes_alone(api: Api, developer: Headers) -> None:
    data = (await ask(api, developer, WALLET.address())).json()["data"]

    async with api.engine.connect() as connection:
        (row,) = (await connection.execute(select(wallet_challenges))).mappings()
    kept = " ".join(map(str, row.values()))
    assert WALLET.address() not in kept
    (nonce,) = re.findall("Nonce: (.+)", data["message"])
    assert nonce not in kept


@pytest.mark.parametrize(
    ("kind", "hash_bytes"), [("base", None), ("enterprise", 24), ("stake", 28)]
)
async def test_a_wallet_is_linked_by_any_address_of_a_key(
    api: Api, developer: Headers, kind: AddressKind, hash_bytes: int | None
) -> None:
    answer = await link(api, developer, kind=kind, hash_bytes=hash_bytes)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["address"] == WALLET.address(kind)
    assert await wallet_of(api, developer) == WALLET.address(kind)


async def test_linking_and_unlinking_are_told_and_leave_entries_without_the_address(
    api: Api, developer: Headers
) -> None:
    await link(api, developer)
    await link(api, developer)
    gone = await api.client.delete("/api/v1/me/wallet", headers=developer)
    again = await api.client.delete("/api/v1/me/wallet", headers=developer)

    assert (gone.status_code, again.status_code) == (204, 404)
    assert await wallet_of(api, developer) is None
    async with api.engine.connect() as connection:
        said = (
            await connection.execute(
                select(notifications.c.message).order_by(notifications.c.created_at)
            )
        ).scalars()
        noted = (await connection.execute(select(audit_logs).order_by(audit_logs.c.seq))).mappings()
        entries = [(row["event_type"], row["user_id"], str(row["changes"])) for row in noted]
    assert list(said) == [LINKED, UNLINKED]
    assert [entry[:2] for entry in entries] == [
        (f"wallet.{what}", DEVELOPER.id) for what in ("linked", "verified", "unlinked")
    ]
    assert WALLET.address() not in str(entries)


async def test_a_challenge_is_good_for_one_try(api: Api, developer: Headers) -> None:
    challenge = (await ask(api, developer, WALLET.address())).json()["data"]

    wrong = await put(api, developer, proof(challenge | {"message": "x"}, WALLET))
    right = await put(api, developer, proof(challenge, WALLET))

    assert told(wrong) == [
        (
            "VALIDATION_ERROR",
            "/signature",
            "What was signed is not the message of this challenge.",
        )
    ]
    assert told(right) == [("VALIDATION_ERROR", "/challengeId", CHALLENGE_UNKNOWN)]


async def test_a_challenge_belongs_to_its_session_account_purpose_and_time(
    api: Api, developer: Headers
) -> None:
    """What is not theirs is as if it were not there, and stays for whom it is."""
    challenge = (await ask(api, developer, WALLET.address())).json()["data"]
    body = proof(challenge, WALLET)
    unknown = [("VALIDATION_ERROR", "/challengeId", CHALLENGE_UNKNOWN)]

    for other in (DEVELOPER, BUYER):
        assert told(await put(api, await api.signed_in(other), body)) == unknown
    assert told(await put(api, developer, body | {"challengeId": str(uuid4())})) == unknown
    assert told(await finish(api, body)) == [("AUTHENTICATION_ERROR", None, CHALLENGE_UNKNOWN)]

    async with api.engine.begin() as connection:
        await connection.execute(update(wallet_challenges).values(expires_at=datetime.now(UTC)))
    assert told(await put(api, developer, body)) == [
        ("VALIDATION_ERROR", "/challengeId", CHALLENGE_EXPIRED)
    ]


async def test_addresses_of_another_network_are_refused_before_anybody_signs(
    api: Api, developer: Headers
) -> None:
    answer = await ask(api, developer, MAINNET.address())

    sentence = (
        "This address is of mainnet, and this registry is on Cardano devnet. Switch the network in"
        " your wallet, and try again."
    )
    assert told(answer) == [("VALIDATION_ERROR", "/address", sentence)]


async def test_a_wallet_has_one_account_and_an_account_one_wallet(
    api: Api, developer: Headers
) -> None:
    buyer = await api.signed_in(BUYER)
    await link(api, developer)

    taken = await link(api, buyer)
    other = await ask(api, developer, SigningWallet("another").address())

    assert told(taken) == [("CONFLICT", "/address", "This wallet is linked to another account.")]
    assert told(other) == [
        ("CONFLICT", None, "Another wallet is linked to your account; unlink it first.")
    ]


async def test_one_key_is_one_account_though_its_addresses_are_many(
    api: Api, developer: Headers
) -> None:
    """The base and the enterprise address have one payment key."""
    await link(api, developer, kind="base")

    answer = await link(api, await api.signed_in(BUYER), kind="enterprise")

    assert answer.status_code == 409


async def test_signing_in_takes_the_password_and_the_signature(
    api: Api, developer: Headers
) -> None:
    await link(api, developer)

    asked = (await log_in(api)).json()["data"]
    answer = await finish(api, proof(asked, WALLET))

    assert asked["walletAddress"] == WALLET.address()
    assert "to sign you in." in asked["message"]
    assert set(asked) == {"challengeId", "message", "walletAddress", "expiresAt", "passkey"}
    assert asked["passkey"] is None
    assert answer.status_code == 200, answer.text
    tokens = answer.json()["data"]
    assert tokens["user"]["walletAddress"] == WALLET.address()
    headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
    assert await wallet_of(api, headers) == WALLET.address()


async def test_a_second_step_that_fails_begins_with_the_password_again(
    api: Api, developer: Headers
) -> None:
    await link(api, developer)
    asked = (await log_in(api)).json()["data"]

    wrong = await finish(api, proof(asked, WALLET, key=SigningWallet("another").stake))
    right = await finish(api, proof(asked, WALLET))

    assert [code for code, *_ in told(wrong)] == ["AUTHENTICATION_ERROR"]
    assert told(right) == [("AUTHENTICATION_ERROR", None, CHALLENGE_UNKNOWN)]
    async with api.engine.connect() as connection:
        (noted,) = (await connection.execute(select(audit_queue))).mappings()
    assert (noted["event_type"], noted["user_id"], noted["resource_id"]) == (
        *("session.second_factor_refused", None, DEVELOPER.id),
    )


async def test_nobody_finishes_with_a_wallet_that_was_unlinked_meanwhile(
    api: Api, developer: Headers
) -> None:
    await link(api, developer)
    asked = (await log_in(api)).json()["data"]
    await api.client.delete("/api/v1/me/wallet", headers=developer)

    assert (await finish(api, proof(asked, WALLET))).status_code == 401
    assert "accessToken" in (await log_in(api)).json()["data"]


async def test_a_locked_account_does_not_finish(api: Api, developer: Headers) -> None:
    await link(api, developer)
    asked = (await log_in(api)).json()["data"]
    async with api.engine.begin() as connection:
        await connection.execute(
            update(users).values(locked_until=datetime.now(UTC) + timedelta(minutes=1))
        )

    assert (await finish(api, proof(asked, WALLET))).status_code == 401


async def test_what_has_expired_is_swept_by_the_next_challenge(
    api: Api, developer: Headers
) -> None:
    await ask(api, developer, WALLET.address())
    async with api.engine.begin() as connection:
        await connection.execute(update(wallet_challenges).values(expires_at=datetime.now(UTC)))

    left = (await ask(api, developer, WALLET.address())).json()["data"]

    async with api.engine.connect() as connection:
        found = (await connection.execute(select(wallet_challenges.c.id))).scalars()
    assert [str(one) for one in found] == [left["challengeId"]]


async def test_an_operator_unlinks_a_wallet_that_is_lost(api: Api, developer: Headers) -> None:
    await link(api, developer)

    await unlink_wallet(PostgresDatabase(api.engine), DEVELOPER.id)

    assert "accessToken" in (await log_in(api)).json()["data"]
    with pytest.raises(NotFound, match="No wallet is linked to this account"):
        await unlink_wallet(PostgresDatabase(api.engine), DEVELOPER.id)
