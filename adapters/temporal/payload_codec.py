"""
What travels through Temporal, encrypted: AES-256-GCM, the key's id in the payload's metadata.

Payloads that were never encrypted are read as they are, so that a registry can begin at any time and
recorded histories replay.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload as TemporalPayload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, PayloadCodec

from adapters.private_files import read_private
from adapters.settings.temporal import TemporalSettings

KEY_BYTES = 32
NONCE_BYTES = 12
ENCODING = b"binary/encrypted"
_BOUND_TO = b"karbonica temporal payload\n"


class UnfitPayloadKey(ValueError):
    """A key for payloads is none; the sentence shows nothing of it."""


class UnreadablePayload(Exception):
    """An encrypted payload was changed, or its key is not at hand."""


class EncryptingCodec(PayloadCodec):
    """Encrypts under the first key; the others only read what they encrypted."""

    def __init__(self, *keys: bytes) -> None:
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current_id = _key_id(keys[0])

    async def encode(self, payloads: Sequence[TemporalPayload]) -> list[TemporalPayload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[TemporalPayload]) -> list[TemporalPayload]:
        """
        Raises:
            UnreadablePayload: one was changed, or its key is not at hand.
        """
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: TemporalPayload) -> TemporalPayload:
        nonce, name = os.urandom(NONCE_BYTES), self._current_id
        content = payload.SerializeToString()
        ciphertext = self._ciphers[name].encrypt(nonce, content, _BOUND_TO + name)
        return TemporalPayload(
            metadata={"encoding": ENCODING, "encryption-key-id": name}, data=nonce + ciphertext
        )

    def _decrypted(self, payload: TemporalPayload) -> TemporalPayload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        name = payload.metadata.get("encryption-key-id", b"")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnreadablePayload("A payload is encrypted under a key that is not at hand.")
        try:
            content = cipher.decrypt(
                payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], _BOUND_TO + name
            )
        except (InvalidTag, ValueError):
            raise UnreadablePayload("An encrypted payload was changed.") from None
        return TemporalPayload.FromString(content)


def open_payload_codec(settings: TemporalSettings) -> EncryptingCodec | None:
    """
    None where no key is set.

    Raises:
        UnfitPayloadKey: one is not 32 bytes in base64.
        UnfitKeyFile: its file is missing, or readable by others.
    """
    file, value = settings.temporal_payload_key_file, settings.temporal_payload_key
    former = [
        _key(text.get_secret_value(), "One of FORMER_TEMPORAL_PAYLOAD_KEYS")
        for text in settings.former_temporal_payload_keys
    ]
    if file is not None:
        text = read_private(file, "key file").decode("ascii", "replace")
        return EncryptingCodec(_key(text, f"The content of {file}"), *former)
    if value is None or not value.get_secret_value():
        return None
    return EncryptingCodec(_key(value.get_secret_value(), "TEMPORAL_PAYLOAD_KEY"), *former)


def data_converter_of(settings: TemporalSettings) -> DataConverter:
    """
    Of every client and worker of the registry.

    Raises:
        As `open_payload_codec`.
    """
    codec = open_payload_codec(settings)
    if codec is None:
        return pydantic_data_converter
    return replace(pydantic_data_converter, payload_codec=codec)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"karbonica temporal payload key\n" + key).hexdigest()[:16].encode()


def _key(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UnfitPayloadKey(f"{what} is not {KEY_BYTES} bytes in base64")
    return key
