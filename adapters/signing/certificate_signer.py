"""The key that seals certificates: Ed25519, from a file that only its owner can read."""

from pathlib import Path

from nacl.signing import SigningKey

from adapters.chain.keys.key_file import read_seed


class Ed25519CertificateSigner:
    """
    Signs with a 32-byte Ed25519 seed (RFC 8032); the seed never leaves this object.

    Another key than the platform's: this one signs messages of any length, that one must not.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)

    @classmethod
    def from_file(cls, path: Path) -> "Ed25519CertificateSigner":
        """
        Raises:
            UnfitKeyFile: missing, readable by others, or not 64 hex digits.
        """
        return cls(read_seed(path))

    @property
    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message always gives the same ones."""
        return self._key.sign(message).signature
