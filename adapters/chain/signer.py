"""The platform's key: whoever can sign 32 bytes with it can spend the wallet, so it does little else."""

import re
import stat
from pathlib import Path
from typing import Protocol

from nacl.signing import SigningKey

BODY_HASH_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO

_SEED_HEX = re.compile(r"[0-9a-fA-F]{64}")


class UnfitKeyFile(ValueError):
    """The key file cannot be used; the sentence says why and shows nothing of its content."""


class Signer(Protocol):
    """Plain Ed25519 (RFC 8032), held in a file here or in a KMS elsewhere. Calls may block."""

    def public_key(self) -> bytes:
        """32 bytes."""

    def sign(self, body_hash: bytes) -> bytes:
        """
        Sign the blake2b-256 of a transaction body; 64 bytes.

        Raises:
            ValueError: anything but 32 bytes. A key that signs messages of any length could be
                talked into signing something else.
        """


class KeyFileSigner:
    """A `Signer` whose key is a file with one 32-byte seed in hex, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            UnfitKeyFile: missing, readable by others, or not 64 hex digits.
        """
        self._path = path
        self._key = SigningKey(read_seed(path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    def public_key(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, body_hash: bytes) -> bytes:
        if len(body_hash) != BODY_HASH_BYTES:
            raise ValueError(f"only a hash of {BODY_HASH_BYTES} bytes is signed with this key")
        return self._key.sign(body_hash).signature


def read_seed(path: Path) -> bytes:
    """
    Read the 32 bytes of an Ed25519 seed. An extended key of a mnemonic wallet is no such seed.

    Raises:
        UnfitKeyFile: missing, readable by others, or not 64 hex digits.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        # Read as bytes: a text decoder would put the content into its error.
        content = path.read_bytes().strip().decode("ascii", "replace")
    except OSError as error:
        raise UnfitKeyFile(f"The key file {path} cannot be read: {error.strerror}") from None
    if mode & OTHERS:
        raise UnfitKeyFile(f"The key file {path} is open to others; run: chmod 600 {path}")
    if not _SEED_HEX.fullmatch(content):
        raise UnfitKeyFile(f"The key file {path} does not hold one 32-byte seed in hex")
    return bytes.fromhex(content)
