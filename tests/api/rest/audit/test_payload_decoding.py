"""Payloads of workflows are decrypted for staff, in the page of Temporal that the settings name."""

import base64

import pytest
from google.protobuf.json_format import MessageToDict
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload, Payloads

from adapters.temporal.payload_codec import EncryptingCodec
from tests.api.caller import Api
from tests.factories import ADMINISTRATOR, BUYER

ADDRESS = "/codec/decode"
KEY = bytes(range(32))
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"exportId":"1"}')


@pytest.fixture
def api_with_key(api: Api) -> Api:
    parts = api.app.state.resources
    key = SecretStr(base64.b64encode(KEY).decode())
    object.__setattr__(parts, "settings", parts.settings.replace(temporal_payload_key=key))
    return api


async def test_staff_read_what_was_encrypted(api_with_key: Api) -> None:
    api = api_with_key
    sent = MessageToDict(Payloads(payloads=await EncryptingCodec(KEY).encode([PLAIN])))
    headers = await api.signed_in(ADMINISTRATOR)

    answer = await api.client.post(ADDRESS, json=sent, headers=headers)
    unfit = await api.client.post(ADDRESS, json={"payloads": 7}, headers=headers)
    foreign = await api.client.post(
        ADDRESS,
        json=MessageToDict(Payloads(payloads=await EncryptingCodec(KEY[::-1]).encode([PLAIN]))),
        headers=headers,
    )

    assert answer.json() == MessageToDict(Payloads(payloads=[PLAIN]))
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:8233"
    assert [unfit.status_code, foreign.status_code] == [400, 400]


async def test_nobody_else_does(api_with_key: Api) -> None:
    api = api_with_key
    sent = MessageToDict(Payloads(payloads=[PLAIN]))

    answers = [
        await api.client.post(ADDRESS, json=sent, headers=headers)
        for headers in ({}, await api.signed_in(BUYER))
    ]
    preflight = await api.client.options(
        ADDRESS,
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )

    assert [answer.status_code for answer in answers] == [401, 403]
    assert preflight.headers["access-control-allow-origin"] == "http://127.0.0.1:8233"
