"""A key in a plain file, for a laptop and the devnet."""

import re
from pathlib import Path

from nacl.signing import SigningKey

from adapters.chain.wallet.signer import require_hash
from adapters.private_files import UnfitKeyFile, read_private

_SEED_HEX = re.compile(r"[0-9a-fA-F]{64}")


class KeyFile:
    """A `Key` whose seed (32 bytes) stands in a file in hex, readable by its owner alone."""

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
        require_hash(body_hash)
        return self._key.sign(body_hash).signature


def read_seed(path: Path) -> bytes:
    """
    Read the 32 bytes of an Ed25519 seed. An extended key of a mnemonic wallet is no such seed.

    Raises:
        UnfitKeyFile: missing, readable by others, or not 64 hex digits.
    """
    # Read as bytes: a text decoder would put the content into its error.
    content = read_private(path, "key file").strip().decode("ascii", "replace")
    if not _SEED_HEX.fullmatch(content):
        raise UnfitKeyFile(f"The key file {path} does not hold one 32-byte seed in hex")
    return bytes.fromhex(content)
