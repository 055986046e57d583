"""The key that seals certificates: Ed25519, from a file that only its owner can read."""

import stat
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

SEED_HEX_DIGITS = 64


class UnusableKeyFile(Exception):
    """The key file is missing, open to others, or holds no seed; the sentence says which."""


class CertificateSigner:
    """Signs with a 32-byte Ed25519 seed (RFC 8032); the seed never leaves this object."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)

    @classmethod
    def from_file(cls, path: Path) -> "CertificateSigner":
        """
        Read the seed from a file of 64 hex digits.

        Raises:
            UnusableKeyFile: there is no such file, its group or others may read it, or it does
                not hold 64 hex digits. No sentence shows any of its contents.
        """
        return cls(_read_seed(path))

    @property
    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message always gives the same ones."""
        return self._key.sign(message).signature


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that key's over the message; False for bytes that are no key at all."""
    try:
        VerifyKey(public_key).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _read_seed(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise UnusableKeyFile(f"The key file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UnusableKeyFile(f"The key file {path} does not hold 64 hex digits.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnusableKeyFile(f"The key file {path} is open to others; run chmod 600 {path}.")
    if len(text) != SEED_HEX_DIGITS or not set(text.lower()) <= set("0123456789abcdef"):
        raise UnusableKeyFile(f"The key file {path} does not hold 64 hex digits.")
    return bytes.fromhex(text)
