"""
Data keys, wrapped: under a key of the settings or its file, or by AWS KMS.

A data key seals the rows. It stands beside them, wrapped; only whoever has the wrapping key, or may ask
the KMS for it, has what was sealed (ADR 0072).
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

KEY_BYTES = 32
NONCE_BYTES = 12
_BOUND_TO = b"karbonica personal data key\n"
_CONTEXT = {"purpose": "karbonica personal data"}
_LIMITS = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


class UnreadablePersonalData(Exception):
    """A sealed value is of another row, was changed, or its key is not at hand. Says nothing of it."""


class KeyWrapping(Protocol):
    """Wraps data keys of 32 bytes into text without blanks or colons, and back."""

    def wrap(self, data_key: bytes) -> str: ...

    def unwrap(self, wrapped: str) -> bytes:
        """
        Raises:
            UnreadablePersonalData: it was wrapped under a key that is not at hand.
        """

    def is_current(self, wrapped: str) -> bool:
        """Whether it is wrapped under the key that wraps today."""


class LocalWrapping:
    """AES-256-GCM under the first key; the others only read what they wrapped."""

    def __init__(self, *keys: bytes) -> None:
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._current_id = key_id(keys[0])

    def wrap(self, data_key: bytes) -> str:
        nonce = os.urandom(NONCE_BYTES)
        name = self._current_id
        wrapped = self._ciphers[name].encrypt(nonce, data_key, _BOUND_TO + name.encode())
        return f"local.{name}.{_text(nonce + wrapped)}"

    def unwrap(self, wrapped: str) -> bytes:
        kind, _, rest = wrapped.partition(".")
        name, _, text = rest.partition(".")
        cipher = self._ciphers.get(name) if kind == "local" else None
        if cipher is None:
            raise UnreadablePersonalData(
                "A key of personal data is wrapped under a key that is neither PERSONAL_DATA_KEY nor "
                "among FORMER_PERSONAL_DATA_KEYS."
            )
        try:
            content = _bytes(text)
            bound_to = _BOUND_TO + name.encode()
            return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):
            raise UnreadablePersonalData("A wrapped key of personal data was changed.") from None

    def is_current(self, wrapped: str) -> bool:
        return wrapped.startswith(f"local.{self._current_id}.")


class KmsWrapping:
    """
    AWS KMS wraps, with a symmetric key (`ENCRYPT_DECRYPT`) that never leaves it.

    A wrapped key is unwrapped once in each process. `former` unwraps what was wrapped before the
    registry used a KMS.
    """

    def __init__(
        self, client: "KMSClient", kms_key_id: str, *, former: LocalWrapping | None = None
    ) -> None:
        self._client = client
        self._kms_key_id = kms_key_id
        self._former = former

    def wrap(self, data_key: bytes) -> str:
        try:
            answer = self._client.encrypt(
                KeyId=self._kms_key_id, Plaintext=data_key, EncryptionContext=_CONTEXT
            )
        except (ClientError, BotoCoreError) as error:
            raise UnreadablePersonalData(f"The KMS does not wrap: {_reason(error)}") from None
        return f"kms.{_text(bytes(answer['CiphertextBlob']))}"

    def unwrap(self, wrapped: str) -> bytes:
        kind, _, text = wrapped.partition(".")
        if kind != "kms":
            if self._former is None:
                raise UnreadablePersonalData(
                    "A key of personal data was not wrapped by the KMS; FORMER_PERSONAL_DATA_KEYS has "
                    "no key that wrapped it."
                )
            return self._former.unwrap(wrapped)
        try:
            answer = self._client.decrypt(
                CiphertextBlob=_bytes(text),
                EncryptionContext=_CONTEXT,
                KeyId=self._kms_key_id,
            )
        except (ClientError, BotoCoreError, ValueError) as error:
            raise UnreadablePersonalData(f"The KMS does not unwrap: {_reason(error)}") from None
        return bytes(answer["Plaintext"])

    def is_current(self, wrapped: str) -> bool:
        return wrapped.startswith("kms.")


def kms_wrapping(
    kms_key_id: str, *, endpoint_url: str | None, region: str | None, former: Sequence[bytes]
) -> KmsWrapping:
    options: dict[str, Any] = {"endpoint_url": endpoint_url, "region_name": region}
    # Only where a KMS wraps: the API loads the whole model of AWS for nothing else.
    import boto3  # noqa: PLC0415 -- see above

    client = boto3.client("kms", config=_LIMITS, **options)
    return KmsWrapping(client, kms_key_id, former=LocalWrapping(*former) if former else None)


def key_id(key: bytes) -> str:
    """Sixteen hex digits that name a key and tell nothing of it."""
    return hashlib.sha256(b"karbonica personal data key\n" + key).hexdigest()[:16]


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _reason(error: Exception) -> str:
    """The error's name: its text may carry what was sent."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "no code")
    return type(error).__name__
