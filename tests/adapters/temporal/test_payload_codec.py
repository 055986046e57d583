"""What travels through Temporal, encrypted, and what never was."""

import base64

import pytest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from adapters.settings.temporal import TemporalSettings
from adapters.temporal.payload_codec import (
    EncryptingCodec,
    UnfitPayloadKey,
    UnreadablePayload,
    data_converter_of,
)

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'{"email":"asha@supplier.example"}')


def in_base64(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


async def test_nothing_of_a_payload_shows_and_it_comes_back() -> None:
    codec = EncryptingCodec(NEW, OLD)

    sent = await codec.encode([PLAIN])
    before = await EncryptingCodec(OLD).encode([PLAIN])

    assert b"asha" not in sent[0].SerializeToString()
    assert sent[0].metadata["encoding"] == b"binary/encrypted"
    assert await codec.decode([*sent, *before, PLAIN]) == [PLAIN, PLAIN, PLAIN]


async def test_one_that_was_changed_or_has_a_foreign_key_is_not_read() -> None:
    sent = (await EncryptingCodec(NEW).encode([PLAIN]))[0]
    changed = Payload(metadata=sent.metadata, data=sent.data[:-1] + b"x")

    with pytest.raises(UnreadablePayload, match="changed"):
        await EncryptingCodec(NEW).decode([changed])
    with pytest.raises(UnreadablePayload, match="not at hand"):
        await EncryptingCodec(OLD).decode([sent])


async def test_the_converter_of_every_client_encrypts_where_a_key_is_set() -> None:
    encrypting = data_converter_of(TemporalSettings(temporal_payload_key=in_base64(NEW)))
    sent = await encrypting.encode(["Asha"])

    assert data_converter_of(TemporalSettings()).payload_codec is None
    assert b"Asha" not in sent[0].SerializeToString()
    assert await encrypting.decode(sent) == ["Asha"]


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(UnfitPayloadKey, match=r"^TEMPORAL_PAYLOAD_KEY is not 32 bytes in base64$"):
        data_converter_of(TemporalSettings(temporal_payload_key=SecretStr("aGVsbG8=")))
