"""Checking a certificate's Ed25519 signature, for whoever holds no key: the API does, the worker signs."""

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that key's over the message; False for bytes that are no key at all."""
    try:
        VerifyKey(public_key).verify(message, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True
