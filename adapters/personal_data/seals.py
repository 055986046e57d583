"""
Seals of personal values: AES-256-GCM under a data key, each good in its own table, column and row alone.

A sealed value carries its data key, wrapped, so that reading needs nothing but the value and the
wrapping key: while keys are rotated, and after a crash in between, every row stays readable.
"""

import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.personal_data.wrapping import (
    KEY_BYTES,
    NONCE_BYTES,
    KeyWrapping,
    UnreadablePersonalData,
)

PREFIX = "sealed:"
"""Then version and data key, wrapped, and nonce and ciphertext, with colons between."""

UNWRAPPED_KEYS_MAX = 64
_PARTS = 3


@dataclass(frozen=True)
class Sealed:
    """A value as it stands in the database; no text that a person reads is ever one."""

    text: str


@dataclass(frozen=True)
class DataKey:
    """A data key as it is kept: its version, 1 for the registry's first, and its bytes wrapped."""

    version: int
    wrapped: str

    @property
    def prefix(self) -> str:
        """How every value begins that it seals."""
        return f"{PREFIX}{self.version}:{self.wrapped}:"


class PersonalData:
    """Seals and opens under data keys that `wrapping` unwraps; hashes e-mails under `index_key`."""

    def __init__(self, wrapping: KeyWrapping, index_key: bytes) -> None:
        self.wrapping = wrapping
        self._index_key = index_key
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()

    def new_data_key(self, version: int) -> DataKey:
        return DataKey(version, self.wrapping.wrap(os.urandom(KEY_BYTES)))

    def seal(self, text: str, key: DataKey, column: str, row_id: UUID) -> Sealed:
        """`column` with its table, as `users.email`."""
        nonce = os.urandom(NONCE_BYTES)
        bound_to = _bound_to(str(key.version), column, str(row_id))
        ciphertext = self._cipher(key.wrapped).encrypt(nonce, text.encode(), bound_to)
        content = base64.urlsafe_b64encode(nonce + ciphertext).decode()
        return Sealed(f"{key.prefix}{content}")

    def open(self, kept: str, column: str, row_id: str) -> str:
        """
        The text; a value from before values were sealed is one itself.

        Raises:
            UnreadablePersonalData: the seal is not of this row, or no key at hand opens it.
        """
        if not kept.startswith(PREFIX):
            return kept
        parts = kept.removeprefix(PREFIX).split(":")
        if len(parts) != _PARTS:
            raise UnreadablePersonalData(f"What stands in {column} of {row_id} is no whole seal.")
        version, wrapped, content = parts
        try:
            sealed = base64.urlsafe_b64decode(content)
            bound_to = _bound_to(version, column, row_id)
            cipher = self._cipher(wrapped)
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to).decode()
        except (InvalidTag, ValueError):
            raise UnreadablePersonalData(
                f"What stands in {column} of {row_id} was not sealed for it, or was changed."
            ) from None

    def email_hash(self, email: str) -> str:
        """HMAC-SHA256, hex, of the e-mail in lower case, as it is stored."""
        return hmac.new(self._index_key, email.lower().encode(), hashlib.sha256).hexdigest()

    def _cipher(self, wrapped: str) -> AESGCM:
        known = self._ciphers.get(wrapped)
        if known is None:
            known = self._ciphers[wrapped] = AESGCM(self.wrapping.unwrap(wrapped))
            if len(self._ciphers) > UNWRAPPED_KEYS_MAX:
                self._ciphers.popitem(last=False)
        return known


def _bound_to(version: str, column: str, row_id: str) -> bytes:
    return f"karbonica personal data\n{version}\n{column}\n{row_id}".encode()
