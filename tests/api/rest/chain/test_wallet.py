"""Freezing a wallet as seen from outside: who may ask for it, and what a request must say."""

import pytest

from tests.api.caller import Api, told
from tests.factories import ADMINISTRATOR, BUYER


@pytest.mark.parametrize("call", ["freeze", "resume"])
async def test_only_administrators_freeze_and_resume_a_wallet(api: Api, call: str) -> None:
    address, body = f"/api/v1/chain/wallet/{call}", {"reason": "Its key is doubted."}
    if call == "resume":
        body = {}

    nobody = await api.client.post(address, json=body)
    buyer = await api.client.post(address, json=body, headers=await api.signed_in(BUYER))

    assert nobody.status_code == 401
    assert [(code, pointer) for code, pointer, _ in told(buyer)] == [("AUTHORIZATION_ERROR", None)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/reason"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 2001}, "/reason"),
        ({"reason": "r", "wallet": "../other"}, "/wallet"),
    ],
)
async def test_a_freeze_says_which_wallet_and_why(
    api: Api, body: dict[str, str], pointer: str
) -> None:
    answer = await api.client.post(
        "/api/v1/chain/wallet/freeze", json=body, headers=await api.signed_in(ADMINISTRATOR)
    )

    assert answer.status_code == 400
    assert [(code, at) for code, at, _ in told(answer)] == [("VALIDATION_ERROR", pointer)]
